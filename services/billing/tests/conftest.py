"""Billing on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own.

What it needs is imported where it is used: the tests of the domains load this file, and need none of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chassis.mongo import Mongo
    from chassis.testing.desk import Desk


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    from billing.app import SERVICE
    from chassis.testing.databases import a_database

    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture
async def billed() -> AsyncIterator[Desk]:
    """Billing with an order and a takeover, whose fee was charged."""
    from billing_desk import PLACED, TAKEN_OVER

    from billing.app import SERVICE
    from chassis.testing.desk import a_desk

    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, TAKEN_OVER)
        yield desk
