"""Consuming: batches of records become grouped transactions, one per lane of keys, and one offset commit per batch.

A record takes effect once: its id is written to the inbox in the transaction of its effect. A record that cannot be
handled is parked, in a transaction too, and the relay publishes it to the dead-letter topic; the others flow on.
A record that came before what it needs waits, and is handled when that exists (topics have no common order).
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram

from chassis.aggregate import Cause, Kind, Session, Unit
from chassis.failpoints import failpoint
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import AlreadyHandled, Conflict, Document, OutboxRow, Unavailable
from chassis.telemetry import span
from ombud_contracts import MalformedEvent, Received, from_record
from ombud_contracts.groups import Group
from ombud_contracts.topics import dead_letters

log = logging.getLogger(__name__)

WAITING = "waiting"
PARKED = "parked"
_RETRY_SECONDS = 0.05
_OUTAGE_SECONDS = 1.0
_CONFLICT_SECONDS = 120.0
"""Twice the time after which MongoDB gives up an abandoned transaction by default."""
HANDLED = Counter("ombud_consumer_handled_total", "Events that took effect", ["group", "type"])
SKIPPED = Counter("ombud_consumer_skipped_total", "Events that had taken effect before", ["group"])
IGNORED = Counter("ombud_consumer_ignored_total", "Events of a type this version does not know", ["group"])
DEAD = Counter("ombud_dead_letters_total", "Records parked as dead letters", ["group", "topic"])
WAITED = Counter("ombud_consumer_waiting_total", "Events set aside until what they need exists", ["group"])
BATCH_SECONDS = Histogram("ombud_consumer_batch_seconds", "Time to handle one batch", ["group"])
LAG_SECONDS = Gauge("ombud_consumer_lag_seconds", "Age of the newest record handled last", ["group"])

Handle = Callable[[Received, Unit], Awaitable[None]]
"""Translates one event into commands. It may run several times; only one run takes effect."""
Touches = Callable[[Received], Iterable[tuple[Kind[Any, Any, Any], str]]]
"""Which aggregates an event will touch, so that a batch reads them in one query. A hint, not a promise."""


class NotYet(Exception):
    """The event needs something that does not exist yet; the record waits for it."""

    def __init__(self, needs: str) -> None:
        super().__init__(f"waits for {needs}")
        self.needs = needs


@dataclass(frozen=True, slots=True)
class Item:
    """A readable record."""

    record: ConsumerRecord[Any, Any]
    received: Received

    @property
    def inbox_id(self) -> str:
        """What the inbox knows the event by."""
        return self.received.metadata.id


def _nothing(_received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    return ()


@dataclass(frozen=True, slots=True)
class Consumer:
    """One group of a service: what it reads and how it translates."""

    group: Group
    handle: Handle
    touches: Touches = _nothing


class BatchHandler:
    """Handles the batches of one consumer against one store."""

    def __init__(
        self,
        consumer: Consumer,
        mongo: Mongo,
        settings: Settings,
        now: Callable[[], datetime],
        refusals: tuple[type[Exception], ...] = (),
    ) -> None:
        """`refusals` are the domain's own: trying again changes nothing, so they are parked at once."""
        self._refusals = refusals
        self._consumer = consumer
        self._group = consumer.group.name
        self._mongo = mongo
        self._settings = settings
        self._now = now

    async def handle(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Bring every record to its end: effect, skip, wait or dead letter. Returns only then; retries an outage."""
        with BATCH_SECONDS.labels(self._group).time():
            items = await self._readable(records)
            items = await self._unhandled(items)
            lanes: dict[int, list[Item]] = {}
            for item in items:
                lane = crc32(item.received.metadata.key.encode()) % self._settings.consume_lanes
                lanes.setdefault(lane, []).append(item)
            await asyncio.gather(*(self._lane(lane) for lane in lanes.values()))
        newest = max(record.timestamp for record in records)
        LAG_SECONDS.labels(self._group).set(max(0.0, self._now().timestamp() - newest / 1000))
        failpoint("consumer.before_ack")

    async def _readable(self, records: Sequence[ConsumerRecord[Any, Any]]) -> list[Item]:
        items = []
        for record in records:
            try:
                received = from_record(record.value, record.headers)
            except MalformedEvent as error:
                await self._park(record, str(error))
                continue
            if received.event is None:
                IGNORED.labels(self._group).inc()
                continue
            items.append(Item(record, received))
        return items

    async def _unhandled(self, items: list[Item]) -> list[Item]:
        if not items:
            return []
        known = await self._through_outage(lambda: self._mongo.handled(i.inbox_id for i in items))
        fresh = {item.inbox_id: item for item in reversed(items) if item.inbox_id not in known}
        SKIPPED.labels(self._group).inc(len(items) - len(fresh))
        return list(reversed(fresh.values()))

    async def _lane(self, items: list[Item]) -> None:
        """Handle all at once; if that fails for any reason, one by one, so that only the guilty record suffers."""
        if len(items) > 1:
            try:
                await self._together(items)
                return
            except Exception as error:
                log.info("a lane is handled one by one", extra={"group": self._group, "reason": type(error).__name__})
        for item in items:
            await self._alone(item)

    async def _together(self, items: list[Item]) -> None:
        keys = {item.received.metadata.key for item in items}
        if await self._mongo.count(WAITING, {"key": {"$in": list(keys)}}, limit=1):
            raise NotYet("an earlier record of the same key")
        session = self._session()
        await self._preload(session, items)
        for item in items:
            await self._apply(item, session)
        await session.commit()
        for item in items:
            HANDLED.labels(self._group, item.received.type).inc()

    def _session(self) -> Session:
        at = self._now()  # a transaction has one time
        return Session(self._mongo, lambda: at)

    async def _preload(self, session: Session, items: list[Item]) -> None:
        wanted: dict[str, tuple[Kind[Any, Any, Any], list[str]]] = {}
        for item in items:
            for kind, id in self._consumer.touches(item.received):
                wanted.setdefault(kind.collection, (kind, []))[1].append(id)
        for kind, ids in wanted.values():
            await session.preload(kind, ids)

    async def _apply(self, item: Item, session: Session) -> None:
        metadata = item.received.metadata
        with span(f"{self._group} {item.received.type}", SpanKind.CONSUMER, metadata.traceparent) as traceparent:
            cause = Cause(
                id=metadata.id,
                correlation_id=metadata.correlation_id,
                actor_kind=metadata.actor_kind,
                actor_id=metadata.actor_id,
                traceparent=traceparent,
            )
            unit = session.unit(cause)
            unit.handled(item.inbox_id)
            await self._consumer.handle(item.received, unit)

    async def _alone(self, item: Item) -> None:
        """Bring one record to its end, whatever it takes.

        A conflict is nobody's fault and is not counted as an attempt: a replica that was killed in the middle of a
        transaction can keep documents locked until the database gives that transaction up.
        """
        attempt, gives_up_at = 1, time.monotonic() + _CONFLICT_SECONDS
        while True:
            try:
                await self._through_outage(lambda: self._once(item))
                return
            except NotYet as wait:
                await self._set_aside(item, wait.needs)
                return
            except Conflict as error:
                if time.monotonic() > gives_up_at:
                    await self._park(item.record, _described(error))
                    return
                await asyncio.sleep(random.uniform(0.01, 0.5))
            except Exception as error:
                if attempt == self._settings.attempts or isinstance(error, self._refusals):
                    await self._park(item.record, _described(error))
                    return
                await asyncio.sleep(_RETRY_SECONDS * 2**attempt)
                attempt += 1

    async def _once(self, item: Item, waiting: Document | None = None) -> None:
        key = item.received.metadata.key
        if waiting is None and await self._mongo.count(WAITING, {"key": key}, limit=1):
            raise NotYet("an earlier record of the same key")
        session = self._session()
        await self._apply(item, session)
        if waiting:
            session.writes.deleted.append((WAITING, waiting["_id"]))
        try:
            await session.commit()
        except AlreadyHandled:
            SKIPPED.labels(self._group).inc()
            return
        HANDLED.labels(self._group, item.received.type).inc()

    async def _through_outage(self, action: Callable[[], Awaitable[Any]]) -> Any:
        """Repeat until the database takes it: an outage is nobody's fault and parks nothing."""
        while True:
            try:
                return await action()
            except Unavailable as error:
                log.warning("waiting for the database", extra={"group": self._group, "reason": str(error)})
                await asyncio.sleep(_OUTAGE_SECONDS * random.uniform(0.5, 1))

    # -- Dead letters -------------------------------------------------------------------------------------------------

    async def _park(self, record: ConsumerRecord[Any, Any], reason: str) -> None:
        """Record the dead letter and publish it through the outbox; parking the same offset twice changes nothing."""
        id = f"{self._group}|{record.topic}|{record.partition}|{record.offset}"
        session = Session(self._mongo, self._now)
        unit = session.unit(Cause(id=id, correlation_id=id))
        unit.handled(id)
        topic = record.topic.removeprefix(self._settings.prefixed(""))
        unit.insert(PARKED, id, {"topic": topic, "reason": reason, "parked_at": self._now(), "key": _key(record)})
        dead = dead_letters(topic, self._consumer.group.consumer).name
        headers = (*record.headers, *self._dead_headers(record, topic, reason))
        session.writes.outbox.append(OutboxRow(id, dead, _key(record), record.value or b"", headers))
        try:
            await self._through_outage(session.commit)
        except AlreadyHandled:
            return
        DEAD.labels(self._group, topic).inc()
        log.error("record parked", extra={"group": self._group, "topic": topic, "reason": reason})

    def _dead_headers(self, record: ConsumerRecord[Any, Any], topic: str, reason: str) -> Iterable[tuple[str, bytes]]:
        facts = {
            "ombud-dead-topic": topic,
            "ombud-dead-partition": record.partition,
            "ombud-dead-offset": record.offset,
            "ombud-dead-timestamp": record.timestamp,
            "ombud-dead-group": self._group,
            "ombud-dead-reason": reason,
            "ombud-dead-attempts": self._settings.attempts,
            "ombud-dead-tombstone": record.value is None,
            "ombud-dead-at": self._now().isoformat(timespec="milliseconds"),
        }
        return [(name, str(value).encode()) for name, value in facts.items()]

    # -- Waiting ------------------------------------------------------------------------------------------------------

    async def _set_aside(self, item: Item, needs: str) -> None:
        """Keep the record until what it needs exists; the inbox stays open for it."""
        record = item.record
        id = f"{self._group}|{item.inbox_id}"
        document = {
            "key": item.received.metadata.key,
            "needs": needs,
            "since": await self._through_outage(self._mongo.server_time),
            "order": [record.timestamp, record.partition, record.offset],
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "record_key": record.key,
            "value": record.value,
            "headers": [[name, value] for name, value in record.headers],
        }
        session = Session(self._mongo, self._now)
        session.unit(Cause(id=id, correlation_id=id)).upsert(WAITING, id, document)
        await self._through_outage(session.commit)
        WAITED.labels(self._group).inc()

    async def retry_waiting(self, patience_seconds: float) -> int:
        """Try the waiting records again, oldest first; return how many came to an end. One that waited longer than
        `patience_seconds` is parked."""
        ended = 0
        blocked: set[str] = set()
        mine = {"_id": {"$gte": f"{self._group}|", "$lt": f"{self._group}}}"}}
        waiting = await self._mongo.find(WAITING, mine, sort=[("order", 1)], limit=500)
        if not waiting:
            return 0
        given_up_before = await self._mongo.server_time() - timedelta(seconds=patience_seconds)
        for document in waiting:
            if document["key"] in blocked:
                continue
            if await self._retry(document, given_up_before):
                ended += 1
            else:
                blocked.add(document["key"])
        return ended

    async def _retry(self, document: Document, given_up_before: datetime) -> bool:
        record = _record_of(document)
        item = Item(record, from_record(record.value, record.headers))
        try:
            await self._once(item, waiting=document)
            return True
        except (NotYet, Conflict) as error:
            if document["since"] > given_up_before:
                return False
            await self._park_waiting(document, record, f"gave up waiting: {error}")
            return True
        except Unavailable:
            return False
        except Exception as error:
            await self._park_waiting(document, record, _described(error))
            return True

    async def _park_waiting(self, document: Document, record: ConsumerRecord[Any, Any], reason: str) -> None:
        await self._park(record, reason)
        session = Session(self._mongo, self._now)
        session.writes.deleted.append((WAITING, document["_id"]))
        await self._through_outage(session.commit)


def _described(error: Exception) -> str:
    """Return the error's class and, for our own refusals, its text; foreign texts may carry values of the record."""
    ours = type(error).__module__.partition(".")[0] not in ("builtins", "pydantic", "pydantic_core", "bson", "pymongo")
    return f"{type(error).__name__}: {error}"[:300] if ours else type(error).__name__


def _key(record: ConsumerRecord[Any, Any]) -> str:
    return (record.key or b"").decode(errors="replace")


def _record_of(document: Document) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(
        topic=document["topic"],
        partition=document["partition"],
        offset=document["offset"],
        timestamp=document["timestamp"],
        timestamp_type=0,
        key=document["record_key"],
        value=document["value"],
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple((name, bytes(value)) for name, value in document["headers"]),
    )
