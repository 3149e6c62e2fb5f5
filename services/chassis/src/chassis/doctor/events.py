"""Looks at Kafka: whether it answers, whether topics and rights are as the contracts want, and what each group has not read."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.doctor.findings import Finding, fault, fine, warning
from chassis.kafka_access import KafkaAccess
from chassis.kafka_requests import seen_topics
from chassis.kafka_settings import KafkaSettings
from chassis.topic_plan import Plan
from chassis.topics import administration
from ombud_contracts.groups import Group

LATE_SECONDS = 300.0
"""A record that waits so long is a fault, as the alarm has it; half of it is a warning."""
_READ_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Unread:
    """A partition with records that a group has not handled."""

    group: str
    partition: TopicPartition
    at: int
    """The offset of the oldest one."""
    records: int
    seconds: float | None
    """For how long the oldest one has waited; infinite when it was deleted unread, None when it could not be read."""


def of_plan(todo: Plan) -> list[Finding]:
    """Judge topics and rights by what `ombud-topics plan` would do."""
    mend = "run `ombud-topics plan`, then `ombud-topics apply`"
    found = [fault("topics", said, "see `ombud-topics plan`") for said in todo.faults]
    found += [fault("topics", f"topic {topic.name} is missing", mend) for topic in todo.create]
    found += [
        warning("topics", f"topic {g.topic}: {g.setting} is {g.before}, wanted {g.after}", mend)
        for g in (*todo.grow, *todo.spread)
    ]
    missing = [f"{acl.principal} may not {acl.operation} {acl.resource} {acl.name}" for acl in todo.allow]
    found += [fault("rights", said, mend) for said in missing]
    return found or [fine("topics", "topics and rights are as the contracts want them")]


async def unread(settings: KafkaSettings, groups: Sequence[Group], now: float) -> list[Unread]:
    """Return what each group has not handled; `now` is in seconds since 1970. Raises KafkaError or OSError."""
    found: list[Unread] = []
    async with administration(settings.kafka_access) as admin, _client(settings.kafka_access) as consumer:
        for group in groups:
            handled = await _handled(admin, settings.prefixed(group.name))
            topics = await seen_topics(admin, list(map(settings.prefixed, group.topics)))
            parts = [TopicPartition(name, n) for name, t in topics.items() if t.exists for n in range(t.partitions)]
            begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
            waiting = {p: at for p in parts if (at := handled.get(p, begins[p])) < ends[p]}
            kept = {p: at for p, at in waiting.items() if at >= begins[p]}
            written = await _written_at(consumer, kept)
            for p, at in waiting.items():
                seconds = max(0.0, now - written[p]) if p in written else None if p in kept else math.inf
                found.append(Unread(group.name, p, at, ends[p] - at, seconds))
    return found


def of_unread(first: Sequence[Unread], second: Sequence[Unread]) -> list[Finding]:
    """Judge two looks at what is unread: late is late, and what did not move between them stands."""
    before = {(u.group, u.partition): u.at for u in first}
    found = []
    for u in sorted(second, key=lambda u: -math.inf if u.seconds is None else -u.seconds):
        where = f"{u.group}: partition {u.partition.partition} of {u.partition.topic}"
        if u.seconds is None:
            found.append(warning("lag", f"{where}: the oldest of {u.records} records could not be read", "look again"))
            continue
        if u.seconds == math.inf:
            found.append(fault("lag", f"{where}: records were deleted unread", "see OmbudRecordsLost in the runbook"))
            continue
        if u.seconds < LATE_SECONDS / 2:
            continue
        stands = before.get((u.group, u.partition)) == u.at
        said = (
            f"{where} {'does not move' if stands else 'is late'}, {u.records} records, the oldest for {u.seconds:.0f} s"
        )
        todo = "see OmbudBatchRepeats and OmbudRecordBlocked in the runbook" if stands else "add consumers, or wait"
        found.append(fault("lag", said, todo) if u.seconds >= LATE_SECONDS else warning("lag", said, todo))
    return found or [fine("lag", f"no record has waited for {LATE_SECONDS / 2:.0f} s")]


@asynccontextmanager
async def _client(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(**kafka.client(), enable_auto_commit=False, isolation_level="read_committed")
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _handled(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    offsets = await admin.list_consumer_group_offsets(group)
    return {part: known.offset for part, known in offsets.items() if known.offset >= 0}


async def _written_at(consumer: AIOKafkaConsumer, waiting: Mapping[TopicPartition, int]) -> dict[TopicPartition, float]:
    """Return when the record at each of these offsets was written, in seconds since 1970; without those that could not be read in time."""
    found: dict[TopicPartition, float] = {}
    if not waiting:
        return found
    consumer.assign(list(waiting))
    for part, offset in waiting.items():
        consumer.seek(part, offset)
    until = time.monotonic() + _READ_WITHIN_SECONDS
    while len(found) < len(waiting) and time.monotonic() < until:
        left = [p for p in waiting if p not in found]
        for part, records in (await consumer.getmany(*left, timeout_ms=500, max_records=len(left))).items():
            found.setdefault(part, records[0].timestamp / 1000)
            consumer.pause(part)
        await asyncio.sleep(0)
    return found
