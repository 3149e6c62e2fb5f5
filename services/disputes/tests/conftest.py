"""Disputes on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own.

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
    from chassis.testing.databases import a_database
    from disputes.app import SERVICE

    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture
async def casework() -> AsyncIterator[Desk]:
    """Disputes with an order, and a case about its line."""
    from disputes_desk import PLACED, opened

    from chassis.testing.desk import a_desk
    from disputes.app import SERVICE

    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, opened())
        yield desk


@pytest.fixture
async def replica(casework: Desk) -> AsyncIterator[Desk]:
    """Another replica of the same disputes: what is asked of it does not wait for what is asked of the first."""
    from chassis.testing.desk import a_desk
    from disputes.app import SERVICE

    async with a_desk(SERVICE, {"namespace": casework.mongo.name.removesuffix("-disputes")}) as desk:
        yield desk
