"""A service that counts the closings of cases, for the tests of the chassis' guarantees."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from counters import Add, kind_for
from faststream.kafka import KafkaBroker
from kafka_reading import read_topic

from chassis.aggregate import Cause, Session, Unit
from chassis.consuming import BatchHandler, Consumer
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS
from chassis.subscription import Subscription, broker_of
from chassis.testing import NOON, FixedClock, eventually
from ombud_contracts import Received, topics
from ombud_contracts.groups import Group

GROUP = Group("ticketing.casework", (topics.CASES,))
CAUSE = Cause("req_1", "req_1")
ALL_SHARDS = list(range(OUTBOX_SHARDS))


class Crash(Exception):
    """The process ends here."""


async def execute(mongo: Mongo, case_id: str, amount: int) -> None:
    session = Session(mongo, FixedClock())
    await session.unit(CAUSE).execute(kind_for(case_id), case_id, Add(amount, NOON))
    await session.commit()


async def total(mongo: Mongo, case_id: str) -> int:
    stored = (await mongo.load("counters", [case_id])).get(case_id)
    return stored.state["total"] if stored else 0


async def open_store(settings: Settings, kind: type[Mongo]) -> Mongo:
    mongo = kind(settings.mongo.get_secret_value(), settings.database("guarantees"))
    await mongo.ensure({"counters": [], "parked": [], "waiting": []})
    return mongo


async def count_closings(received: Received, unit: Unit) -> None:
    case_id = received.metadata.subject
    await unit.execute(kind_for(case_id), case_id, Add(1, received.at))


@asynccontextmanager
async def consuming(
    settings: Settings, mongo: Mongo, consumer: Consumer, kind: type[Subscription] = Subscription
) -> AsyncIterator[BatchHandler]:
    broker: KafkaBroker = broker_of(settings)
    handler = BatchHandler(consumer, mongo, settings, FixedClock())
    subscription = kind(broker, consumer, handler, settings)
    await broker.connect()
    await subscription.start()
    try:
        yield handler
    finally:
        await subscription.stop()
        await broker.stop()


async def caught_up(settings: Settings, _handler: BatchHandler) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()

    async def no_lag() -> bool:
        committed = await admin.list_consumer_group_offsets(settings.prefixed(GROUP.name))
        return sum(o.offset for o in committed.values()) == len(await read_topic(settings, topics.CASES))

    try:
        await eventually("the group to commit everything", no_lag, 30)
    finally:
        await admin.close()


def record_of(topic: str, key: bytes, value: bytes, headers: Any) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(topic, 0, 0, 1_700_000_000_000, 0, key, value, None, 0, 0, tuple(headers))
