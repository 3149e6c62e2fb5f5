"""One record never stops or blinds a consumer, whatever it holds: on real Kafka and MongoDB, as a subscriber meets it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from counters import Add, kind_for
from kafka_reading import closing, producing, send_with_an_odd_name
from prometheus_client import REGISTRY
from pydantic import ValidationError

from chassis.aggregate import Unit
from chassis.consuming import BatchHandler, Consumer, described
from chassis.dead_letters import facts_of, may_be_sent, publish_without_outbox, read_all
from chassis.early_records import WAITING_INDEXES
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS, Conflict, Writes
from chassis.subscription import Subscription, broker_of
from chassis.testing import NOON, FixedClock, eventually
from ombud_contracts import Metadata, Received, topics
from ombud_contracts.groups import Group

GROUP = Group("ticketing.casework", (topics.CASES,), skips_lost_records=False)
Headers = Sequence[tuple[str, bytes | None]]


class Locked(Mongo):
    """A store in which writes about one case find its document locked, as after a crash in a transaction."""

    case: str | None = None

    async def commit(self, writes: Writes) -> None:
        if any(id == self.case for _collection, id in writes.saved):
            raise Conflict("somebody holds this document")
        await super().commit(writes)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Locked]:
    opened = Locked(settings.mongo.get_secret_value(), settings.database("hostile"))
    await opened.ensure({"counters": [], "parked": [], **WAITING_INDEXES})
    yield opened
    await opened.drop()
    await opened.close()


async def count(received: Received, unit: Unit) -> None:
    case_id = received.metadata.subject
    await unit.execute(kind_for(case_id), case_id, Add(1, received.at))


@asynccontextmanager
async def reading(settings: Settings, mongo: Mongo) -> AsyncIterator[Subscription]:
    broker = broker_of(settings)
    consumer = Consumer(GROUP, count)
    subscription = Subscription(broker, consumer, BatchHandler(consumer, mongo, settings, FixedClock()), settings)
    await broker.connect()
    await subscription.start()
    try:
        yield subscription
    finally:
        await subscription.stop()
        await broker.stop()


async def total(mongo: Mongo, case_id: str) -> int:
    stored = (await mongo.load("counters", [case_id])).get(case_id)
    return stored.state["total"] if stored else 0


async def send(settings: Settings, value: bytes | None, headers: Headers, partition: int | None = None) -> None:
    async with producing(settings) as producer:
        topic = settings.prefixed(topics.CASES)
        await producer.send_and_wait(topic, value, key=b"cas_bad", headers=list(headers), partition=partition)


async def send_good(settings: Settings, prefix: str) -> None:
    """One closing in every partition."""
    async with producing(settings) as producer:
        for partition in range(12):
            key, value, headers = closing(f"{prefix}{partition}", 1, NOON)
            topic = settings.prefixed(topics.CASES)
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=partition)


async def all_counted(mongo: Mongo, prefix: str) -> None:
    async def counted() -> bool:
        return [await total(mongo, f"{prefix}{n}") for n in range(12)] == [1] * 12

    await eventually(f"all of {prefix} to take effect", counted, 60)


async def drained(settings: Settings, mongo: Mongo) -> list[ConsumerRecord[Any, Any]]:
    """Publish the outbox and return the dead letters."""
    leases = Leases(mongo, "outbox", OUTBOX_SHARDS, "owner")
    await leases.refresh()
    relay = Relay(mongo, leases, settings)
    await relay.drain(leases.owned)
    await relay._close_producer()
    await leases.release()
    return await read_all(settings.kafka_access, settings.namespace, "ticketing")


BASE: Headers = closing("cas_bad", 1, NOON)[2]
STRUCTURED: Headers = [("content-type", b"application/cloudevents+json")]
CARD = b"4111 1111 1111 1111"
HOSTILE: dict[str, tuple[bytes | None, Headers]] = {
    "an attribute without a value": (b"{}", [*BASE, ("ce_id", None)]),
    "2,000 brackets": (b"[" * 2_000 + b"]" * 2_000, STRUCTURED),
    "a sequence of Infinity": (
        b'{"specversion":"1.0","id":"x","type":"t","time":"2026-01-01T00:00:00Z","sequence":Infinity}',
        STRUCTURED,
    ),
    "half a surrogate": (b'{"specversion":"1.0","id":"\\ud800","type":"t","time":"2026-01-01T00:00:00Z"}', STRUCTURED),
    "a tombstone": (None, BASE),
    "a mark of a dead letter's key": (b"not json", [*BASE, ("ombud-dead-key", b"%%%a")]),
    "a mark of a dead letter's place": (b"not json", [*BASE, ("ombud-dead-topic", b"disputes.disputes.v1")]),
    "a mark of what cannot be unpacked": (b"not json", [*BASE, ("ombud-unreadable", CARD)]),
    "a place of a replay that is not text": (b"not json", [*BASE, ("ombud-replayed-from", b"\xff\0")]),
    "another topic's event": (b"{}", [(n, b"disputes.dispute_decided" if n == "ce_type" else v) for n, v in BASE]),
}


async def test_hostile_records_are_parked_with_their_reason_and_those_behind_them_flow(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when reading or parking a record can raise: its batch is read again for ever."""
    for partition, (value, headers) in enumerate(HOSTILE.values()):
        await send(broker_topics, value, headers, partition)
    await send_good(broker_topics, "cas_after_")
    async with reading(broker_topics, store):
        await all_counted(store, "cas_after_")
    dead = await drained(broker_topics, store)
    assert len(dead) == len(HOSTILE)
    assert all(facts_of(letter)["reason"] for letter in dead)
    assert sum(facts_of(letter)["reason"].startswith("forged:") for letter in dead) == 1
    assert not any(CARD.decode() in facts_of(letter)["reason"] for letter in dead), "a reason is ours, and no echo"
    assert await publish_without_outbox(broker_topics.kafka_access, broker_topics.namespace, dead) == len(dead)


async def test_a_large_record_is_parked_by_reference(broker_topics: Settings, store: Locked) -> None:
    """INVARIANT: breaks when a dead letter carries what neither the database nor the relay can take."""
    topic = broker_topics.prefixed(topics.CASES)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker_topics.kafka, max_request_size=64_000_000, compression_type="lz4"
    )
    await producer.start()
    sent = await producer.send_and_wait(topic, b"\0" * 20_000_000, key=b"cas_bad", headers=list(BASE), partition=3)
    wide = [*BASE, ("x-wide", b"x" * 900_000)]
    await producer.send_and_wait(topic, b"{}", key=b"cas_bad", headers=wide, partition=3)
    await producer.stop()
    await send_good(broker_topics, "cas_after_")
    async with reading(broker_topics, store):
        await all_counted(store, "cas_after_")
    dead = await drained(broker_topics, store)
    letter, other = sorted(dead, key=lambda r: facts_of(r)["offset"])
    facts = facts_of(letter)
    assert (facts["partition"], facts["offset"], facts["bytes"]) == ("3", str(sent.offset), "20000000")
    assert len(facts["sha256"]) == 64
    assert "20000000 bytes" in facts["reason"]
    assert not letter.value
    assert not may_be_sent(letter)
    assert await publish_without_outbox(broker_topics.kafka_access, broker_topics.namespace, [letter, other]) == 0


async def test_a_dead_letter_replayed_in_vain_is_counted_and_not_multiplied(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when a replay is parked as a record of its own: each night doubles the dead letters."""
    await send(broker_topics, b"not json", BASE, 5)
    async with reading(broker_topics, store):
        dead = await _parked(broker_topics, store, 1)
        for times in (2, 3):
            await publish_without_outbox(broker_topics.kafka_access, broker_topics.namespace, dead)

            async def counted(expected: int = times) -> bool:
                rows = await store.find("parked", {}, limit=5)
                return [row["times"] for row in rows] == [expected]

            await eventually(f"the dead letter to count {times}", counted)
    assert len(await drained(broker_topics, store)) == 1


async def _parked(settings: Settings, mongo: Mongo, wanted: int) -> list[ConsumerRecord[Any, Any]]:
    async def there() -> bool:
        return await mongo.count("parked", {}, limit=9) == wanted

    await eventually(f"{wanted} parked", there)
    return await drained(settings, mongo)


async def test_one_locked_document_makes_its_consumer_behind_and_then_stalled(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when a batch that waits, or what is unread behind it, does not count as waiting."""
    settings = broker_topics.model_copy(update={"consumer_stalled_seconds": 5.0})
    store.case = "cas_locked"
    async with reading(settings, store) as subscription:
        await send_good(settings, "cas_before_")
        await all_counted(store, "cas_before_")

        async def behind(expected: bool) -> bool:
            return await subscription.is_behind() == expected

        await eventually("the consumer to have caught up", lambda: behind(False))
        key, value, headers = closing("cas_locked", 1, NOON)
        async with producing(settings) as producer:
            topic = settings.prefixed(topics.CASES)
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=0)
        await eventually("the consumer to be behind", lambda: behind(True))
        assert not subscription.stalled

        async def stalled() -> bool:
            await subscription.is_behind()
            return subscription.stalled

        await eventually("the consumer to be stalled", stalled, 30)
        labels = {"group": GROUP.name, "topic": topics.CASES, "partition": "0"}
        lag = REGISTRY.get_sample_value("ombud_consumer_lag_seconds", labels)
        assert lag is not None
        assert lag >= 5.0
        store.case = None
        await eventually("the consumer to have caught up again", lambda: behind(False), 30)
        assert not subscription.stalled
    assert await total(store, "cas_locked") == 1
    assert await store.count("parked", {}, limit=1) == 0


async def test_records_truncated_while_a_consumer_is_connected_stop_it_as_they_do_at_its_start(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when a consumer that is told by the broker that its place is gone goes on in silence."""
    settings = broker_topics.model_copy(update={"consume_batch_records": 1})
    topic = settings.prefixed(topics.CASES)
    store.case = "cas_locked"
    async with producing(settings) as producer, reading(settings, store) as subscription:
        key, value, headers = closing("cas_locked", 1, NOON)
        await producer.send_and_wait(topic, value, key=key, headers=headers, partition=2)

        async def in_flight() -> bool:
            return bool(subscription._in_flight)

        await eventually("the first record to be in flight", in_flight)
        for n in range(3_000):  # more than the reader has fetched ahead
            key, value, headers = closing(f"cas_gone_{n}", 1, NOON)
            wide = [*headers, ("x-wide", bytes(2_000))]
            await producer.send(topic, value, key=key, headers=wide, partition=2)
        await producer.flush()
        await _truncate(settings, TopicPartition(topic, 2))
        key, value, headers = closing("cas_late", 1, NOON)
        await producer.send_and_wait(topic, value, key=key, headers=headers, partition=2)
        store.case = None

        async def stopped() -> bool:
            return not subscription.running

        await eventually("the consumer to stop", stopped, 60)
    assert await total(store, "cas_late") == 0, "it went on without what is gone"


async def _truncate(settings: Settings, part: TopicPartition) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    (end,) = (await consumer.end_offsets([part])).values()
    await consumer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_records({part: RecordsToDelete(before_offset=end)})
    await admin.close()


async def test_a_record_of_an_aborted_transaction_takes_no_effect_and_its_gap_is_not_a_loss(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when what another system withdrew before it was committed is read."""
    topic = broker_topics.prefixed(topics.CASES)
    producer = AIOKafkaProducer(bootstrap_servers=broker_topics.kafka, transactional_id=f"{broker_topics.namespace}-tx")
    await producer.start()
    async with reading(broker_topics, store) as subscription:
        for case, kept in (("cas_kept", True), ("cas_aborted", False), ("cas_kept_too", True)):
            await producer.begin_transaction()
            key, value, headers = closing(case, 1, NOON)
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=4)
            await (producer.commit_transaction() if kept else producer.abort_transaction())

        async def handled() -> bool:
            return await total(store, "cas_kept_too") == 1 and not await subscription.is_behind()

        await eventually("what was committed to take effect, and nothing to wait", handled, 30)
        assert subscription.running
    await producer.stop()
    assert [await total(store, c) for c in ("cas_kept", "cas_aborted")] == [1, 0]


async def test_a_record_that_the_client_cannot_unpack_is_parked_and_those_behind_it_flow(
    broker_topics: Settings, store: Locked
) -> None:
    """INVARIANT: breaks when an error of the client's parser ends the reading, or is met again with each read."""
    await send_good(broker_topics, "cas_before_")
    for partition in (6, 9):
        await send_with_an_odd_name(broker_topics, topics.CASES, partition)
    await send_good(broker_topics, "cas_after_")
    async with reading(broker_topics, store) as subscription:
        await all_counted(store, "cas_before_")
        await all_counted(store, "cas_after_")

        async def caught_up() -> bool:
            return not await subscription.is_behind()

        await eventually("nothing to wait", caught_up)
    dead = [(facts_of(letter), letter) for letter in await drained(broker_topics, store)]
    unpacked = [(facts, letter) for facts, letter in dead if facts["reason"].startswith("not unpacked")]
    assert sorted((facts["partition"], facts["offset"]) for facts, _ in unpacked) == [("6", "2"), ("9", "2")]
    assert not any(may_be_sent(letter) for _, letter in unpacked)
    assert len(dead) == 4, "the record before each of the two is parked for what it says"


async def test_a_batch_that_fails_is_counted_and_said(broker_topics: Settings, store: Locked) -> None:
    """INVARIANT: breaks when a batch is read again and again and nobody can see it."""
    labels = {"group": GROUP.name, "error": "RuntimeError"}

    class Failing(BatchHandler):
        left = 2

        async def handle(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
            if self.left:
                self.left -= 1
                raise RuntimeError("the store broke")
            await super().handle(records)

    before = REGISTRY.get_sample_value("ombud_consumer_batches_repeated_total", labels) or 0.0
    broker = broker_of(broker_topics)
    consumer = Consumer(GROUP, count)
    subscription = Subscription(broker, consumer, Failing(consumer, store, broker_topics, FixedClock()), broker_topics)
    await broker.connect()
    await subscription.start()
    await send_good(broker_topics, "cas_")
    await all_counted(store, "cas_")
    await asyncio.gather(subscription.stop(), broker.stop())
    after = REGISTRY.get_sample_value("ombud_consumer_batches_repeated_total", labels) or 0.0
    assert after - before == 2


def test_a_value_that_no_event_carries_is_described_by_its_field_and_not_repeated() -> None:
    whole = {
        "sequence": 1,
        "key": "k",
        "occurred_at": NOON,
        "recorded_at": NOON,
        "correlation_id": "c",
        "causation_id": "c",
    }
    with pytest.raises(ValidationError) as refused:
        Metadata.model_validate({**whole, "id": "id", "subject": "sel_\x1f"})
    assert described(refused.value) == "Metadata does not take subject"
