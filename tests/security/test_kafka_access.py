"""Every way into a real broker that is guarded, by the clients that services are made of. `test_rights` has five services that take one."""

import asyncio
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.kafka.message import KafkaMessage
from guarded_kafka import CLIENT_SECRET, PASSWORD, USER, GuardedKafka, guarded_kafka, token_endpoint
from pydantic import ValidationError

from chassis.kafka_access import Certificates, KafkaAccess, TlsContext
from chassis.kafka_settings import KafkaSettings
from chassis.replay import partitions_of, replay
from chassis.settings import Settings
from chassis.subscription import broker_of
from chassis.topics import carry_out, missing, planned
from ombud_contracts import topics
from ombud_contracts.cluster import Cluster
from ombud_local.certificates import Authority

WAYS = ("mTLS", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "SCRAM-SHA-512 in plain text")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    with guarded_kafka(tmp_path_factory.mktemp("guarded-kafka")) as started:
        yield started


@pytest.fixture(scope="module")
def tokens() -> Iterator[str]:
    with token_endpoint() as url:
        yield url


def way_in(way: str, guarded: GuardedKafka, tokens: str) -> dict[str, str]:
    """Return the settings of a way in, as a deployment would give them."""
    trusted = {
        "kafka_protocol": "SASL_SSL",
        "kafka": guarded.addresses["SASL_SSL"],
        "kafka_ca_file": str(guarded.authority),
    }
    known = {"kafka_username": USER, "kafka_password": PASSWORD}
    match way:
        case "mTLS":
            shown = {"kafka_certificate_file": str(guarded.certificate), "kafka_key_file": str(guarded.key)}
            return {**trusted, **shown, "kafka_protocol": "SSL", "kafka": guarded.addresses["SSL"]}
        case "OAUTHBEARER":
            asked = {"kafka_token_endpoint": tokens, "kafka_client_id": USER, "kafka_client_secret": CLIENT_SECRET}
            return {**trusted, **asked, "kafka_sasl_mechanism": way}
        case "SCRAM-SHA-512 in plain text":
            return {**known, "kafka_protocol": "SASL_PLAINTEXT", "kafka": guarded.addresses["SASL_PLAINTEXT"]}
        case _:
            return {**trusted, **known, "kafka_sasl_mechanism": way}


def settings(way: str, guarded: GuardedKafka, tokens: str, **changes: str) -> KafkaSettings:
    namespace = f"t{uuid.uuid4().hex[:8]}"
    return KafkaSettings.model_validate({**way_in(way, guarded, tokens), "namespace": namespace, **changes})


async def make(access: KafkaAccess, namespace: str, topic: str) -> None:
    """Look at the cluster, and make one topic as the contracts want it: all would be hundreds of partitions for each way."""
    todo = await planned(access, Cluster(namespace=namespace, replicas=1), [])
    await carry_out(access, replace(todo, create=tuple(t for t in todo.create if t.name == topic)))


@pytest.mark.parametrize("way", WAYS)
async def test_topics_are_made_written_and_read_by_every_way_in(guarded: GuardedKafka, tokens: str, way: str) -> None:
    known = settings(way, guarded, tokens)
    access, topic = known.kafka_access, known.prefixed(topics.CASES)
    assert await missing(access, [topic]) == [topic]
    await make(access, known.namespace, topic)
    assert await missing(access, [topic]) == []
    producer = AIOKafkaProducer(**access.client(), enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"value", key=b"key")
    finally:
        await producer.stop()
    read: list[bytes] = []

    async def take(records: list[object]) -> None:
        read.extend(record.value for record in records)  # type: ignore[attr-defined]

    await replay(access, await partitions_of(access, [topic]), take)
    assert read == [b"value"]


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("PLAIN", {"kafka_password": "guessed"}),
        ("SCRAM-SHA-512", {"kafka_password": "guessed"}),
        ("SCRAM-SHA-256", {"kafka_username": "somebody"}),
        ("OAUTHBEARER", {"kafka_client_secret": "guessed"}),
        ("mTLS", {"kafka_ca_file": "other"}),
    ],
)
async def test_whom_the_broker_does_not_know_or_who_does_not_know_the_broker_gets_nowhere(
    guarded: GuardedKafka, tokens: str, way: str, change: dict[str, str], tmp_path: Path
) -> None:
    changed = {k: str(Authority(tmp_path).file) if v == "other" else v for k, v in change.items()}
    refused = settings(way, guarded, tokens, **changed)
    with pytest.raises((KafkaError, OSError)) as said:
        await missing(refused.kafka_access, ["any"])
    assert not {PASSWORD, CLIENT_SECRET, "guessed"} & set(str(said.value).split())


async def test_a_certificate_that_was_replaced_is_shown_to_the_next_connection(tmp_path: Path) -> None:
    """INVARIANT: would break if a process had to be started again for a certificate that is about to end."""
    authority = Authority(tmp_path)
    (server_file, server_key), (first, first_key), (second, second_key) = map(authority.issue, ("srv", "one", "two"))
    shown: list[str] = []

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peercert")
        shown.append(dict(part[0] for part in peer["subject"])["commonName"])
        writer.write(b"hello")
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.file))
    context.load_cert_chain(server_file, server_key)
    context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    ours = TlsContext.of(Certificates(authority.file, first, first_key))
    try:
        for replaced in (None, (second, second_key)):
            if replaced is not None:
                first_key.write_bytes(b"half writ")
                assert await _greeted(port, ours) == b"hello", "the one that is known stays while files are written"
                first.write_bytes(replaced[0].read_bytes())
                first_key.write_bytes(replaced[1].read_bytes())
            assert await _greeted(port, ours) == b"hello"
    finally:
        server.close()
    assert shown == ["one", "one", "two"]


async def _greeted(port: int, context: ssl.SSLContext) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_that_reads_is_let_in_by_every_way(guarded: GuardedKafka, tokens: str, way: str) -> None:
    service = {"env": "test", "mongo": "mongodb://127.0.0.1:9", "oidc_issuer": "http://127.0.0.1:9"}
    known = Settings.model_validate(
        {**way_in(way, guarded, tokens), **service, "namespace": f"t{uuid.uuid4().hex[:8]}"}
    )
    topic = known.prefixed(topics.CASES)
    await make(known.kafka_access, known.namespace, topic)
    broker, read = broker_of(known), asyncio.Queue[bytes]()

    @broker.subscriber(topic, group_id=known.prefixed("reader"), auto_offset_reset="earliest", decoder=_undecoded)
    async def take(value: bytes) -> None:
        await read.put(value)

    async with broker, AIOKafkaProducer(**known.kafka_access.client()) as producer:
        await broker.start()
        await producer.send_and_wait(topic, b"value")
        async with asyncio.timeout(60):
            assert await read.get() == b"value"


async def _undecoded(message: KafkaMessage) -> bytes:
    return message.body


REFUSED = {
    "a user nobody hears": ({"kafka_username": USER, "kafka_password": PASSWORD}, "kafka_protocol sends none"),
    "no password": ({"kafka_protocol": "SASL_SSL", "kafka_username": USER}, "kafka_password is needed"),
    "no endpoint": (
        {"kafka_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER"},
        "kafka_token_endpoint is needed for OAUTHBEARER",
    ),
    "a certificate without its key": (
        {"kafka_protocol": "SSL", "kafka_certificate_file": __file__},
        "belong together: set both",
    ),
    "authorities nobody asks": ({"kafka_ca_file": __file__}, "does not use them"),
    "a file that is not there": ({"kafka_protocol": "SSL", "kafka_ca_file": "/nowhere.pem"}, "cannot be read"),
    "a file that is no certificate": ({"kafka_protocol": "SSL", "kafka_ca_file": __file__}, "are not PEM"),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_work_is_refused_at_the_start(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        KafkaSettings.model_validate({"kafka": "broker:9093", **given})
    told = [problem["msg"] for problem in refused.value.errors(include_input=False)]
    assert not any(PASSWORD in one for one in told)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\xff\xfe", "is not text"),
        (b"x" * 70_000, "that is no secret"),
        (b"twice", "are both set"),
    ],
)
def test_a_secret_whose_file_cannot_be_used_ends_the_start_with_what_to_do(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    told = {"OMBUD_KAFKA": "127.0.0.1:9", "OMBUD_KAFKA_PASSWORD_FILE": str(file)}
    if said == "are both set":
        told["OMBUD_KAFKA_PASSWORD"] = "again"
    ended = subprocess.run(
        [sys.executable, "-m", "chassis.topics_command", "plan"], env=told, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "OMBUD_KAFKA_PASSWORD_FILE" in ended.stderr
