"""A rebalance drains what is in flight (guarantee 5; SIGTERM under load is shown on real processes, in the fault tests)."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from counting import GROUP, caught_up, consuming, count_closings, total
from kafka_reading import closing, producing

from chassis.aggregate import Unit
from chassis.consuming import BatchHandler, Consumer
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.subscription import Subscription, broker_of
from chassis.testing import NOON, FixedClock, eventually
from ombud_contracts import Received, topics

PARTITIONS = topics.Topic(topics.CASES).partitions


async def test_a_rebalance_under_load_loses_and_repeats_nothing(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if partitions were given away while a batch from them is in flight."""
    seen: Counter[str] = Counter()

    async def handle(received: Received, unit: Unit) -> None:
        seen[received.metadata.id] += 1
        await count_closings(received, unit)

    settings = broker_topics.model_copy(update={"consume_batch_records": 20})
    async with producing(settings) as producer, consuming(settings, store, Consumer(GROUP, handle)) as first:
        await _send_many(producer, settings, range(1, 6))
        async with consuming(settings, store, Consumer(GROUP, handle)):
            await _send_many(producer, settings, range(6, 11))
        await _send_many(producer, settings, range(11, 16))
        await caught_up(settings, first)
    assert [await total(store, f"cas_{c}") for c in range(20)] == [15] * 20
    assert set(seen.values()) == {1}, "an event was handled twice"


async def test_partitions_are_given_away_only_when_the_batch_in_flight_has_ended(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if a rebalance went on while a batch runs: another replica would do its work once more."""
    order: list[str] = []
    may_end = asyncio.Event()

    async def handle(_received: Received, _unit: Unit) -> None:
        order.append("begun")
        await may_end.wait()
        order.append("ended")

    async def begun() -> bool:
        return bool(order)

    async def revoke() -> None:
        await subscription.on_partitions_revoked(set())
        order.append("given away")

    broker, consumer = broker_of(broker_topics), Consumer(GROUP, handle)
    subscription = Subscription(
        broker, consumer, BatchHandler(consumer, store, broker_topics, FixedClock()), broker_topics
    )
    await broker.connect()
    await subscription.start()
    async with producing(broker_topics) as producer:
        key, value, headers = closing("cas_1", 1, NOON)
        await producer.send_and_wait(broker_topics.prefixed(topics.CASES), value, key=key, headers=headers)
    await eventually("a batch to be in flight", begun)
    revoking = asyncio.create_task(revoke())
    for _ in range(100):  # every chance to go on without the batch
        await asyncio.sleep(0)
    may_end.set()
    await revoking
    await subscription.stop()
    await broker.stop()
    assert order == ["begun", "ended", "given away"]


async def test_more_consumers_than_partitions_lose_and_repeat_nothing(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if a replica without partitions held the others up, or did not take over from one that left."""
    seen: Counter[str] = Counter()

    async def handle(received: Received, unit: Unit) -> None:
        seen[received.metadata.id] += 1
        await count_closings(received, unit)

    handler = BatchHandler(Consumer(GROUP, handle), store, broker_topics, FixedClock())
    brokers = [broker_of(broker_topics) for _ in range(PARTITIONS + 2)]
    all_of_them = [Subscription(broker, Consumer(GROUP, handle), handler, broker_topics) for broker in brokers]
    await asyncio.gather(*(broker.connect() for broker in brokers))
    await asyncio.gather(*(subscription.start() for subscription in all_of_them))
    leavers, stayers = all_of_them[:PARTITIONS], all_of_them[PARTITIONS:]
    async with producing(broker_topics) as producer:
        await _send_many(producer, broker_topics, range(1, 6))
        await caught_up(broker_topics, handler)
        await asyncio.gather(*(subscription.stop() for subscription in leavers))
        await _send_many(producer, broker_topics, range(6, 11))
        await caught_up(broker_topics, handler)
        await eventually("nobody to be behind", lambda: _none_is_behind(stayers))
    await asyncio.gather(*(subscription.stop() for subscription in stayers))
    await asyncio.gather(*(broker.stop() for broker in brokers))
    assert [await total(store, f"cas_{c}") for c in range(20)] == [10] * 20
    assert set(seen.values()) == {1}, "an event was handled twice"


async def _none_is_behind(subscriptions: Iterable[Subscription]) -> bool:
    return not any([await subscription.is_behind() for subscription in subscriptions])


async def _send_many(producer: Any, settings: Settings, numbers: range) -> None:
    topic = settings.prefixed(topics.CASES)
    for n in numbers:
        sent = []
        for case in range(20):
            key, value, headers = closing(f"cas_{case}", n, NOON)
            sent.append(await producer.send(topic, value, key=key, headers=headers))
        await asyncio.gather(*sent)
