"""Consumers of messaging on the MongoDB that `OMBUD_MONGO` names; each test has a database of its own."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest

from chassis.mongo import Mongo
from messaging.conversations.store import INDEXES
from messaging.discussions.store import DISCUSSION_INDEXES


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    store = Mongo(os.environ["OMBUD_MONGO"], f"t{uuid.uuid4().hex[:8]}_messaging")
    await store.ensure({**INDEXES, **DISCUSSION_INDEXES})
    yield store
    await store.drop()
    await store.close()
