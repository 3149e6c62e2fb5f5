"""What a run left behind: every record on every topic, and every document of every service."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError
from aiokafka.structs import OffsetAndMetadata
from pymongo import MongoClient

from ombud_contracts import groups, topics

_COORDINATOR_IS_COMING = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
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

    @property
    def inbox_id(self) -> str:
        """What the inboxes know the event by."""
        return f"{self.headers.get('ce_source', '')}|{self.id}"


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
    ends = await ends_of(kafka, namespace)
    return Evidence(records, _databases(mongo, namespace), await lag_of(kafka, namespace, ends))


async def _records(kafka: str, namespace: str) -> tuple[Published, ...]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await ends_of(kafka, namespace)
        parts = list(ends)
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        starts = await consumer.beginning_offsets(parts)
        left = sum(ends.values()) - sum(starts.values())
        found: list[Published] = []
        while len(found) < left:
            for tp, batch in (await consumer.getmany(timeout_ms=500)).items():
                found += [_published(tp.topic.removeprefix(f"{namespace}."), record) for record in batch]
        return tuple(sorted(found, key=lambda r: (r.topic, r.partition, r.offset)))
    finally:
        await consumer.stop()


def _published(topic: str, record: Any) -> Published:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
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


async def is_quiet(
    kafka: str,
    mongo: str,
    namespace: str,
    services: Sequence[str] = SERVICES,
    of: Sequence[groups.Group] = groups.ALL,
) -> bool:
    """Tell whether every group committed all there is, then nothing waited to be published, and nothing had been.

    In this order there is no gap: what a group does with a record is in its outbox before the record is committed.
    """
    ends = await ends_of(kafka, namespace)
    return (
        await lag_of(kafka, namespace, ends, of) == 0
        and not _something_waits(mongo, namespace, services)
        and await ends_of(kafka, namespace) == ends
    )


def _something_waits(mongo: str, namespace: str, services: Sequence[str]) -> bool:
    with MongoClient[Document](mongo) as client:
        databases = [client[f"{namespace}-{service}"] for service in services]
        return any(d[name].find_one() for d in databases for name in ("outbox", "waiting"))


async def ends_of(kafka: str, namespace: str) -> dict[TopicPartition, int]:
    """Return where every partition of a namespace ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = [TopicPartition(f"{namespace}.{t.name}", p) for t in topics.ALL for p in range(t.partitions)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return ends
    finally:
        await consumer.stop()


async def lag_of(
    kafka: str, namespace: str, ends: Mapping[TopicPartition, int], of: Sequence[groups.Group] = groups.ALL
) -> int:
    """Return how many records before these ends are not committed, over all groups."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return sum([await _lag_of_group(admin, namespace, ends, group) for group in of])
    finally:
        await admin.close()


async def _lag_of_group(
    admin: AIOKafkaAdminClient, namespace: str, ends: Mapping[TopicPartition, int], group: groups.Group
) -> int:
    read = {f"{namespace}.{topic}" for topic in group.topics}
    offsets = await _offsets_of_group(admin, f"{namespace}.{group.name}")
    committed = {part: max(0, at.offset) for part, at in offsets.items()}
    return sum(max(0, end - committed.get(part, 0)) for part, end in ends.items() if part.topic in read)


async def _offsets_of_group(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    while True:
        try:
            offsets: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
            return offsets
        except _COORDINATOR_IS_COMING:
            await asyncio.sleep(0.1)
