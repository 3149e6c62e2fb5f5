"""A replica of messaging with an open conversation, whose database is emptied for each test; or a database alone.

What it needs is imported where it is used: the tests of the domains load this file, and need none of it.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from attachment_desk import Desk

    from chassis.mongo import Mongo


@pytest.fixture
def namespace() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    from chassis.testing.databases import a_database
    from messaging.app import SERVICE

    async with a_database(SERVICE) as made:
        yield made


@pytest.fixture(scope="module")
async def shared_desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    from attachment_desk import a_desk

    made = await a_desk(f"t{uuid.uuid4().hex[:8]}", getattr(request, "param", "motor"))
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()


@pytest.fixture
async def desk(shared_desk: Desk) -> Desk:
    from attachment_desk import emptied

    await emptied(shared_desk)
    return shared_desk
