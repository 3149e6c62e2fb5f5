"""A replica of messaging with an open conversation, whose database is emptied for each test; or a database alone."""

import uuid
from collections.abc import AsyncIterator

import pytest
from attachment_desk import Desk, a_desk, emptied

from chassis.mongo import Mongo
from chassis.testing.desk import a_database
from messaging.app import SERVICE


@pytest.fixture
def namespace() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture(scope="module")
async def shared_desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    made = await a_desk(f"t{uuid.uuid4().hex[:8]}", getattr(request, "param", "motor"))
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()


@pytest.fixture
async def desk(shared_desk: Desk) -> Desk:
    await emptied(shared_desk)
    return shared_desk
