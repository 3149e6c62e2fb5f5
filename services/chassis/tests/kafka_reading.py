"""Reading and writing whole topics in tests, with the settings' namespace."""

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.record.util import calc_crc32c

from chassis.settings import Settings
from ombud_contracts import Metadata, to_headers
from ombud_contracts.events.ticketing import CaseClosed
from ombud_contracts.topics import Topic


async def read_topic(settings: Settings, topic: str) -> list[ConsumerRecord[Any, Any]]:
    """Return every record of a topic, in order per partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        name = settings.prefixed(topic)
        parts = [TopicPartition(name, p) for p in range(Topic(topic).partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        wanted = sum((await consumer.end_offsets(parts)).values())
        found: list[ConsumerRecord[Any, Any]] = []
        while len(found) < wanted:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()


@asynccontextmanager
async def producing(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer as another system would use it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, enable_idempotence=True, max_request_size=12 * 1_048_576
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def closing(case_id: str, number: int, at: datetime) -> tuple[bytes, bytes, Sequence[tuple[str, bytes]]]:
    """Return key, value and headers of the n-th `case_closed` of a case."""
    metadata = Metadata(
        id=f"{case_id}:{number}",
        subject=case_id,
        sequence=number,
        key=case_id,
        occurred_at=at,
        recorded_at=at,
        case_id=case_id,
        market="lv",
        correlation_id="test",
        causation_id="test",
    )
    event = CaseClosed(case_id=case_id, closed_at=at)
    return case_id.encode(), event.to_bytes(), to_headers(event, metadata)


async def send_with_an_odd_name(settings: Settings, topic: str, partition: int) -> None:
    """A batch of three records, of which the second has a header whose name is not UTF-8: clients cannot unpack it."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    batch = producer.create_batch()
    usual = closing("cas_bad", 1, datetime.now(UTC))[2]
    for n in range(3):
        headers = [*usual, ("QQQQ", b"x")] if n == 1 else list(usual)
        batch.append(key=b"cas_bad", value=b"{}", timestamp=None, headers=headers)
    batch.close()
    wire = bytearray(batch._build())
    at = wire.index(b"QQQQ")
    wire[at : at + 4] = b"\xff\xfe\xff\xfe"
    struct.pack_into(">I", wire, 17, calc_crc32c(bytes(wire[21:])))
    batch._buffer = wire
    await (await producer.send_batch(batch, settings.prefixed(topic), partition=partition))
    await producer.stop()
