"""Reads topics again from their beginning, outside of every group: what was read before does not matter, and nothing is
committed. It ends where the topics ended when it began, leaves out what transactions withdrew, and reads around records
that the client cannot unpack, as consumers do.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.kafka_access import KafkaAccess
from chassis.unreadable import is_unreadable, read_around

Record: TypeAlias = ConsumerRecord[Any, Any]
Records: TypeAlias = Sequence[Record]
_POLL_MS = 1_000
_AT_ONCE = 500


class ReplayFailed(Exception):
    """Kafka did not answer, or a topic does not exist; the message says which."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records at the beginning of a topic that retention took."""

    topic: str
    kept_since: datetime | None
    """When the broker took the oldest record that every partition still has; None when a partition has none left."""


async def gaps_of(kafka: KafkaAccess, parts: Sequence[TopicPartition]) -> list[Gap]:
    """Return the topics whose beginning is gone, by name. Raises ReplayFailed."""
    consumer = _reader(kafka)
    with _failures():
        await consumer.start()
        try:
            begins = await consumer.beginning_offsets(list(parts))
            ends = await consumer.end_offsets(list(parts))
            kept: dict[str, list[datetime | None]] = {}
            for part in (part for part in parts if begins[part]):
                empty = begins[part] == ends[part]
                kept.setdefault(part.topic, []).append(None if empty else await _oldest(consumer, part, begins[part]))
        finally:
            await consumer.stop()
    return [Gap(topic, _latest(instants)) for topic, instants in sorted(kept.items())]


async def _oldest(consumer: AIOKafkaConsumer, part: TopicPartition, offset: int) -> datetime | None:
    consumer.assign([part])
    consumer.seek(part, offset)
    found = await consumer.getmany(part, timeout_ms=10_000, max_records=1)  # a broker that is alive answers in less
    records = found.get(part, [])
    return datetime.fromtimestamp(records[0].timestamp / 1000, UTC) if records else None


def _latest(instants: Sequence[datetime | None]) -> datetime | None:
    known = [at for at in instants if at is not None]
    return max(known) if len(known) == len(instants) else None


async def partitions_of(kafka: KafkaAccess, topics: Sequence[str]) -> list[TopicPartition]:
    """Return all partitions of these topics. Raises ReplayFailed."""
    admin = AIOKafkaAdminClient(**kafka.client())
    with _failures():
        await admin.start()
        try:
            described = await admin.describe_topics(list(topics))
        finally:
            await admin.close()
    if missing := [d["topic"] for d in described if d["error_code"]]:
        raise ReplayFailed(f"no such topic: {', '.join(missing)}")
    return [TopicPartition(d["topic"], p["partition"]) for d in described for p in d["partitions"]]


async def replay(
    kafka: KafkaAccess, parts: Sequence[TopicPartition], take: Callable[[Records], Awaitable[None]]
) -> None:
    """Give every record of these partitions to `take`, in order per partition, in batches. Raises ReplayFailed.

    A record that cannot be unpacked is given as a `StandIn`.
    """
    consumer = _reader(kafka)
    with _failures():
        await consumer.start()
        try:
            consumer.assign(list(parts))
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(list(parts))
            reached = dict(await consumer.beginning_offsets(list(parts)))
            await consumer.seek_to_beginning(*parts)
            while await _unread(consumer, ends):
                batch = await _next(consumer, reached)
                reached.update({TopicPartition(r.topic, r.partition): r.offset + 1 for r in batch})
                records = [r for r in batch if r.offset < ends[TopicPartition(r.topic, r.partition)]]
                if records:
                    await take(records)
        finally:
            await consumer.stop()


def _reader(kafka: KafkaAccess) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **kafka.client(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )


async def _next(consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]) -> Records:
    try:
        found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
    except Exception as error:
        if not is_unreadable(error):
            raise
        return await read_around(consumer, reached)
    return [record for batch in found.values() for record in batch]


async def _unread(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([await consumer.position(part) < end for part, end in ends.items()])


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise ReplayFailed(f"Kafka does not answer as needed: {type(error).__name__}") from error
