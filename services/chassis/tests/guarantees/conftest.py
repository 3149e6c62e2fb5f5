"""The chassis' guarantees on real Kafka and MongoDB, each beside a control: the same check against a chassis from which the
guarantee was taken out must fail. A control that passes means that the check is blind."""

from collections.abc import AsyncIterator

import pytest
from counting import open_store

from chassis.mongo import Mongo
from chassis.settings import Settings


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = await open_store(settings, Mongo)
    yield opened
    await opened.drop()
    await opened.close()
