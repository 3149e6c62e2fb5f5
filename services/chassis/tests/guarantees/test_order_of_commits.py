"""Offsets are committed after the effect (guarantee 3): what comes again is skipped."""

from typing import Annotated

import pytest
from counting import GROUP, Crash, caught_up, consuming, count_closings, total
from faststream import Context
from faststream.kafka.message import KafkaAckableMessage
from kafka_reading import closing, producing
from prometheus_client import REGISTRY

from chassis.consuming import Consumer
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.subscription import Subscription
from chassis.testing import NOON, eventually
from ombud_contracts import topics


class DyingBeforeTheOffset(Subscription):
    """Its process ends when the effect of a batch is committed and its offset is not, as often as it tries."""

    async def _commit(self, message: KafkaAckableMessage) -> None:  # noqa: ARG002 - the contract's signature
        raise Crash


class OffsetsFirst(Subscription):
    """Control: commits the offsets of a batch, and its process ends before there is an effect."""

    async def _on_batch(self, message: Annotated[KafkaAckableMessage, Context("message")]) -> None:
        await self._commit(message)
        await self._before_repeating(message.raw_message[0], Crash())
        raise Crash


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def check_order_of_commits(settings: Settings, mongo: Mongo, first_life: type[Subscription]) -> None:
    """Let a consumer die between the two commits of a batch; its successor meets the records again, and skips them."""

    async def died() -> bool:
        return counted("ombud_consumer_batches_repeated_total", group=GROUP.name, error="Crash") > deaths

    deaths = counted("ombud_consumer_batches_repeated_total", group=GROUP.name, error="Crash")
    async with producing(settings) as producer:
        for n in range(1, 6):
            key, value, headers = closing("cas_1", n, NOON)
            await producer.send_and_wait(settings.prefixed(topics.CASES), value, key=key, headers=headers)
    async with consuming(settings, mongo, Consumer(GROUP, count_closings), first_life):
        await eventually("the consumer to die between the commits", died)
    taken = await total(mongo, "cas_1")
    skipped = counted("ombud_consumer_skipped_total", group=GROUP.name)
    async with consuming(settings, mongo, Consumer(GROUP, count_closings)) as successor:
        await caught_up(settings, successor)
    assert await total(mongo, "cas_1") == 5, "an event took effect more or less than once"
    skipped = counted("ombud_consumer_skipped_total", group=GROUP.name) - skipped
    assert skipped == taken > 0, "what had taken effect did not come again, to be skipped by the inbox"


async def test_what_took_effect_before_its_offset_was_committed_comes_again_and_is_skipped(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if offsets were committed before the effect, or the inbox did not know the effect."""
    await check_order_of_commits(broker_topics, store, DyingBeforeTheOffset)


async def test_control_with_offsets_first_the_check_fails(broker_topics: Settings, store: Mongo) -> None:
    with pytest.raises(AssertionError, match="more or less than once"):
        await check_order_of_commits(broker_topics, store, OffsetsFirst)
