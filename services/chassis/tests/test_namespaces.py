"""A namespace that is thrown away takes its own topics along and nobody else's, and no service runs in one that is taken."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from chassis import topics
from chassis.kafka_access import KafkaAccess
from chassis.settings import Settings
from chassis.topics_command import TopicSettings
from ombud_contracts.cluster import TAKEN, Cluster, provisioned

PLAIN = {topic.name for topic in provisioned()}
KAFKA = KafkaAccess("127.0.0.1:9")


class Broker:
    """A cluster that several deployments, and others, share."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.refuses = False

    async def list_topics(self) -> list[str]:
        return sorted(self.names)

    async def delete_topics(self, names: Sequence[str]) -> SimpleNamespace:
        if self.refuses:
            return SimpleNamespace(topic_error_codes=[(name, TopicAuthorizationFailedError.errno) for name in names])
        self.names -= set(names)
        return SimpleNamespace(topic_error_codes=[(name, 0) for name in names])


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A broker with the topics of three deployments and of somebody else."""
    own = {name for cell in ("lv", *TAKEN) for name in (f"{cell}.{plain}" for plain in PLAIN)}
    shared = Broker({*PLAIN, *own, "lv.shipping.v1", "lv.ticketing.cases.v1.archive"})

    @asynccontextmanager
    async def administration(_kafka: KafkaAccess) -> AsyncIterator[Broker]:
        yield shared

    monkeypatch.setattr(topics, "administration", administration)
    return shared


async def test_what_is_removed_is_what_the_contracts_have_in_that_namespace(broker: Broker) -> None:
    before = set(broker.names)
    assert await topics.remove(KAFKA, "lv") == len(PLAIN)
    assert before - broker.names == {topic.name for topic in Cluster(namespace="lv").wanted()}


async def test_a_broker_that_refuses_is_not_said_to_have_removed_anything(broker: Broker) -> None:
    broker.refuses = True
    with pytest.raises(TopicAuthorizationFailedError):
        await topics.remove(KAFKA, "lv")


@pytest.mark.parametrize("namespace", ["", *sorted(TAKEN)])
async def test_nothing_is_removed_for_a_namespace_that_is_none(broker: Broker, namespace: str) -> None:
    """INVARIANT: would break if the throwing away of `billing` took the topics of billing in a cluster without a namespace."""
    before = set(broker.names)
    with pytest.raises(ValueError):
        await topics.remove(KAFKA, namespace)
    assert broker.names == before


@pytest.mark.parametrize("kind", [Settings, TopicSettings])
@pytest.mark.parametrize("namespace", sorted(TAKEN))
def test_no_service_and_no_tool_runs_in_a_namespace_that_is_taken(kind: type[Any], namespace: str) -> None:
    told = {"kafka": "127.0.0.1:9", "mongo": "mongodb://m/", "oidc_issuer": "http://i", "env": "test"}
    assert kind(**told, namespace=f"{namespace}-2").namespace == f"{namespace}-2"
    with pytest.raises(ValueError, match="taken by the deployment without a namespace"):
        kind(**told, namespace=namespace)
