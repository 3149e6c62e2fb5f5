"""Ticketing on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own."""

from collections.abc import AsyncIterator

import pytest

from chassis.mongo import Mongo
from chassis.testing.desk import a_database
from ticketing.app import SERVICE


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as store:
        yield store
