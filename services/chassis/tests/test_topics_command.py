"""`ombud-topics` against a real broker: what it does, what it leaves, and the exit codes that scripts read."""

import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.kafka_access import KafkaAccess
from chassis.kafka_requests import seen_topics
from chassis.testing import eventually
from chassis.topics import missing, provision, remove, topic_settings
from ombud_contracts import topics
from ombud_contracts.cluster import Cluster, provisioned


def run(*given: str, **told: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OMBUD_")}
    kafka = {"OMBUD_KAFKA": os.environ.get("OMBUD_KAFKA", "")}
    command = [sys.executable, "-m", "chassis.topics_command", *given]
    return subprocess.run(command, env={**clean, **kafka, **told}, capture_output=True, text=True, check=False)


@pytest.fixture
def kafka() -> str:
    return os.environ["OMBUD_KAFKA"]


@pytest.fixture
async def namespace(kafka: str) -> AsyncIterator[str]:
    name = f"t{uuid.uuid4().hex[:8]}"
    yield name
    await remove(KafkaAccess(kafka), name)


@asynccontextmanager
async def administration(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def made(kafka: str, topic: NewTopic) -> None:
    """Make a topic, and wait until the broker has heard of it from its controller."""
    async with administration(kafka) as admin:
        await admin.create_topics([topic])

        async def known() -> bool:
            return (await seen_topics(admin, [topic.name]))[topic.name].exists

        await eventually("the topic to be known", known)


async def test_a_plan_is_shown_then_applied_and_then_there_is_nothing_to_do(namespace: str) -> None:
    told = {"OMBUD_NAMESPACE": namespace, "OMBUD_TOPIC_REPLICAS": "1"}
    shown = run("plan", **told)
    assert (shown.returncode, shown.stderr) == (2, "")
    assert shown.stdout.count(f"+ topic {namespace}.") == len(provisioned())
    assert f"+ topic {namespace}.{topics.CASES}: 12 partitions, 1 replicas, cleanup.policy=delete" in shown.stdout
    applied = run("apply", **told)
    assert (applied.returncode, applied.stderr) == (0, "")
    assert f"{len(provisioned())} changes made" in applied.stdout

    again = run("apply", **told)
    assert (again.returncode, again.stderr) == (0, "")
    assert "nothing to do" in again.stdout
    longer = run("apply", **told, OMBUD_TOPIC_RETENTION_DAYS="31")
    assert longer.stdout.count("~ topic") == sum(t.retention_ms > 0 for t in provisioned())
    shorter = run("apply", **told, OMBUD_TOPIC_RETENTION_DAYS="1")
    assert (shorter.returncode, shorter.stdout.count("~ topic")) == (0, 0)


async def test_what_was_set_by_hand_stays_when_another_setting_grows(namespace: str, kafka: str) -> None:
    told = {"OMBUD_NAMESPACE": namespace, "OMBUD_TOPIC_REPLICAS": "1"}
    settings = {"segment.ms": "777777", "retention.ms": "1000", "message.timestamp.type": "LogAppendTime"}
    name = f"{namespace}.{topics.CASES}"
    await made(kafka, NewTopic(name, 12, 1, topic_configs=settings))
    assert f"~ topic {name}: retention.ms 1000 -> " in run("apply", **told).stdout
    async with administration(kafka) as admin:

        async def grown() -> bool:
            found = (await topic_settings(admin, [name]))[name]
            assert found["segment.ms"] == "777777"
            return found["retention.ms"] == str(Cluster().retention_ms)

        await eventually("the setting to grow", grown)


async def test_too_few_partitions_are_a_fault_until_growing_is_asked_for(namespace: str, kafka: str) -> None:
    told = {"OMBUD_NAMESPACE": namespace, "OMBUD_TOPIC_REPLICAS": "1"}
    name = f"{namespace}.{topics.CASES}"
    await made(kafka, NewTopic(name, 6, 1, topic_configs={"message.timestamp.type": "LogAppendTime"}))
    refused = run("apply", **told)
    assert refused.returncode == 1
    assert f"! topic {name}: 6 partitions, and 12 are wanted" in refused.stderr
    assert "nothing was done" in refused.stderr
    assert run("plan", **told).returncode == 1
    assert run("apply", "--grow-partitions", **told).returncode == 0

    async def settled() -> bool:
        return run("plan", **told).returncode == 0

    await eventually("nothing to be left to do", settled)


@pytest.mark.parametrize(
    ("given", "told", "said"),
    [
        (["plan"], {}, "3 replicas need 3 brokers, and this cluster has 1"),
        (["plan"], {"OMBUD_KAFKA": "127.0.0.1:9"}, "Kafka at 127.0.0.1:9 cannot be reached (ConnectionRefusedError)"),
        (["plan"], {"OMBUD_TOPIC_PARTITIONS": "13"}, "OMBUD_TOPIC_PARTITIONS"),
        (["plan"], {"OMBUD_KAFKA_PRINCIPAL": "User:all"}, "OMBUD_KAFKA_PRINCIPAL"),
        (["aply"], {}, "invalid choice: 'aply'"),
        (["remove"], {}, "only a namespace can be removed"),
        (["remove"], {"OMBUD_NAMESPACE": "billing"}, "OMBUD_NAMESPACE: Value error, taken by the deployment without"),
    ],
    ids=("brokers", "nobody", "partitions", "principal", "typo", "everything", "taken"),
)
def test_what_cannot_be_done_is_said_and_ends_with_1(
    kafka: str, given: list[str], told: dict[str, str], said: str
) -> None:
    """Would break if a script took a fault for a plan with changes."""
    namespace = {} if given == ["remove"] else {"OMBUD_NAMESPACE": f"t{uuid.uuid4().hex[:8]}"}
    ended = run(*given, **{"OMBUD_KAFKA": kafka, **namespace, **told})
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_topic_that_was_made_is_there_for_whoever_asks_next_though_the_broker_is_late(
    namespace: str, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller answers when a topic is written down; a busy broker shows it later."""
    shown, looks = AIOKafkaAdminClient.list_topics, 0

    async def late(admin: AIOKafkaAdminClient) -> list[str]:
        nonlocal looks
        looks += 1
        return [] if looks <= 2 else await shown(admin)

    monkeypatch.setattr(AIOKafkaAdminClient, "list_topics", late)
    made = await provision(KafkaAccess(kafka), namespace, 1)
    names = [f"{namespace}.{topic.name}" for topic in provisioned()]
    assert (made, await missing(KafkaAccess(kafka), names)) == (len(names), [])
