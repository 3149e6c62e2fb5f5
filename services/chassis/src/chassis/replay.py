"""Reads topics again from their beginning, outside of every group: what was read before does not matter, and nothing is
committed. It ends where the topics ended when it began.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

Records = Sequence[ConsumerRecord[Any, Any]]
_POLL_MS = 1_000
_AT_ONCE = 500


async def partitions_of(kafka: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Return all partitions of these topics. Raises KafkaError, or KeyError when a topic does not exist."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        known = await consumer.topics()
        missing = [topic for topic in topics if topic not in known]
        if missing:
            raise KeyError(f"no such topic: {', '.join(missing)}")
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
    finally:
        await consumer.stop()


async def replay(
    kafka: str, parts: Sequence[TopicPartition], take: Callable[[Records], Awaitable[None]]
) -> Mapping[TopicPartition, int]:
    """Give every record of these partitions to `take`, in order per partition, in batches; return where each ended.

    Raises KafkaError when the broker does not answer.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(list(parts))
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(list(parts))
        await consumer.seek_to_beginning(*parts)
        while await _unread(consumer, ends):
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
            records = [r for part, batch in found.items() for r in batch if r.offset < ends[part]]
            if records:
                await take(records)
        return ends
    finally:
        await consumer.stop()


async def _unread(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([await consumer.position(part) < end for part, end in ends.items()])
