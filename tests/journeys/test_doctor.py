"""`ombud-doctor` on a real deployment: nothing to say while all is well, and each trouble with what to do about it."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from chassis.testing import eventually
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack

DOCTOR = (Path(sys.executable).parent / "ombud-doctor", "--watch", "0.5")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("doctor")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as started:
        started.prepare()
        started.start_all()
        yield started


def asked(stack: Stack, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the doctor over this stack, its replicas included."""
    admins = [word for process in stack.processes for word in ("--admin", process.admin_url)]
    told = {**os.environ, **stack.environment(), "OMBUD_TOPIC_REPLICAS": "1", **environment}
    return subprocess.run([*DOCTOR, *admins], env=told, capture_output=True, text=True, timeout=300)


async def poisoned(stack: Stack, topic: str) -> None:
    """Write what nobody can read."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.infrastructure.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(f"{stack.namespace}.{topic}", b"not json", key=uuid.uuid4().bytes)
    finally:
        await producer.stop()


async def test_a_deployment_that_is_well_and_each_trouble_it_may_have(stack: Stack) -> None:
    """INVARIANT: would break if a trouble were not seen, or a good deployment were complained of."""
    well = asked(stack)
    assert well.returncode == 0, well.stdout + well.stderr
    for said in ("topics and rights are as", "members are up", "all indexes are there", "is ready", "no dead letters"):
        assert said in well.stdout

    await poisoned(stack, "disputes.disputes.v1")
    database = MongoClient[dict[str, object]](stack.infrastructure.mongo)[f"{stack.namespace}-billing"]

    async def parked() -> bool | None:
        return database["parked"].count_documents({}) > 0 or None

    await eventually("billing to park the record", parked)
    with_a_dead_letter = asked(stack)
    assert with_a_dead_letter.returncode == 2
    assert "somebody may not be charged" in with_a_dead_letter.stdout

    next(p for p in stack.processes if p.service == "ticketing").terminate()
    database.client[f"{stack.namespace}-ticketing"]["queue"].drop_indexes()
    in_trouble = asked(stack)
    assert in_trouble.returncode == 2
    assert "does not answer" in in_trouble.stdout
    assert "indexes are missing: queue" in in_trouble.stdout
    assert database.client[f"{stack.namespace}-ticketing"].list_collection_names(), "it changed nothing"
    database.client.close()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"OMBUD_KAFKA": "127.0.0.1:9"}, "nothing else of Kafka was looked at"),
        ({"OMBUD_MONGO": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500"}, "MongoDB does not answer"),
        ({"OMBUD_NAMESPACE": "nobody"}, "is missing"),
    ],
)
def test_what_cannot_be_reached_is_said_and_the_rest_is_looked_at(
    stack: Stack, told: dict[str, str], said: str
) -> None:
    found = asked(stack, **told)
    assert found.returncode == 2
    assert said in found.stdout
    assert len(found.stdout.splitlines()) > 5


def test_a_setting_that_is_missing_is_named(stack: Stack) -> None:
    found = asked(stack, OMBUD_KAFKA="")
    assert found.returncode == 2
    assert "OMBUD_KAFKA" in found.stderr
