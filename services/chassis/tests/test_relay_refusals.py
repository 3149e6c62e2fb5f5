"""A row that the broker refuses blocks its own key and nothing else, on real Kafka and MongoDB."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError
from counters import Add, kind_for
from kafka_reading import producing, read_topic
from prometheus_client import REGISTRY

from chassis.aggregate import Cause, Session
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS, OutboxRow
from chassis.testing import NOON, FixedClock, eventually
from ombud_contracts import topics


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = Mongo(settings.mongo.get_secret_value(), settings.database("refusals"))
    await opened.ensure({"counters": []})
    yield opened
    await opened.drop()
    await opened.close()


@pytest.fixture
async def relay(broker_topics: Settings, store: Mongo) -> AsyncIterator[Relay]:
    leases, ends = Leases(store, "outbox", OUTBOX_SHARDS, "owner"), asyncio.Event()
    await leases.refresh()
    keeping = asyncio.create_task(
        leases.keep(ends)
    )  # a topic that does not exist is looked for longer than a lease lasts
    relay = Relay(store, leases, broker_topics)
    yield relay
    await relay._close_producer()
    ends.set()
    await keeping


async def tell(store: Mongo, case_id: str, *rows: OutboxRow) -> None:
    """Commit one event of a case, and further rows before it."""
    session = Session(store, FixedClock())
    session.writes.outbox.extend(rows)
    await session.unit(Cause("req", "req")).execute(kind_for(case_id), case_id, Add(1, NOON))
    await session.commit()


def row(id: str, key: str, topic: str, size: int) -> OutboxRow:
    return OutboxRow(id, topic, key, b"\0" * size, (("ce_id", id.encode()),))


async def published(settings: Settings) -> list[str]:
    return sorted(dict(r.headers)["ce_id"].decode() for r in await read_topic(settings, topics.CASES))


ALL_SHARDS = range(OUTBOX_SHARDS)


async def test_a_row_larger_than_its_topic_takes_blocks_its_key_alone(
    broker_topics: Settings, store: Mongo, relay: Relay
) -> None:
    """INVARIANT: breaks when a batch that contains a refused row is sent again as a whole, for ever."""
    await tell(store, "cas_bad", row("big:1", "cas_bad", topics.CASES, 13_000_000))
    for n in range(20):
        await tell(store, f"cas_{n}")
    assert await relay.drain(ALL_SHARDS) == 20
    assert await published(broker_topics) == sorted(f"cas_{n}:1" for n in range(20))
    assert [r.id for r in await store.pending(ALL_SHARDS, 9)] == ["big:1", "cas_bad:1"], "nothing passes it, or is lost"
    assert await store.keys_set_aside(ALL_SHARDS, 9) == ["cas_bad"]
    await tell(store, "cas_next")
    assert await relay.drain(ALL_SHARDS) == 1


async def test_whatever_type_a_dead_letter_carries_makes_no_label(
    broker_topics: Settings, store: Mongo, relay: Relay
) -> None:
    """INVARIANT: would break if a record of somebody else, parked with its headers, could make figures without end."""

    def counted(type: str) -> float:
        labels = {"topic": topics.CASES, "type": type}
        return REGISTRY.get_sample_value("ombud_outbox_published_total", labels) or 0.0

    before = counted("other")
    headers = (("ce_id", b"odd:1"), ("ce_type", b"made.up_1\xff"), ("traceparent", b"no trace\xff"))
    await tell(store, "cas_odd", OutboxRow("odd:1", topics.CASES, "cas_odd", b"{}", headers))
    assert await relay.drain(ALL_SHARDS) == 2
    assert counted("other") >= before + 1
    shown = [m for m in REGISTRY.collect() if m.name == "ombud_outbox_published"]
    assert not [s for metric in shown for s in metric.samples if "made" in s.labels["type"]]


async def test_a_row_that_the_broker_refuses_is_found_among_its_neighbours_and_sent_when_it_may(
    broker_topics: Settings, store: Mongo, relay: Relay
) -> None:
    """INVARIANT: breaks when the neighbours in a refused batch count as refused, or the row is never tried again."""
    await _limit(broker_topics, 2_000)
    for n in range(6):
        await tell(store, f"cas_{n}")
    await tell(store, "cas_wide", _incompressible("wide:1", "cas_wide", 5_000))
    assert await relay.drain(ALL_SHARDS) == 6
    assert await store.keys_set_aside(ALL_SHARDS, 9) == ["cas_wide"]
    await _limit(broker_topics, 1_048_588)
    successor = Relay(store, relay._leases, broker_topics)  # asks at once; the same relay asks half a minute later
    assert await successor.drain(ALL_SHARDS) == 2
    assert await store.keys_set_aside(ALL_SHARDS, 9) == []
    assert await store.pending(ALL_SHARDS, 9) == []
    await successor._close_producer()


async def test_a_topic_that_does_not_exist_blocks_only_the_keys_that_tell_something_there(
    broker_topics: Settings, store: Mongo, relay: Relay
) -> None:
    for n in range(30):
        await tell(store, f"cas_bad{n}", row(f"lost:{n}", f"cas_bad{n}", "ticketing.dreams.v1", 10))
        await tell(store, f"cas_{n}")
    assert await relay.drain(ALL_SHARDS) == 30
    assert await published(broker_topics) == sorted(f"cas_{n}:1" for n in range(30))
    assert sorted(await store.keys_set_aside(ALL_SHARDS, 40)) == sorted(f"cas_bad{n}" for n in range(30))


def _incompressible(id: str, key: str, size: int) -> OutboxRow:
    return OutboxRow(id, topics.CASES, key, random.Random(1).randbytes(size), (("ce_id", id.encode()),))


async def _limit(settings: Settings, max_bytes: int) -> None:
    """Set what the broker takes on the topic of cases."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        name = settings.prefixed(topics.CASES)
        change = ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": str(max_bytes)})
        await admin.alter_configs([change])
    finally:
        await admin.close()
    async with producing(settings) as producer:

        async def in_force() -> bool:
            try:
                await producer.send_and_wait(name, random.Random(2).randbytes(5_000), key=b"probe")
                return max_bytes > 5_000
            except MessageSizeTooLargeError:
                return max_bytes < 5_000

        await eventually("the limit to be in force", in_force, 30)
