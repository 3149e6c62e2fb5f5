"""Disputes on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own."""

from collections.abc import AsyncIterator

import pytest
from disputes_desk import PLACED, opened

from chassis.mongo import Mongo
from chassis.testing.desk import Desk, a_database, a_desk
from disputes.app import SERVICE


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture
async def casework() -> AsyncIterator[Desk]:
    """Disputes with an order, and a case about its line."""
    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, opened())
        yield desk


@pytest.fixture
async def replica(casework: Desk) -> AsyncIterator[Desk]:
    """Another replica of the same disputes: what is asked of it does not wait for what is asked of the first."""
    async with a_desk(SERVICE, {"namespace": casework.mongo.name.removesuffix("-disputes")}) as desk:
        yield desk
