"""Chassis tests run on the Kafka and MongoDB that `OMBUD_KAFKA` and `OMBUD_MONGO` name; each test has its namespace."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest

from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.topics import provision, remove


@pytest.fixture
def namespace() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
def settings(namespace: str) -> Settings:
    return Settings(
        env="test",
        kafka=os.environ["OMBUD_KAFKA"],
        mongo=os.environ["OMBUD_MONGO"],
        namespace=namespace,
        oidc_issuer="http://127.0.0.1:9/none",
    )


@pytest.fixture(params=["motor", "pymongo"])
async def mongo(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Mongo]:
    store = Mongo(settings.mongo.get_secret_value(), settings.database("chassis"), request.param)
    await store.ensure({})
    yield store
    await store.drop()
    await store.close()


@pytest.fixture
async def broker_topics(settings: Settings) -> AsyncIterator[Settings]:
    """Provision every topic in the test's namespace."""
    await provision(settings.kafka_access, settings.namespace, 1)
    yield settings
    await remove(settings.kafka_access, settings.namespace)
