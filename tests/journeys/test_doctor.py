"""`ombud-doctor` on a real deployment: nothing to say while all is well, and each trouble with what to do about it."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from chassis.doctor.command import DoctorSettings, examine
from chassis.doctor.events import LATE_SECONDS, Unread, of_unread, unread
from chassis.doctor.findings import Finding, Verdict
from chassis.testing import eventually
from ombud_contracts import groups
from ombud_local.stack import Stack

DOCTOR = (Path(sys.executable).parent / "ombud-doctor", "--watch", "0.5")


@pytest.fixture(scope="module")
def stack(five: Stack) -> Iterator[Stack]:
    """What all journeys share; what is broken here is started again, and makes its indexes anew."""
    yield five
    five.process("ticketing").terminate()
    five.start("ticketing").wait_ready()


def asked(stack: Stack, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the doctor over this stack, its replicas included."""
    admins = [word for process in stack.processes for word in ("--admin", process.admin_url)]
    told = {**os.environ, **stack.environment(), "OMBUD_TOPIC_REPLICAS": "1", **environment}
    return subprocess.run([*DOCTOR, *admins], env=told, capture_output=True, text=True, timeout=300)


async def examined(stack: Stack, **told: str) -> list[Finding]:
    """Look as the command does, in this process: it has imported every service already."""
    where = {"kafka": stack.infrastructure.kafka, "namespace": stack.namespace, "mongo": stack.infrastructure.mongo}
    settings = DoctorSettings.model_validate({**where, "topic_replicas": 1, **told})
    return await examine(settings, [process.admin_url for process in stack.processes], 0.5)


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
    (with_a_dead_letter,) = [one for one in await examined(stack) if one.verdict == Verdict.FAULT]
    assert "somebody may not be charged" in with_a_dead_letter.said

    next(p for p in stack.processes if p.service == "ticketing").terminate()
    database.client[f"{stack.namespace}-ticketing"]["queue"].drop_indexes()
    in_trouble = asked(stack)
    assert in_trouble.returncode == 2
    assert "does not answer" in in_trouble.stdout
    assert "indexes are missing: queue" in in_trouble.stdout
    assert database.client[f"{stack.namespace}-ticketing"].list_collection_names(), "it changed nothing"
    database.client.close()


async def test_what_a_stopped_service_has_not_read_is_seen_where_it_stands(stack: Stack) -> None:
    """INVARIANT: would break if records that nobody handles were not found, or handled ones were. Ticketing was stopped above."""
    where = {"kafka": stack.infrastructure.kafka, "namespace": stack.namespace, "mongo": stack.infrastructure.mongo}
    settings = DoctorSettings.model_validate(where)
    topic = f"{stack.namespace}.messaging.conversations.v1"

    async def of_ticketing(now: float) -> list[Unread]:
        return [u for u in await unread(settings, [groups.TICKETING_CASEWORK], now) if u.partition.topic == topic]

    assert await of_ticketing(time.time()) == []
    await poisoned(stack, "messaging.conversations.v1")
    now = time.time() + LATE_SECONDS
    first, second = await of_ticketing(now), await of_ticketing(now)
    (new,) = first
    assert (new.records, new.seconds >= LATE_SECONDS - 1) == (1, True)
    said = [one.said for one in of_unread(first, second)]
    assert [f"partition {new.partition.partition} of {topic} does not move, 1 records" in line for line in said] == [
        True
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"kafka": "127.0.0.1:9"}, "nothing else of Kafka was looked at"),
        ({"mongo": "mongodb://127.0.0.1:9/"}, "MongoDB does not answer"),
        ({"namespace": "nobody"}, "is missing"),
    ],
)
async def test_what_cannot_be_reached_is_said_and_the_rest_is_looked_at(
    stack: Stack, told: dict[str, str], said: str
) -> None:
    found = await examined(stack, **told)
    assert [one for one in found if one.verdict == Verdict.FAULT and said in f"{one.said}: {one.todo}"]
    assert len(found) > 5


def test_a_setting_that_is_missing_is_named(stack: Stack) -> None:
    found = asked(stack, OMBUD_KAFKA="")
    assert found.returncode == 2
    assert "OMBUD_KAFKA" in found.stderr
