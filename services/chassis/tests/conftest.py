"""Chassis tests run on the Kafka and MongoDB that `OMBUD_KAFKA` and `OMBUD_MONGO` name; each test has its namespace."""

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from chassis.dead_letters import topics_of
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.topics import carry_out, planned, remove
from ombud_contracts import topics
from ombud_contracts.cluster import Cluster

USED = (topics.CASES, topics.TAKEOVERS, *topics_of("ticketing"))
"""The topics that tests write to and read, with the dead letters of those who read: all would be four hundred partitions."""


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
    """Provision the topics of a test in its namespace, as the contracts want them."""
    todo = await planned(settings.kafka_access, Cluster(namespace=settings.namespace, replicas=1), [])
    used = {settings.prefixed(topic) for topic in USED}
    await carry_out(settings.kafka_access, replace(todo, create=tuple(t for t in todo.create if t.name in used)))
    yield settings
    await remove(settings.kafka_access, settings.namespace)
