"""Reads topics again from their beginning, outside of every group: what was read before does not matter, and nothing is
committed. It ends where the topics ended when it began.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

Record: TypeAlias = ConsumerRecord[Any, Any]
Records: TypeAlias = Sequence[Record]
_POLL_MS = 1_000
_AT_ONCE = 500


class ReplayFailed(Exception):
    """Kafka did not answer, or a topic does not exist; the message says which."""


async def partitions_of(kafka: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Return all partitions of these topics. Raises ReplayFailed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    with _failures():
        await admin.start()
        try:
            described = await admin.describe_topics(list(topics))
        finally:
            await admin.close()
    if missing := [d["topic"] for d in described if d["error_code"]]:
        raise ReplayFailed(f"no such topic: {', '.join(missing)}")
    return [TopicPartition(d["topic"], p["partition"]) for d in described for p in d["partitions"]]


async def replay(kafka: str, parts: Sequence[TopicPartition], take: Callable[[Records], Awaitable[None]]) -> None:
    """Give every record of these partitions to `take`, in order per partition, in batches. Raises ReplayFailed."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    with _failures():
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
        finally:
            await consumer.stop()


async def _unread(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([await consumer.position(part) < end for part, end in ends.items()])


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise ReplayFailed(f"Kafka does not answer as needed: {type(error).__name__}") from error
