"""Consuming: batches of records become grouped transactions, one per lane of keys, and one offset commit per batch.

A record takes effect once: its source and id are written to the inbox in the transaction of its effect. A record that
cannot be handled is parked, and one that came before what it needs waits; the others flow on, whatever a record holds.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zlib import crc32

from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from chassis.aggregate import Among, Cause, Kind, Session, Unit
from chassis.early_records import ANOTHER_TURN, EARLIER, HOLDS_UP, RECORDS_PER_KEY, WAITING, EarlyRecords, record_of
from chassis.mongo import Mongo
from chassis.parking import DEAD, DEAD_AGAIN, Parking, StandIn, through_outage
from chassis.settings import Settings
from chassis.store import AlreadyHandled, Conflict, Document, Unavailable, Writes
from chassis.telemetry import span
from ombud_contracts import ForgedEvent, MalformedEvent, Received, from_record
from ombud_contracts.groups import Group

log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.05
_ALARMED_AFTER_SECONDS = 120.0
"""Twice the time after which MongoDB gives up an abandoned transaction by default."""
HANDLED = Counter("ombud_consumer_handled_total", "Events that took effect", ["group", "type"])
SKIPPED = Counter("ombud_consumer_skipped_total", "Events that had taken effect before", ["group"])
IGNORED = Counter("ombud_consumer_ignored_total", "Events of a type this version does not know", ["group"])
FORGED = Counter("ombud_consumer_forged_total", "Events on a topic or from a source not their own", ["group", "topic"])
WAITED = Counter("ombud_consumer_waiting_total", "Events set aside until what they need exists", ["group"])
CONFLICTS = Counter("ombud_consumer_conflicts_total", "Attempts that found a document locked", ["group"])
BATCH_SECONDS = Histogram("ombud_consumer_batch_seconds", "Time to handle one batch", ["group"])

Handle = Callable[[Received, Unit], Awaitable[None]]
"""Translates one event into commands. It may run several times; only one run takes effect."""
Touched = tuple[Kind[Any, Any, Any], str] | Among
Touches = Callable[[Received], Iterable[Touched]]
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
        """What the inbox knows the event by: an id is unique per source alone (CloudEvents 1.0, 3.1.1)."""
        return f"{self.received.source}|{self.received.metadata.id}"


def _nothing(_received: Received) -> Iterable[Touched]:
    return ()


@dataclass(frozen=True, slots=True)
class Consumer:
    """One group of a service: what it reads and how it translates."""

    group: Group
    handle: Handle
    touches: Touches = _nothing


def show_from_zero(group: Group) -> None:
    """Show what a group counts before it happens: an increase from nothing to 1 is none to whoever watches increases."""
    for topic in group.topics:
        for counter in (FORGED, DEAD, DEAD_AGAIN):
            counter.labels(group.name, topic)
    for counter in (SKIPPED, IGNORED, WAITED, CONFLICTS):
        counter.labels(group.name)


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
        self.now = now
        self._parking = Parking(consumer.group, mongo, settings, now)
        self._early = EarlyRecords(self._group, mongo)

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

    async def _readable(self, records: Sequence[ConsumerRecord[Any, Any]]) -> list[Item]:
        items = []
        for record in records:
            item = await self._read(record)
            if item is not None:
                items.append(item)
        return items

    async def _read(self, record: ConsumerRecord[Any, Any]) -> Item | None:
        """Return a record as an item, or None when it has come to its end: parked, or of an unknown type."""
        topic = record.topic.removeprefix(self._settings.prefixed(""))
        if isinstance(record, StandIn):
            await self._parking.park(record, f"not unpacked: {record.why}")
            return None
        try:
            received = from_record(record.value, record.headers, topic)
        except ForgedEvent as error:
            FORGED.labels(self._group, topic).inc()
            await self._parking.park(record, f"forged: {error}")
            return None
        except MalformedEvent as error:
            await self._parking.park(record, str(error))
            return None
        except Exception as error:  # whatever a record holds, it must not stop those behind it
            log.exception("a record broke its reader", extra={"group": self._group, "topic": topic})
            await self._parking.park(record, f"unreadable: {type(error).__name__}")
            return None
        if received.event is None:
            IGNORED.labels(self._group).inc()
            return None
        return Item(record, received)

    async def _unhandled(self, items: list[Item]) -> list[Item]:
        if not items:
            return []
        known = await through_outage(self._group, lambda: self._mongo.handled(i.inbox_id for i in items))
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
        if await self._early.blocks(keys):
            raise NotYet(EARLIER)
        session = self._session()
        await self._preload(session, items)
        for item in items:
            await self._apply(item, session)
        await session.commit()
        for item in items:
            HANDLED.labels(self._group, item.received.type).inc()

    def _session(self) -> Session:
        at = self.now()  # a transaction has one time
        return Session(self._mongo, lambda: at)

    async def _preload(self, session: Session, items: list[Item]) -> None:
        wanted: dict[str, tuple[Kind[Any, Any, Any], list[str]]] = {}
        among: list[Among] = []
        for item in items:
            for touched in self._consumer.touches(item.received):
                if isinstance(touched, Among):
                    among.append(touched)
                else:
                    kind, id = touched
                    wanted.setdefault(kind.collection, (kind, []))[1].append(id)
        for kind, ids in wanted.values():
            await session.preload(kind, ids)
        await session.preload_among(among)

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
        """Bring one record to its end, whatever it takes."""
        try:
            await self._tried(item)
        except NotYet as wait:
            place = (item.record, item.received.metadata.key, item.inbox_id, wait.needs)
            await through_outage(self._group, lambda: self._early.keep(*place))
            WAITED.labels(self._group).inc()

    async def _tried(self, item: Item, waited: Document | None = None) -> None:
        """Let a record take effect, or park it after the last attempt. Raises NotYet.

        A conflict is nobody's fault and is not counted as an attempt: a replica that was killed in the middle of a
        transaction keeps documents locked until the database gives that transaction up. It is waited for, with an alarm.
        One that `waited` lets the other keys have their turn instead: it also raises Conflict and Unavailable.
        """
        attempt, began = 1, time.monotonic()
        row = (WAITING, waited["_id"]) if waited else None
        once = partial(self._once, item, row)
        while True:
            try:
                await (once() if waited else through_outage(self._group, once))
                return
            except (NotYet, Unavailable):
                raise
            except Conflict:
                if waited:
                    raise
                await self._await_conflict(item, began)
            except Exception as error:
                if attempt == self._settings.attempts or isinstance(error, self._refusals):
                    await self._parking.park(item.record, described(error), row)
                    return
                await asyncio.sleep(_RETRY_SECONDS * 2**attempt)
                attempt += 1

    async def _await_conflict(self, item: Item, began: float) -> None:
        waited = time.monotonic() - began
        if waited > _ALARMED_AFTER_SECONDS:
            log.error(
                "a record waits for a locked document",
                extra={
                    "group": self._group,
                    "topic": item.record.topic,
                    "offset": item.record.offset,
                    "seconds": waited,
                },
            )
        CONFLICTS.labels(self._group).inc()
        await asyncio.sleep(random.uniform(0.01, min(5.0, 0.5 + waited / 20)))

    async def _once(self, item: Item, row: tuple[str, str] | None = None) -> None:
        if row is None and await self._early.blocks([item.received.metadata.key]):
            raise NotYet(EARLIER)
        session = self._session()
        await self._apply(item, session)
        if row:
            session.writes.deleted.append(row)
        try:
            await session.commit()
        except AlreadyHandled:
            SKIPPED.labels(self._group).inc()
            if row:
                await self._mongo.remove(row[0], {"_id": row[1]})
            return
        HANDLED.labels(self._group, item.received.type).inc()

    # -- Waiting ------------------------------------------------------------------------------------------------------

    def note(self, writes: Writes) -> None:
        """Hear what a commit of this process wrote: a record that waits may need it."""
        self._early.note(writes)

    async def retry_waiting(self, patience_seconds: float, all_of_them: bool = False) -> int:
        """Try the waiting records whose turn has come, the oldest of each key first; return how many came to an end.

        One that waited longer than `patience_seconds` is parked. With `all_of_them` nobody's turn is waited for.
        Raises Unavailable.
        """
        keys = await self._early.keys_in_turn(all_of_them)
        if not keys:
            return 0
        now = await self._mongo.server_time()
        return sum([await self._retry_key(key, now, timedelta(seconds=patience_seconds)) for key in keys])

    async def _retry_key(self, key: str, now: datetime, patience: timedelta) -> int:
        for ended in range(RECORDS_PER_KEY):
            document = await self._early.oldest(key)
            if document is None:
                return ended
            if not await self._retry(document, now - patience):
                return ended + await self._retry_beside(document, now, patience)
        if following := await self._early.oldest(key):
            await self._early.give_turn(following)
        return RECORDS_PER_KEY

    async def _retry_beside(self, oldest: Document, now: datetime, patience: timedelta) -> int:
        """Try the oldest record of each other topic, when that of the key has long waited in vain; 1 when one ended."""
        if now - oldest["since"] < HOLDS_UP:
            return 0
        tried = {oldest["topic"]}
        while document := await self._early.oldest(oldest["key"], beside=tried):
            if await self._retry(document, now - patience):
                await self._early.give_turn(oldest)
                return 1
            tried.add(document["topic"])
        return 0

    async def _retry(self, document: Document, given_up_before: datetime) -> bool:
        item = await self._read(record_of(document))
        if item is None:
            await self._mongo.remove(WAITING, {"_id": document["_id"]})
            return True
        try:
            await self._tried(item, document)
            return True
        except (NotYet, Conflict, Unavailable) as wait:
            # What the database does not take may be this record's alone: another key has its turn, which an outage refuses.
            if not isinstance(wait, NotYet) or document["since"] > given_up_before:
                await self._early.postpone(document, wait.needs if isinstance(wait, NotYet) else ANOTHER_TURN)
                return False
            await self._parking.park(item.record, f"gave up waiting: {wait}", (WAITING, document["_id"]))
            return True


def described(error: Exception) -> str:
    """Return the error's class and, for our own refusals, its text; foreign texts may carry values of the record.

    Of a value that does not fit its model, the names of the fields that refused it are said.
    """
    if isinstance(error, ValidationError):
        fields = sorted({str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]})
        return f"{error.title} does not take {', '.join(fields)}"[:300]
    ours = type(error).__module__.partition(".")[0] not in ("builtins", "pydantic", "pydantic_core", "bson", "pymongo")
    return f"{type(error).__name__}: {error}"[:300] if ours else type(error).__name__
