"""What a run left behind: every record on every topic, and every document of every service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import MongoClient

from ombud_contracts import groups, topics

SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
Document = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """One record as it stands on a topic."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    headers: Mapping[str, str]
    value: bytes


@dataclass(frozen=True)
class Evidence:
    """The topics and databases after a run."""

    records: tuple[Published, ...]
    databases: Mapping[str, Mapping[str, tuple[Document, ...]]]
    lag: int
    """Records that some group has not committed."""


async def collect(kafka: str, mongo: str, namespace: str) -> Evidence:
    """Read everything of a namespace."""
    records = await _records(kafka, namespace)
    return Evidence(records, _databases(mongo, namespace), await lag_of(kafka, namespace))


async def _records(kafka: str, namespace: str) -> tuple[Published, ...]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = [TopicPartition(f"{namespace}.{t.name}", p) for t in topics.ALL for p in range(t.partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends, starts = await consumer.end_offsets(parts), await consumer.beginning_offsets(parts)
        left = sum(ends.values()) - sum(starts.values())
        found: list[Published] = []
        while len(found) < left:
            for tp, batch in (await consumer.getmany(timeout_ms=500)).items():
                found += [_published(tp.topic.removeprefix(f"{namespace}."), record) for record in batch]
        return tuple(sorted(found, key=lambda r: (r.topic, r.partition, r.offset)))
    finally:
        await consumer.stop()


def _published(topic: str, record: Any) -> Published:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    key = (record.key or b"").decode(errors="replace")
    return Published(
        topic, record.partition, record.offset, key, headers.get("ce_id", ""), headers, record.value or b""
    )


def _databases(mongo: str, namespace: str) -> dict[str, dict[str, tuple[Document, ...]]]:
    with MongoClient[Document](mongo, tz_aware=True) as client:
        return {
            service: {
                name: tuple(client[f"{namespace}-{service}"][name].find())
                for name in client[f"{namespace}-{service}"].list_collection_names()
            }
            for service in SERVICES
        }


async def lag_of(kafka: str, namespace: str, of: Sequence[groups.Group] = groups.ALL) -> int:
    """Return how many records no group has committed yet."""
    total = 0
    for group in of:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka, group_id=f"{namespace}.{group.name}", enable_auto_commit=False
        )
        await consumer.start()
        try:
            parts = [
                TopicPartition(f"{namespace}.{t.name}", p)
                for t in topics.ALL
                if t.name in group.topics
                for p in range(t.partitions)
            ]
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            for part in parts:
                total += ends[part] - (await consumer.committed(part) or 0)
        finally:
            await consumer.stop()
    return total
