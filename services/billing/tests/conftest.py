"""Billing on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own."""

from collections.abc import AsyncIterator

import pytest

from billing.app import SERVICE
from chassis.mongo import Mongo
from chassis.testing.desk import Desk, a_database, a_desk


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made
