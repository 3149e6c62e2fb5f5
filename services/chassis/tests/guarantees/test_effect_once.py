"""A consumed event takes effect once, however often and however late it is delivered (guarantee 3)."""

import asyncio
from collections.abc import Iterable

import pytest
from counting import GROUP, caught_up, consuming, count_closings, open_store, record_of, total
from kafka_reading import closing, producing

from chassis.aggregate import Unit
from chassis.consuming import BatchHandler, Consumer
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import Writes
from chassis.testing import NOON, FixedClock, told
from ombud_contracts import Received, to_headers, topics
from ombud_contracts.events.marketplace import OrderDelivered
from ombud_contracts.events.ticketing import CaseClosed


class WithoutInbox(Mongo):
    """Control: does not look at, and does not keep, what was handled."""

    async def handled(self, ids: Iterable[str]) -> set[str]:  # noqa: ARG002 - the contract's signature
        return set()

    async def commit(self, writes: Writes) -> None:
        writes.handled.clear()
        await super().commit(writes)


async def check_effect_once(settings: Settings, mongo: Mongo) -> None:
    settings = settings.model_copy(update={"consume_batch_records": 7})  # repeats come in later batches
    async with producing(settings) as producer:
        topic = settings.prefixed(topics.CASES)
        for _delivery in range(3):
            for case in range(5):
                for n in range(1, 5):
                    key, value, headers = closing(f"cas_{case}", n, NOON)
                    await producer.send_and_wait(topic, value, key=key, headers=headers)
        async with consuming(settings, mongo, Consumer(GROUP, count_closings)) as handler:
            key, value, headers = closing("cas_last", 1, NOON)
            for partition in range(12):  # behind everything else in its partition
                await producer.send_and_wait(topic, value, key=key, headers=headers, partition=partition)
            await caught_up(settings, handler)
    totals = {case: await total(mongo, f"cas_{case}") for case in range(5)}
    assert totals == dict.fromkeys(range(5), 4), "an event took effect more or less than once"


async def test_an_event_delivered_three_times_takes_effect_once(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if the inbox were not written in the transaction of the effect."""
    await check_effect_once(broker_topics, store)


async def test_events_of_two_sources_with_one_id_both_take_effect(settings: Settings, store: Mongo) -> None:
    """INVARIANT: CloudEvents 1.0, 3.1.1; would break if an id of one service could make another's event seem a repeat."""
    heard: list[str] = []

    async def handle(received: Received, _unit: Unit) -> None:
        heard.append(received.source)

    delivered = told(OrderDelivered(order_id="ord_1", line_id="lin_1", delivered_at=NOON), "cas_1", 1)
    assert delivered.event is not None
    key, value, headers = closing("cas_1", 1, NOON)
    theirs = to_headers(delivered.event, delivered.metadata)
    records = [
        record_of(settings.prefixed(topics.ORDERS), key, delivered.event.to_bytes(), theirs),
        record_of(settings.prefixed(topics.CASES), key, value, headers),
    ]
    handler = BatchHandler(Consumer(GROUP, handle), store, settings, FixedClock())
    for one in [*records, *records]:
        await handler.handle([one])
    assert heard == [OrderDelivered.source(), CaseClosed.source()], "each takes effect, and once"


async def test_control_without_the_inbox_the_check_fails(broker_topics: Settings) -> None:
    mongo = await open_store(broker_topics, WithoutInbox)
    with pytest.raises(AssertionError, match="more or less than once"):
        await check_effect_once(broker_topics, mongo)
    await mongo.drop()
    await mongo.close()


async def test_the_same_records_at_two_replicas_at_once_take_effect_once(settings: Settings, store: Mongo) -> None:
    """INVARIANT: F24; would break if the inbox were looked at and not written in the transaction of the effect."""
    records = [record_of(settings.prefixed(topics.CASES), *closing(f"cas_{n}", 1, NOON)) for n in range(10)]
    other = Mongo(settings.mongo.get_secret_value(), settings.database("guarantees"))
    consumer = Consumer(GROUP, count_closings)
    replicas = [BatchHandler(consumer, mongo, settings, FixedClock()) for mongo in (store, other)]
    await asyncio.gather(*(replica.handle(records) for replica in replicas for _ in range(3)))
    await other.close()
    assert [await total(store, f"cas_{n}") for n in range(10)] == [1] * 10
