"""Billing on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own."""

from collections.abc import AsyncIterator

import pytest
from billing_desk import PLACED, TAKEN_OVER

from billing.app import SERVICE
from chassis.mongo import Mongo
from chassis.testing.desk import Desk, a_database, a_desk


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture
async def billed() -> AsyncIterator[Desk]:
    """Billing with an order and a takeover, whose fee was charged."""
    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, TAKEN_OVER)
        yield desk
