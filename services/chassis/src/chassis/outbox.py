"""The relay: the only producer in a service. It publishes committed events in commit order per key, then forgets them.

It runs on the shards it holds a lease for. Woken by a local bell after a commit; a poll is the safety net and serves
events that another replica committed. A crash between publish and forget repeats an event with the same id and bytes.
So does a relay that overslept its lease while sending: it forgets nothing, and its successor sends the rows again.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidMessageError,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedForMessageFormatError,
)
from prometheus_client import Counter, Gauge

from chassis import telemetry
from chassis.failpoints import failpoint
from chassis.leases import Leases
from chassis.settings import Settings
from chassis.store import LeaseLost, OutboxRow, Store, Unavailable, Writes
from chassis.waiting import set_within
from ombud_contracts import REGISTRY
from ombud_contracts.cloudevents import header_bytes
from ombud_contracts.topics import max_record_bytes

log = logging.getLogger(__name__)

BATCH = 500
POLL_SECONDS = 0.1
BACKOFF_SECONDS = 1.0
"""After a failure of the broker: long enough not to spin, short enough for a restart of one node."""

PUBLISHED = Counter("ombud_outbox_published_total", "Events acknowledged by Kafka", ["topic", "type"])
PENDING = Gauge("ombud_outbox_pending", "Events seen by the relay that Kafka has not acknowledged yet")
REFUSED = Counter("ombud_outbox_refused_total", "Times that the broker refused an event", ["topic"])
REFUSED_KEYS = Gauge("ombud_outbox_refused_keys", "Keys whose events wait behind one that the broker refuses")
FAILURES = Counter("ombud_outbox_failures_total", "Batches that could not be published")


_REFUSED = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    InvalidMessageError,
    InvalidTimestampError,
    InvalidTopicError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedForMessageFormatError,
)
"""The broker answered, and does not want this record: sending it again at once changes nothing."""
_WHOLE_TOPIC = (InvalidTopicError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError)
_TRY_AGAIN_SECONDS = 30.0
"""After what an operator may have mended: a limit, a right, a missing topic."""
_MOST_REFUSED = 1_000
"""Keys; with more refused the broker, not a row, is the trouble, and nothing is sent until somebody looks."""


def _raise_outage(outcomes: Sequence[object]) -> None:
    """Raise the first failure that says nothing about a row."""
    for failed in outcomes:
        if isinstance(failed, BaseException) and not isinstance(failed, _REFUSED):
            raise failed


class Refused:
    """The keys whose oldest event the broker refuses; their later events wait, and all other keys flow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._try_at: dict[str, float] = {}
        self._shards: frozenset[int] = frozenset()
        self._probed: set[str] = set()
        self._topics: dict[str, tuple[float, KafkaError]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._try_at

    def by_topic(self, topic: str) -> KafkaError | None:
        """Return why a whole topic was refused a moment ago: asking again for each row would take seconds each."""
        refused_until, reason = self._topics.get(topic, (0.0, None))
        return reason if time.monotonic() < refused_until else None

    async def keys(self, shards: Iterable[int]) -> list[str]:
        """Return the keys to leave out now. One whose time has come is tried with the next batch."""
        shards = frozenset(shards)
        if shards != self._shards:
            known = await self._store.keys_set_aside(shards, _MOST_REFUSED)
            self._try_at = {key: self._try_at.get(key, 0.0) for key in known}
            self._shards = shards
        now = time.monotonic()
        due = {key for key, at in self._try_at.items() if at <= now}
        self._probed |= due
        for key in due:
            del self._try_at[key]
        REFUSED_KEYS.set(len(self._try_at) + len(self._probed))
        if len(self._try_at) >= _MOST_REFUSED:
            raise KafkaError("the broker refuses the events of too many keys")
        return list(self._try_at)

    async def add(self, row: OutboxRow, reason: KafkaError) -> None:
        """Set a row aside, with an alarm."""
        try_at = time.monotonic() + _TRY_AGAIN_SECONDS
        self._try_at[row.key] = try_at
        self._probed.discard(row.key)
        if isinstance(reason, _WHOLE_TOPIC) and self.by_topic(row.topic) is None:
            self._topics[row.topic] = (try_at - 1.0, reason)  # before its keys, so that the first of them asks
        REFUSED.labels(row.topic).inc()
        name = type(reason).__name__
        log.error("the broker refuses an event", extra={"topic": row.topic, "event_id": row.id, "reason": name})
        await self._store.set_aside(row, name)

    async def accepted(self, rows: list[OutboxRow]) -> None:
        """Take in that rows were acknowledged: those of a probed key flow again."""
        resumed = self._probed & {row.key for row in rows}
        if resumed:
            await self._store.resume(resumed)
            self._probed -= resumed


def _note(published: Iterable[OutboxRow], started_ns: int) -> None:
    """Count what is on its topic, and show it in its trace. A dead letter carries whatever headers its record had."""
    for row in published:
        named = dict(row.headers)
        given = (named.get("ce_type") or b"").decode("ascii", "replace")
        known = given if given in REGISTRY else "other"
        PUBLISHED.labels(row.topic, known).inc()
        traceparent = (named.get("traceparent") or b"").decode("latin-1")
        telemetry.published(known, row.topic, traceparent, started_ns)


def show_from_zero(service: str) -> None:
    """Show every event that a service publishes before it does: an increase from nothing to 1 is none to whoever watches
    increases."""
    for event in REGISTRY.values():
        if event.type.partition(".")[0] == service:
            PUBLISHED.labels(event.topic, event.type)


class Relay:
    """Publishes the outbox of one service."""

    def __init__(self, store: Store, leases: Leases, settings: Settings) -> None:
        self._store = store
        self._leases = leases
        self._settings = settings
        self._bell = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._refused = Refused(store)

    def ring(self, writes: Writes) -> None:
        """Wake the relay after a commit that has events."""
        if writes.outbox:
            self._bell.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until told to stop, then publish what is left."""
        while not stopping.is_set():
            await set_within(self._bell, POLL_SECONDS)
            await self._drain_or_back_off()
        await self._drain_or_back_off()
        await self._close_producer()

    async def _drain_or_back_off(self) -> None:
        self._bell.clear()
        try:
            await self.drain(self._leases.owned)
        except LeaseLost:
            log.warning("the outbox has another relay by now; what was published is told once more by it")
        except (KafkaError, OSError, Unavailable) as error:
            FAILURES.inc()
            log.warning("outbox not published, trying again", extra={"reason": type(error).__name__})
            await self._close_producer()
            await asyncio.sleep(BACKOFF_SECONDS)

    async def drain(self, shards: Iterable[int]) -> int:
        """Publish everything pending on these shards; return how many events."""
        total = 0
        shards = list(shards)
        while shards and (rows := await self._store.pending(shards, BATCH, await self._refused.keys(shards))):
            if not set(shards) <= set(self._leases.owned):
                return total  # overslept since the rows were read: another may have published them
            PENDING.set(len(rows))
            failpoint("outbox.before_publish")
            started_ns = time.time_ns()
            published = await self._publish(rows)
            failpoint("outbox.after_publish")
            _note(published, started_ns)
            await self._store.published([row.id for row in published], self._leases.fences(shards))
            await self._refused.accepted(published)
            total += len(published)
            PENDING.set(0)
            if len(rows) < BATCH:
                break
            shards = [s for s in shards if s in self._leases.owned]
        return total

    async def _publish(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Send rows in order; return those that Kafka acknowledged. Raises KafkaError or OSError in an outage."""
        published: list[OutboxRow] = []
        while rows := await self._worth_sending(rows):
            futures, refusal = await self._enqueue(rows)
            outcomes = await asyncio.gather(*futures, return_exceptions=True)
            _raise_outage(outcomes)
            if any(isinstance(outcome, BaseException) for outcome in outcomes):
                await self._close_producer()  # an idempotent producer that lost a batch does not go on
                return published + await self._publish_one_by_one(rows)
            published += rows[: len(futures)]
            if refusal is not None:
                await self._refused.add(rows[len(futures)], refusal)
            rows = rows[len(futures) + 1 :]
        return published

    async def _worth_sending(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Leave out what waits behind a refused row, and set aside what would be refused: in a batch it would take its
        neighbours with it."""
        worth = []
        for row in rows:
            size, limit = len(row.value) + header_bytes(row.headers) + len(row.key), max_record_bytes(row.topic)
            if row.key in self._refused:
                continue
            if size > limit:
                await self._refused.add(row, MessageSizeTooLargeError(f"{size} bytes; its topic takes {limit}"))
            elif reason := self._refused.by_topic(row.topic):
                await self._refused.add(row, reason)
            else:
                worth.append(row)
        return worth

    async def _publish_one_by_one(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Find out which row the broker refuses. A row of the same key must not pass the refused one."""
        published = []
        for row in rows:
            if not await self._worth_sending([row]):
                continue
            futures, refusal = await self._enqueue([row])
            (outcome,) = (await asyncio.gather(*futures, return_exceptions=True)) or [refusal]
            _raise_outage([outcome])
            if isinstance(outcome, KafkaError):
                await self._refused.add(row, outcome)
                await self._close_producer()
            else:
                published.append(row)
        return published

    async def _enqueue(self, rows: list[OutboxRow]) -> tuple[list[asyncio.Future[Any]], KafkaError | None]:
        """Give rows to the producer up to the first that it refuses by itself; return what they wait for, and why."""
        producer = await self._started_producer()
        waiting: list[asyncio.Future[Any]] = []
        for row in rows:
            topic, headers = self._settings.prefixed(row.topic), list(row.headers)
            try:
                waiting.append(await producer.send(topic, row.value, key=row.key.encode(), headers=headers))
            except _REFUSED as error:
                return waiting, error
        return waiting, None

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._settings.kafka_access.client(),
                enable_idempotence=True,  # implies acks=all
                compression_type="lz4",
                linger_ms=0,
                max_request_size=12 * 1_048_576,  # dead letters carry what was too large to read
                request_timeout_ms=10_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _close_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(5):
                await producer.stop()  # unsent events stay in the outbox
        except (KafkaError, OSError, TimeoutError):
            log.warning("the producer did not close in time")
