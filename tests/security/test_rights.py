"""Five services, each with its own user and the least that it needs, on a broker with an authorizer and a MongoDB with TLS
and users; and what is said to whoever gave them too little."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from guarded_kafka import AUTHORIZER, PASSWORD, USER, GuardedKafka, guarded_kafka
from guarded_mongo import guarded_mongo
from matter import a_case_worked

from chassis.kafka_settings import KafkaSettings
from ombud_contracts import topics
from ombud_contracts.cluster import SERVICES, Cluster
from ombud_local.certificates import Authority
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack

CLUSTER = Cluster(namespace="rights", replicas=1)
NOBODY = "rights-nobody"
USERS = [CLUSTER.user(service) for service in SERVICES]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    with guarded_kafka(tmp_path_factory.mktemp("rights"), [*USERS, NOBODY], AUTHORIZER) as started:
        yield started


@pytest.fixture(scope="module")
def stack(guarded: GuardedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("rights-stack")
    with (
        pytest.MonkeyPatch.context() as patched,
        guarded_mongo(tmp_path_factory.mktemp("guarded-mongo")) as database,
        Stack(_Guarded("external", guarded.plain, "", {}), folder, namespace=CLUSTER.namespace) as started,
    ):
        patched.delenv("OMBUD_MONGO", raising=False)  # each is told its own, in a file
        for service in SERVICES:
            database.let_in(CLUSTER.user(service), CLUSTER.user(service))
            (folder / f"{service}.uri").write_text(f"{database.uri(CLUSTER.user(service))}\n")
        started.start_issuer()
        yield started


class _Guarded(Infrastructure):
    """Tells services nothing: each is told its own way into Kafka and MongoDB as it starts."""

    def environment(self) -> dict[str, str]:
        """Return nothing."""
        return {}


def start(stack: Stack, guarded: GuardedKafka, service: str, replica: int = 1, **told: str) -> ServiceProcess:
    """Start a service as its own user, with the address of MongoDB in a file."""
    known = way_in(guarded, CLUSTER.user(service))
    if "OMBUD_KAFKA_PASSWORD_FILE" in told:
        del known["OMBUD_KAFKA_PASSWORD"]
    uri = {"OMBUD_MONGO_FILE": str(stack.folder / f"{service}.uri")}
    return stack.start(service, replica, **{**known, **uri, **told})


def way_in(guarded: GuardedKafka, user: str) -> dict[str, str]:
    return {
        "OMBUD_KAFKA": guarded.addresses["SASL_SSL"],
        "OMBUD_KAFKA_PROTOCOL": "SASL_SSL",
        "OMBUD_KAFKA_CA_FILE": str(guarded.authority),
        "OMBUD_KAFKA_USERNAME": user,
        "OMBUD_KAFKA_PASSWORD": PASSWORD,
    }


def ombud_topics(command: str, told: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OMBUD_")}
    wanted = {"OMBUD_NAMESPACE": CLUSTER.namespace, "OMBUD_TOPIC_REPLICAS": "1"}
    line = [sys.executable, "-m", "chassis.topics_command", command]
    return subprocess.run(line, env={**clean, **wanted, **told}, capture_output=True, text=True, check=False)


def until(process: ServiceProcess, what: str, seen: Callable[[], bool]) -> None:
    process._child.wait_until(seen, 90, what)


def readiness(process: ServiceProcess) -> list[str]:
    try:
        missing: list[str] = httpx.get(f"{process.admin_url}/readyz", timeout=5).json()["missing"]
    except httpx.TransportError:
        return ["answer"]
    return missing


def test_without_rights_a_service_says_what_it_may_not_and_is_ready_once_it_may(
    stack: Stack, guarded: GuardedKafka
) -> None:
    """Would break if a forbidden topic were waited for without a word, or mending it took a restart."""
    process = start(stack, guarded, "billing", 9)
    until(process, "the log to say what is forbidden", lambda: f"may not see rights.{topics.CASES}" in log_of(process))
    assert {"consumers", "topics"} <= set(readiness(process))
    assert process.exit_code is None
    shown = ombud_topics("plan", way_in(guarded, USER))
    assert (shown.returncode, shown.stderr) == (2, "")
    assert f"+ allow User:rights-billing: Read topic rights.{topics.CASES}" in shown.stdout
    assert ombud_topics("apply", way_in(guarded, USER)).returncode == 0
    process.wait_ready(90)
    assert process.terminate() == 0


def log_of(process: ServiceProcess) -> str:
    return process.log.read_text() if process.log.exists() else ""


async def test_each_service_can_do_what_it_must_with_its_own_user_and_secrets_from_files(
    stack: Stack, guarded: GuardedKafka
) -> None:
    """INVARIANT: would break if the rights of the contracts were less than what one service does, if one client of one service
    were made without who we are, or if one needed more of MongoDB than its own database, or connected in plain."""
    assert ombud_topics("apply", way_in(guarded, USER)).returncode == 0
    secret = stack.folder / "password"
    secret.write_text(f"{PASSWORD}\n")
    processes = [start(stack, guarded, service, OMBUD_KAFKA_PASSWORD_FILE=str(secret)) for service in SERVICES]
    for process in processes:
        await asyncio.to_thread(process.wait_ready, 120)
    await a_case_worked(stack)
    assert [p.service for p in processes if "uthorization" in log_of(p) or "may not" in log_of(p)] == []
    assert {process.terminate() for process in processes} == {0}


async def test_nobody_writes_what_another_service_tells(guarded: GuardedKafka) -> None:
    """INVARIANT: would break if a service that was taken over could tell of charges that billing never made."""
    assert ombud_topics("apply", way_in(guarded, USER)).returncode == 0
    told = {n.removeprefix("OMBUD_").lower(): v for n, v in way_in(guarded, CLUSTER.user("ticketing")).items()}
    access = KafkaSettings.model_validate(told).kafka_access
    producer = AIOKafkaProducer(**access.client(), enable_idempotence=True)
    await producer.start()
    try:
        for foreign in (topics.CHARGES, topics.dead_letters(topics.CASES, "billing").name, topics.ORDERS):
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(CLUSTER.name(foreign), b"{}", key=b"k")
    finally:
        await producer.stop()


def test_who_may_not_administer_the_cluster_is_told_so(guarded: GuardedKafka) -> None:
    refused = ombud_topics("apply", way_in(guarded, NOBODY))
    assert refused.returncode == 1
    assert "not authorised" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_wrong_password_for_kafka_ends_the_process_with_its_reason(stack: Stack, guarded: GuardedKafka) -> None:
    """Would break if a process that can never work stayed up and waited."""
    process = start(stack, guarded, "billing", 8, OMBUD_KAFKA_PASSWORD="guessed")
    assert process.wait_exit(120) > 0
    assert "does not know this user, or the password is wrong" in log_of(process)
    assert "guessed" not in log_of(process)


def test_an_unknown_authority_of_kafka_ends_the_process_with_its_reason(
    stack: Stack, guarded: GuardedKafka, tmp_path: Path
) -> None:
    process = start(stack, guarded, "billing", 7, OMBUD_KAFKA_CA_FILE=str(Authority(tmp_path).file))
    assert process.wait_exit(120) > 0
    assert "look at OMBUD_KAFKA_CA_FILE" in log_of(process)
