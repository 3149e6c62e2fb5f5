"""The native provider: real Kafka and MongoDB that answer, survive a crash and leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from pymongo import MongoClient

from ombud_local.children import StartFailed
from ombud_local.infrastructure import Infrastructure, NotOurs, start_infrastructure

SEVEN_MEGABYTES = 7 * 1024 * 1024


@asynccontextmanager
async def a_producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, max_request_size=SEVEN_MEGABYTES * 2)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def a_topic(kafka: str, name: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()
    return name


async def write(kafka: str, topic: str, values: Sequence[bytes]) -> None:
    async with a_producer(kafka) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(kafka: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, auto_offset_reset="earliest", max_partition_fetch_bytes=SEVEN_MEGABYTES * 2
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            return [bytes((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_record_that_was_produced_is_consumed(native: Infrastructure) -> None:
    topic = await a_topic(native.kafka, "small")
    await write(native.kafka, topic, [b"one", b"two"])
    assert await read(native.kafka, topic, 2) == [b"one", b"two"]


async def test_a_record_of_seven_megabytes_is_carried(native: Infrastructure) -> None:
    topic = await a_topic(native.kafka, "large")
    await write(native.kafka, topic, [b"x" * SEVEN_MEGABYTES])
    assert [len(value) for value in await read(native.kafka, topic, 1)] == [SEVEN_MEGABYTES]


async def test_a_misspelt_topic_is_not_created_by_writing_to_it(native: Infrastructure) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=native.kafka, request_timeout_ms=2_000)
    await producer.start()
    try:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("mispelt", b"lost")
    finally:
        await producer.stop()


async def test_acknowledged_records_survive_a_killed_broker(native: Infrastructure) -> None:
    """INVARIANT: what Kafka acknowledged is there after kill -9. A data folder made anew at restart would break it."""
    topic = await a_topic(native.kafka, "survivors")
    values = [f"record {number}".encode() for number in range(200)]
    await write(native.kafka, topic, values)
    address = native.kafka
    native.kill_kafka()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address.split(":"))
    native.restart_kafka()
    assert await read(address, topic, len(values)) == values


def test_a_transaction_over_two_collections_commits_whole(native: Infrastructure) -> None:
    client: MongoClient[dict[str, object]] = MongoClient(native.mongo, serverSelectionTimeoutMS=10_000)
    with client, client.start_session() as session:
        with session.start_transaction():
            client.shop.orders.insert_one({"_id": "ord_1"}, session=session)
            client.shop.outbox.insert_one({"_id": "ord_1:1"}, session=session)
            assert client.shop.orders.count_documents({}) == 0, "a write was visible before its commit"
        assert client.shop.orders.count_documents({}) == 1
        assert client.shop.outbox.count_documents({}) == 1


def test_committed_documents_survive_a_killed_database(native: Infrastructure) -> None:
    client: MongoClient[dict[str, object]] = MongoClient(native.mongo, serverSelectionTimeoutMS=10_000)
    with client:
        client.shop.survivors.insert_many([{"_id": number} for number in range(200)])
        native.kill_mongo()
        native.restart_mongo()
        assert client.shop.survivors.count_documents({}) == 200


def test_what_a_test_writes_as_of_a_fixed_day_is_not_removed_by_its_age(native: Infrastructure) -> None:
    """INVARIANT: would break if the server removed old documents: a test that counts them fails once in a while."""
    with MongoClient[dict[str, object]](native.mongo) as client:
        assert client.admin.command({"getParameter": 1, "ttlMonitorEnabled": 1})["ttlMonitorEnabled"] is False


async def test_two_runs_side_by_side_share_no_address_and_no_data(native: Infrastructure, tmp_path: Path) -> None:
    await a_topic(native.kafka, "only-here")
    with start_infrastructure(tmp_path, provider="native") as other:
        assert {other.kafka, other.mongo}.isdisjoint({native.kafka, native.mongo})
        admin = AIOKafkaAdminClient(bootstrap_servers=other.kafka)
        await admin.start()
        try:
            assert "only-here" not in await admin.list_topics()
        finally:
            await admin.close()


def test_an_external_cluster_is_never_stopped_or_broken(
    native: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INVARIANT: what the user named is the user's. Stopping it with us would break it."""
    monkeypatch.setenv("OMBUD_KAFKA", native.kafka)
    monkeypatch.setenv("OMBUD_MONGO", native.mongo)
    monkeypatch.delenv("OMBUD_INFRA", raising=False)
    with start_infrastructure(Path("/nonexistent")) as external:
        assert external.provider == "external"
        with pytest.raises(NotOurs):
            external.kill_kafka()
    with MongoClient[dict[str, object]](native.mongo, serverSelectionTimeoutMS=5_000) as client:
        assert client.admin.command("ping")["ok"] == 1


def test_an_external_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OMBUD_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("OMBUD_MONGO", "mongodb://127.0.0.1:1")
    with pytest.raises(StartFailed, match="nothing answers at OMBUD_KAFKA"):
        start_infrastructure(tmp_path, provider="external")


def test_an_unknown_provider_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="external, docker or native"):
        start_infrastructure(tmp_path, provider="cloud")
