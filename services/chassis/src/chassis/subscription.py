"""The FastStream subscriber of a consumer: one batch in flight, offsets committed after its effects, drained on revoke.

FastStream's defaults lose messages (acknowledge first, read from the latest); none of them is used here.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Annotated, Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy, Context
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from prometheus_client import Counter, Gauge

from chassis.consuming import LAG_SECONDS, BatchHandler, Consumer
from chassis.settings import Settings
from chassis.waiting import set_within

log = logging.getLogger(__name__)

REBALANCES = Counter("ombud_consumer_rebalances_total", "Changes of the assigned partitions", ["group"])
LAG = Gauge("ombud_consumer_lag_records", "Records of the partitions held here that were not read yet", ["group"])
LOST = Counter("ombud_consumer_lost_records_total", "Records that were gone before they were read", ["group"])
COMMIT_FAILURES = Counter("ombud_consumer_commit_failures_total", "Offsets that could not be committed", ["group"])

_HEARTBEAT_MS = 1_000
"""Members learn of a rebalance with a heartbeat: the default of 3 s makes each one last that long."""
_REBALANCE_TIMEOUT_MS = 60_000
_DRAIN_SECONDS = 45.0
"""Below the rebalance timeout: a batch in flight ends, and commits, before its partitions go to another replica."""


class RecordsLost(Exception):
    """Unread records are gone, and this group does not go on without being told to."""


class SharedGroup(Exception):
    """Two consumers of one service use the same group: they would take each other's records."""


def broker_of(settings: Settings) -> KafkaBroker:
    """Return a broker that consumes only: its producer is never used."""
    return KafkaBroker(
        settings.kafka,
        client_id="ombud",
        allow_auto_create_topics=False,
        logger=None,
        graceful_timeout=settings.shutdown_within_seconds,
    )


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads batches for one consumer while the service lives."""

    def __init__(self, broker: KafkaBroker, consumer: Consumer, handler: BatchHandler, settings: Settings) -> None:
        self._consumer = consumer
        self._handler = handler
        self._idle = asyncio.Event()
        self._idle.set()
        self._group = settings.prefixed(consumer.group.name)
        self._batch_records = settings.consume_batch_records
        self._joined = False
        self._begun = self._ended = 0
        self._caught_up = False
        self._ends_found: dict[TopicPartition, int] | None = None
        self._read_with: int | None = None
        self._may_skip = consumer.group.skips_lost_records or settings.consumer_skips_lost_records
        self._assigned: set[TopicPartition] = set()
        self._looking: asyncio.Task[int] | None = None
        self._subscriber = broker.subscriber(
            *(settings.prefixed(topic) for topic in consumer.group.topics),
            batch=True,
            max_records=settings.consume_batch_records,
            group_id=self._group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            listener=self,
            parser=self._parse,
            decoder=_undecoded,
            session_timeout_ms=int(settings.consumer_session_seconds * 1000),
            heartbeat_interval_ms=_HEARTBEAT_MS,
            rebalance_timeout_ms=_REBALANCE_TIMEOUT_MS,
            max_poll_interval_ms=600_000,
            title=consumer.group.name,
        )
        self._subscriber(self._on_batch)

    async def _parse(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
        """Keep records as they are: reading them is ours, and a bad one must not fail the batch."""
        first = records[0]
        return KafkaAckableMessage(
            body=b"",
            headers={},
            raw_message=records,
            message_id=f"{first.topic}-{first.partition}-{first.offset}",
            correlation_id="",
            consumer=self._subscriber.consumer,
        )

    async def _on_batch(self, message: Annotated[KafkaAckableMessage, Context("message")]) -> None:
        self._idle.clear()
        self._begun += 1
        try:
            await self._refuse_to_skip()
            await self._handler.handle(message.raw_message)
            await self._commit(message)
        finally:
            self._ended += 1
            self._idle.set()

    async def _commit(self, message: KafkaAckableMessage) -> None:
        try:
            await message.ack()
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            # The partitions moved on. The next holder skips these events by its inbox.
            COMMIT_FAILURES.labels(self._group).inc()
            log.warning("offsets not committed", extra={"group": self._group, "reason": type(error).__name__})

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch in flight end before another replica may have its partitions."""
        REBALANCES.labels(self._group).inc()
        if not await set_within(self._idle, _DRAIN_SECONDS):
            log.error("a batch outlived the drain", extra={"group": self._group, "count": len(revoked)})

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Look whether records were lost since this group read last; no batch is handled before that is known."""
        self._assigned = assigned
        self._looking = asyncio.create_task(self._lost(assigned))
        self._caught_up, self._ends_found, self._read_with = False, None, None

    async def _lost(self, assigned: set[TopicPartition]) -> int:
        """Count the records that retention took before they were read."""
        consumer = self._subscriber.consumer
        if consumer is None or not assigned:
            return 0
        first = await consumer.beginning_offsets(list(assigned))
        read_to = {part: await consumer.committed(part) for part in assigned}
        read_before = {part.topic for part, at in read_to.items() if at is not None}
        lost: int = sum(max(0, first[p] - (at or 0)) for p, at in read_to.items() if p.topic in read_before)
        if lost:
            LOST.labels(self._consumer.group.name).inc(lost)
            log.error("records were gone before they were read", extra={"group": self._group, "count": lost})
        return lost

    async def _refuse_to_skip(self) -> None:
        """Raise RecordsLost where records are gone and this group must not go on without them."""
        if self._looking is None or self._may_skip:
            return
        try:
            lost = await self._looking
        except KafkaError:
            self._looking = asyncio.create_task(self._lost(self._assigned))
            raise
        if not lost:
            return
        self.pause()
        log.error("consuming stopped: set consumer_skips_lost_records to go on", extra={"group": self._group})
        raise RecordsLost(f"{self._group} does not go on without the records that are gone")

    async def start(self) -> None:
        """Join the group."""
        await self._subscriber.start()
        self._joined = True

    async def is_behind(self) -> bool:
        """Tell whether facts may be waiting that were not handled yet: after partitions came here, until all that they
        held was handled, and again whenever more than a batch waits. Raises KafkaError when the broker does not answer."""
        consumer = self._subscriber.consumer
        if not self._joined or consumer is None:
            return True
        parts = consumer.assignment()
        ends = await consumer.end_offsets(parts) if parts else {}
        positions = {part: await consumer.position(part) for part in parts}
        lag: int = sum(end - positions[part] for part, end in ends.items())
        LAG.labels(self._consumer.group.name).set(lag)
        if lag == 0 and self._idle.is_set():
            LAG_SECONDS.labels(self._consumer.group.name).set(0)  # nothing waits, however old the last one was
        if self._caught_up:
            return lag > self._batch_records
        self._caught_up = self._has_handled(ends, positions)
        return not self._caught_up

    def _has_handled(self, ends: Mapping[TopicPartition, int], positions: Mapping[TopicPartition, int]) -> bool:
        """Tell whether all is handled that stood in these partitions when they were looked at first."""
        found = self._ends_found = self._ends_found or dict(ends)
        if self._read_with is None and all(position >= found.get(part, 0) for part, position in positions.items()):
            self._read_with = self._begun  # the last of it may be in the batch in flight
        return self._read_with is not None and self._ended >= self._read_with

    def pause(self) -> None:
        """Take no new batch."""
        self._subscriber.running = False

    async def stop(self) -> None:
        """Let the batch in flight end, then leave the group."""
        self.pause()
        if not await set_within(self._idle, _DRAIN_SECONDS):
            log.error("a batch outlived the shutdown", extra={"group": self._group})
        await self._subscriber.stop()

    @property
    def running(self) -> bool:
        """True while batches are read."""
        return bool(self._subscriber.running)


async def _undecoded(_message: KafkaAckableMessage) -> bytes:
    return b""


def refuse_shared_groups(consumers: list[Consumer]) -> None:
    """Raise SharedGroup when two consumers use one group."""
    names = [c.group.name for c in consumers]
    shared = sorted({n for n in names if names.count(n) > 1})
    if shared:
        raise SharedGroup(f"groups used twice: {', '.join(shared)}; give each purpose its own")
