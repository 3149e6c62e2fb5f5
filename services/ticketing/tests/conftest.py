"""Ticketing on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own.

What it needs is imported where it is used: the tests of the domains load this file, and need none of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chassis.mongo import Mongo


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    from chassis.testing.databases import a_database
    from ticketing.app import SERVICE

    async with a_database(SERVICE) as store:
        yield store
