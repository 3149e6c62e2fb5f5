"""A replica of messaging with an open conversation, whose database is emptied for each test."""

import uuid
from collections.abc import AsyncIterator

import pytest
from attachment_desk import Desk, a_desk, emptied


@pytest.fixture(scope="package")
async def shared_desk() -> AsyncIterator[Desk]:
    made = await a_desk(f"t{uuid.uuid4().hex[:8]}")
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()


@pytest.fixture
async def desk(shared_desk: Desk) -> Desk:
    await emptied(shared_desk)
    return shared_desk
