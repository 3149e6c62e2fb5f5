"""The FastStream subscriber of a consumer: one batch in flight, offsets committed after its effects, drained on revoke.

FastStream's defaults lose messages (acknowledge first, read from the latest); none of them is used here.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from faststream import AckPolicy, Context
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from prometheus_client import Counter, Gauge

from chassis.backlog import Backlog
from chassis.consuming import BatchHandler, Consumer, show_from_zero
from chassis.failpoints import failpoint
from chassis.lag import LagMeter
from chassis.settings import Settings
from chassis.silence import Silence
from chassis.standing import Offsets, Standing
from chassis.topics import missing
from chassis.unreadable import is_unreadable, read_around
from chassis.waiting import set_within

log = logging.getLogger(__name__)

REBALANCES = Counter("ombud_consumer_rebalances_total", "Changes of the assigned partitions", ["group"])
LAG = Gauge("ombud_consumer_lag_records", "Records of the partitions held here that were not handled yet", ["group"])
REPEATED = Counter(
    "ombud_consumer_batches_repeated_total", "Batches that failed and are read again", ["group", "error"]
)
RENEWED = Counter("ombud_consumer_renewed_total", "Clients that heard nothing and were made anew", ["group"])
COMMIT_FAILURES = Counter("ombud_consumer_commit_failures_total", "Offsets that could not be committed", ["group"])

_HEARTBEAT_MS = 1_000
"""Members learn of a rebalance with a heartbeat: the default of 3 s makes each one last that long."""
_REBALANCE_TIMEOUT_MS = 60_000
_DRAIN_SECONDS = 45.0
"""Below the rebalance timeout: a batch in flight ends, and commits, before its partitions go to another replica."""
_FETCH_BYTES = 262_144
"""At once and as compressed: what a batch takes when it is unpacked grows with it."""
_LONGEST_PAUSE_SECONDS = 5.0
"""Before a batch that failed is read again."""
_METADATA_AGE_MS = 30_000
"""Within this time a partition that was added is read."""
_REQUEST_TIMEOUT_MS = 15_000
"""A connection that leads nowhere is found out by it. Joining a group may take longer, and is asked for again."""
_LOOK_SECONDS = 5.0
"""For one look at what waits, and to ask the broker whether it answers others."""
_DEAF_PART = 0.75
"""Of the time after which a consumer counts as stalled: a client that hears nothing is made anew before that."""
_LEAVE_SECONDS = 75.0
"""A batch in flight has 20 s, and each of three requests its timeout."""

Record: TypeAlias = ConsumerRecord[Any, Any]


class RecordsLost(Exception):
    """Unread records are gone, and this group does not go on without being told to."""


class ClientStuck(Exception):
    """The Kafka client does not end: its heartbeats would keep partitions that nobody reads."""


class SharedGroup(Exception):
    """Two consumers of one service use the same group: they would take each other's records."""


def broker_of(settings: Settings) -> KafkaBroker:
    """Return a broker that consumes only: its producer is never used."""
    return KafkaBroker(
        **settings.kafka_access.broker(),
        client_id="ombud",
        allow_auto_create_topics=False,
        logger=None,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=_METADATA_AGE_MS,
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
        show_from_zero(consumer.group)
        for counter in (REBALANCES, RENEWED, COMMIT_FAILURES):
            counter.labels(consumer.group.name)
        self._joined = False
        self._standing = Standing(self._group, consumer.group.name, lambda: self._subscriber.consumer)
        self._in_flight: dict[TopicPartition, int] = {}
        self._begun = self._repeats = 0
        self._idle_at: tuple[int, Offsets] | None = None
        self._backlog = Backlog()
        self._silence = Silence()
        self._hears = True
        self._kafka = settings.kafka_access
        self._moved_at = time.monotonic()
        self._meter = LagMeter(consumer.group, settings)
        self._stalled_after = settings.consumer_stalled_seconds
        self._may_skip = consumer.group.skips_lost_records or settings.consumer_skips_lost_records
        self.topics = [settings.prefixed(topic) for topic in consumer.group.topics]
        self._subscriber = broker.subscriber(
            *self.topics,
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
            isolation_level="read_committed",
            fetch_max_bytes=_FETCH_BYTES,
            title=consumer.group.name,
        )
        self._subscriber(self._on_batch)
        self._fetch = self._subscriber.get_msg
        self._subscriber.get_msg = self._fetch_what_can_be_read  # type: ignore[method-assign]

    async def _fetch_what_can_be_read(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """Read the next batch. A record that the client cannot unpack must not stop what stands behind it."""
        try:
            batch = await self._fetch(consumer)
            self._hears = True
            return batch
        except ConsumerStoppedError:
            raise
        except Exception as error:
            if not is_unreadable(error):
                self._hears = False
                raise
            log.warning("a record cannot be unpacked", extra={"group": self._group, "reason": type(error).__name__})
            await self._standing.known()
            return await read_around(consumer, self._standing.of_assigned())

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
        records: Sequence[Record] = message.raw_message
        self._in_flight = _oldest(records)
        try:
            await self._refuse_to_skip(_first(records))
            await self._handler.handle(records)
            self._standing.take(_next(records))
            self._repeats = 0
            await self._commit(message)
        except Exception as error:
            await self._before_repeating(records[0], error)
            raise
        finally:
            self._in_flight = {}
            self._moved_at = time.monotonic()
            self._idle.set()

    async def _before_repeating(self, first: Record, error: Exception) -> None:
        """Say that a batch is read again, and let some time pass: the reason rarely goes away at once."""
        self._repeats += 1
        REPEATED.labels(self._consumer.group.name, type(error).__name__).inc()
        log.error(
            "a batch failed and is read again",
            extra={
                "group": self._group,
                "topic": first.topic,
                "partition": first.partition,
                "offset": first.offset,
                "reason": type(error).__name__,
                "count": self._repeats,
            },
        )
        await asyncio.sleep(min(_LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(self._repeats, 10)))

    async def _commit(self, message: KafkaAckableMessage) -> None:
        failpoint("consumer.before_ack")
        try:
            await message.ack()
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            # The partitions moved on. The next holder skips these events by its inbox.
            COMMIT_FAILURES.labels(self._consumer.group.name).inc()
            log.warning("offsets not committed", extra={"group": self._group, "reason": type(error).__name__})

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch in flight end before another replica may have its partitions."""
        REBALANCES.labels(self._consumer.group.name).inc()
        if not await set_within(self._idle, _DRAIN_SECONDS):
            log.error("a batch outlived the drain", extra={"group": self._group, "count": len(revoked)})

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Look whether records were lost since this group read last; no batch is handled before that is known."""
        self._standing.begin(assigned)
        self._backlog.reset()
        self._idle_at = None

    async def _refuse_to_skip(self, reached: Offsets) -> None:
        """Raise RecordsLost where records are gone and this group must not go on without them."""
        self._stop_for(await self._standing.known())
        self._stop_for(await self._standing.lost_until(reached))

    def _stop_for(self, lost: int) -> None:
        if lost and not self._may_skip:
            self.pause()
            log.error("consuming stopped: set consumer_skips_lost_records to go on", extra={"group": self._group})
            raise RecordsLost(f"{self._group} does not go on without the records that are gone")

    async def start(self) -> None:
        """Join the group. The client waits for topics that are missing, and says so fifty times a second."""
        await self._subscriber.start()
        self._moved_at = time.monotonic()
        self._joined = True

    async def is_behind(self) -> bool:
        """Look at what waits, and tell whether a record has waited for more than a second: read or unread, in flight
        or waiting for a locked document. Also while it is not known what waits."""
        if not self._joined:
            return True
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                behind = await self._look()
        except (KafkaError, TimeoutError) as error:
            await self._note_silence(type(error).__name__)
            return True
        self._silence.end()
        return behind

    async def _look(self) -> bool:
        """Raises KafkaError when what waits cannot be learned."""
        consumer = self._subscriber.consumer
        if consumer is None or not self._hears:
            raise KafkaError("no records can be read")
        await self._standing.known()
        parts = list(self._standing.of(consumer.assignment()))
        ends = await consumer.end_offsets(parts) if parts else {}
        positions = {part: await consumer.position(part) for part in ends}
        await self._pass_gaps(positions)
        handled = self._standing.of(ends)
        now = time.monotonic()
        self._backlog.observe(now, {part: ends[part] for part in handled}, handled)
        LAG.labels(self._consumer.group.name).set(sum(max(0, ends[p] - at) for p, at in handled.items()))
        self._meter.show(self._handler.now(), self._backlog.waiting_seconds(now), handled, self._in_flight)
        return len(handled) < len(consumer.assignment()) or self._backlog.is_behind(now)

    async def _note_silence(self, reason: str) -> None:
        """What waits is not known: a fault of this client if the broker answers others, and an outage otherwise."""
        log.warning("the broker does not say what waits", extra={"group": self._group, "reason": reason})
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await missing(self._kafka, self.topics)
            answers = True
        except (KafkaError, OSError, TimeoutError):
            answers = False
            self._backlog.reset()  # what waits during an outage is not what this consumer leaves lying
        self._silence.go_on(time.monotonic(), answers)

    async def _pass_gaps(self, positions: Offsets) -> None:
        """Take the reader's word for where it is when it rested from one look to the next: what lies between holds
        no record for us, such as the marker at the end of a transaction."""
        if not self._idle.is_set():
            self._idle_at = None
            return
        seen, self._idle_at = self._idle_at, (self._begun, positions)
        if seen != self._idle_at or not self._standing.asked:
            return
        if await self._standing.lost_until(positions) and not self._may_skip:
            self.pause()
            return
        self._standing.pass_to(positions)

    @property
    def stalled(self) -> bool:
        """True when records have waited for `consumer_stalled_seconds` in a partition and none was handled there, and
        when for so long it could not be learned whether any wait, although the broker answers others."""
        now = time.monotonic()
        return self._silence.seconds(now) >= self._stalled_after or bool(
            self._backlog.stalled(now, self._stalled_after)
        )

    @property
    def deaf(self) -> bool:
        """True when the client has learned nothing for so long, or brought nothing of what waits, that it must be made
        anew. Since it was made or brought a batch, the time for another replica's drain must have passed as well."""
        now, patience = time.monotonic(), _DEAF_PART * self._stalled_after
        if not self._joined or not self.running or not self._idle.is_set() or now - self._moved_at < patience:
            return False
        undelivered = now - self._moved_at >= patience + _DRAIN_SECONDS and self._backlog.stalled(now, patience)
        return self._silence.seconds(now) >= patience or bool(undelivered)

    def pause(self) -> None:
        """Take no new batch."""
        self._subscriber.running = False

    async def stop(self) -> None:
        """Let the batch in flight end, then leave the group."""
        self.pause()
        if not await set_within(self._idle, _DRAIN_SECONDS):
            log.error("a batch outlived the shutdown", extra={"group": self._group})
        await self._subscriber.stop()

    async def leave(self) -> None:
        """Give the client up, so that `start` makes another. Raises ClientStuck when it does not end."""
        log.error("a consumer hears nothing and is made anew", extra={"group": self._group})
        RENEWED.labels(self._consumer.group.name).inc()
        self._joined = False
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._subscriber.stop()
        except KafkaError as error:  # it has left its group: what is broken in it comes up last
            log.warning("the client ended with an error", extra={"group": self._group, "reason": type(error).__name__})
        except TimeoutError:
            raise ClientStuck(f"the client of {self._group} does not end") from None
        self._standing.forget()
        self._hears = True

    @property
    def running(self) -> bool:
        """True while batches are read."""
        return bool(self._subscriber.running)


def _first(records: Sequence[Record]) -> dict[TopicPartition, int]:
    """Return where a batch begins in each partition."""
    return {TopicPartition(r.topic, r.partition): r.offset for r in reversed(records)}


def _next(records: Sequence[Record]) -> dict[TopicPartition, int]:
    """Return what follows a batch in each partition."""
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}


def _oldest(records: Sequence[Record]) -> dict[TopicPartition, int]:
    """Return the timestamp (ms) of a batch's first record in each partition."""
    return {TopicPartition(r.topic, r.partition): r.timestamp for r in reversed(records)}


async def _undecoded(_message: KafkaAckableMessage) -> bytes:
    return b""


def refuse_shared_groups(consumers: list[Consumer]) -> None:
    """Raise SharedGroup when two consumers use one group."""
    names = [c.group.name for c in consumers]
    shared = sorted({n for n in names if names.count(n) > 1})
    if shared:
        raise SharedGroup(f"groups used twice: {', '.join(shared)}; give each purpose its own")
