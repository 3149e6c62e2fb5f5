"""A replica of messaging with an open conversation; each test has a database of its own."""

import uuid
from collections.abc import AsyncIterator

import pytest
from attachment_desk import Desk, a_desk, opened

from messaging.app import SERVICE


@pytest.fixture
def namespace() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def desk(request: pytest.FixtureRequest, namespace: str) -> AsyncIterator[Desk]:
    made = a_desk(namespace, getattr(request, "param", "motor"))
    await made.mongo.ensure(SERVICE.indexes)
    await opened(made)
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()
