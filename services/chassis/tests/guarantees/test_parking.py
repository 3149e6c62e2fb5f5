"""A record that cannot be handled is parked with its reason, others flow, and a tool replays it with the same id (guarantee 4)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from counting import GROUP, caught_up, consuming, count_closings, total
from kafka_reading import closing, producing

from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet
from chassis.dead_letters import facts_of, publish_without_outbox, read_all
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS
from chassis.testing import NOON, eventually
from ombud_contracts import Received, topics


class BrokenRule(Exception):
    """The handler always fails on this one."""


def refusing(case_id: str, mended: Callable[[], bool]) -> Consumer:
    async def handle(received: Received, unit: Unit) -> None:
        if received.metadata.subject == case_id and not mended():
            raise BrokenRule("this case cannot be counted")
        await count_closings(received, unit)

    return Consumer(GROUP, handle)


def swallowing(case_id: str, _mended: Callable[[], bool]) -> Consumer:
    """Control: errors are swallowed and the record is forgotten."""

    async def handle(received: Received, unit: Unit) -> None:
        if received.metadata.subject != case_id:
            await count_closings(received, unit)

    return Consumer(GROUP, handle)


async def check_parking(settings: Settings, mongo: Mongo, consumer_of: Any) -> None:
    mended = False
    settings = settings.model_copy(update={"attempts": 2})
    async with producing(settings) as producer:
        topic = settings.prefixed(topics.CASES)
        for n in range(40):
            key, value, headers = closing("cas_bad" if n == 7 else f"cas_{n}", 1, NOON)
            await producer.send_and_wait(topic, value, key=key, headers=headers)
        bad_bytes = ((b"not json", []), (None, []), (b"{}", [("ce_id", b"\xff")]), (b"x" * 5_000_000, []))
        for broken, headers in bad_bytes:
            try:
                await producer.send_and_wait(topic, broken, key=b"cas_broken", headers=headers)
            except Exception as refused:  # the broker takes no 5 MB on our own topics
                assert "MessageSizeTooLarge" in type(refused).__name__  # noqa: PT017
    async with consuming(settings, mongo, consumer_of("cas_bad", lambda: mended)) as handler:
        await caught_up(settings, handler)
        leases = Leases(mongo, "outbox", OUTBOX_SHARDS, "owner")
        await leases.refresh()
        relay = Relay(mongo, leases, settings)
        await relay.drain(leases.owned)
        others = [await total(mongo, f"cas_{n}") for n in range(40) if n != 7]
        assert others == [1] * 39, "the others did not flow"
        dead = await read_all(settings.kafka_access, settings.namespace, "ticketing")
        reasons = Counter(facts_of(r)["reason"].split(":")[0] for r in dead)
        assert reasons["BrokenRule"] == 1, f"{reasons}: the record that cannot be handled was not parked"
        assert len(dead) == 4, "an unreadable record was dropped"
        mended = True
        again = [r for r in dead if facts_of(r)["id"] == "cas_bad:1"]
        await publish_without_outbox(settings.kafka_access, settings.namespace, again)

        async def handled() -> bool:
            return await total(mongo, "cas_bad") == 1

        await eventually("the replayed record to take effect", handled)
        await relay._close_producer()


async def test_a_poison_record_is_parked_with_its_reason_and_replayed(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if errors were swallowed, or one record could stop the others."""
    await check_parking(broker_topics, store, refusing)


async def test_control_swallowing_errors_fails_the_check(broker_topics: Settings, store: Mongo) -> None:
    with pytest.raises(AssertionError, match="was not parked"):
        await check_parking(broker_topics, store, swallowing)


async def test_a_record_waits_for_what_it_needs_and_later_ones_of_its_key_wait_behind_it(
    broker_topics: Settings, store: Mongo
) -> None:
    born = False
    order: list[str] = []

    async def handle(received: Received, unit: Unit) -> None:
        if not born:
            raise NotYet("cas_1")
        order.append(received.metadata.id)
        await count_closings(received, unit)

    async with producing(broker_topics) as producer:
        for n in range(1, 4):
            key, value, headers = closing("cas_1", n, NOON)
            await producer.send_and_wait(broker_topics.prefixed(topics.CASES), value, key=key, headers=headers)
    async with consuming(broker_topics, store, Consumer(GROUP, handle)) as handler:
        await caught_up(broker_topics, handler)
        assert await total(store, "cas_1") == 0
        born = True
        assert await handler.retry_waiting(60) == 3
    assert order == ["cas_1:1", "cas_1:2", "cas_1:3"]
    assert await total(store, "cas_1") == 3
