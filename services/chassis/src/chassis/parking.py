"""Dead letters: a record that cannot be handled is parked with its reason, and the relay publishes it like any event.

A record that is too large to keep is parked by reference: where it stands, its size and its hash. A record that was sent
again and fails again is counted at its first dead letter; it does not become a second one.
"""

import asyncio
import base64
import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import AlreadyHandled, Conflict, Document, OutboxRow, Unavailable
from ombud_contracts.cloudevents import MAX_HEADER_BYTES, MAX_VALUE_BYTES, header_bytes
from ombud_contracts.groups import Group
from ombud_contracts.topics import dead_letters

log = logging.getLogger(__name__)

PARKED = "parked"
REPLAYED = "ombud-replayed-from"
"""Header of a record that was sent again: `topic|partition|offset` of where it stood first."""
MARK = "ombud-dead-"
_MAX_KEY_BYTES = 1_024
_OUTAGE_SECONDS = 1.0
DEAD = Counter("ombud_dead_letters_total", "Records parked as dead letters", ["group", "topic"])
DEAD_AGAIN = Counter("ombud_dead_letters_repeated_total", "Dead letters that were replayed in vain", ["group", "topic"])

Record: TypeAlias = ConsumerRecord[Any, Any]


@dataclass
class StandIn(ConsumerRecord[Any, Any]):  # type: ignore[misc]  # aiokafka comes without types
    """Stands for a record that the client cannot unpack, and says why it cannot."""

    why: str


async def through_outage(group: str, action: Callable[[], Awaitable[Any]]) -> Any:
    """Repeat until the database takes it: an outage is nobody's fault and parks nothing."""
    while True:
        try:
            return await action()
        except Unavailable as error:
            log.warning("waiting for the database", extra={"group": group, "reason": str(error)})
            await asyncio.sleep(_OUTAGE_SECONDS * random.uniform(0.5, 1))


def must_be_referred_to(record: Record) -> bool:
    """Tell whether a record is larger than what the outbox and the dead-letter topic carry."""
    return (
        isinstance(record, StandIn)
        or len(record.value or b"") > MAX_VALUE_BYTES
        or header_bytes(record.headers) > MAX_HEADER_BYTES
        or len(record.key or b"") > _MAX_KEY_BYTES
    )


class Parking:
    """Parks the records of one group."""

    def __init__(self, group: Group, mongo: Mongo, settings: Settings, now: Callable[[], datetime]) -> None:
        self._group = group
        self._mongo = mongo
        self._settings = settings
        self._now = now

    async def park(self, record: Record, reason: str, waited: tuple[str, str] | None = None) -> None:
        """Park a record in one transaction, whatever it holds. `waited` is the row (collection, id) that ends with it.

        Parking the same delivery twice changes nothing.
        """
        while True:
            try:
                await through_outage(self._group.name, lambda: self._park(record, reason, waited))
                return
            except AlreadyHandled:
                if waited is None:
                    return
                await through_outage(self._group.name, lambda: self._mongo.remove(waited[0], {"_id": waited[1]}))
                return
            except Conflict:
                await asyncio.sleep(random.uniform(0.01, 0.5))

    async def _park(self, record: Record, reason: str, waited: tuple[str, str] | None) -> None:
        delivery = f"{self._group.name}|{self._place(record)}"
        digest = hashlib.sha256(record.value or b"").hexdigest()
        known = await self._known(record, digest)
        session = Session(self._mongo, self._now)
        unit = session.unit(Cause(id=delivery, correlation_id=delivery))
        unit.handled(delivery)
        if waited:
            session.writes.deleted.append(waited)
        topic = self._topic(record)
        if known:
            again = {"times": known["times"] + 1, "reason": reason, "again_at": self._now()}
            unit.upsert(PARKED, known["_id"], again)
        else:
            unit.upsert(PARKED, delivery, self._row(record, reason, digest))
            session.writes.outbox.append(self._letter(delivery, record, reason, digest))
        await session.commit()
        (DEAD_AGAIN if known else DEAD).labels(self._group.name, topic).inc()
        log.error(
            "record parked",
            extra={
                "group": self._group.name,
                "topic": topic,
                "partition": record.partition,
                "offset": record.offset,
                "reason": reason,
            },
        )

    async def _known(self, record: Record, digest: str) -> Document | None:
        """Return the row of the dead letter that this record is a replay of."""
        first = next((raw for name, raw in record.headers if name == REPLAYED and raw), None)
        if first is None:
            return None
        place = first.decode(errors="replace")[:_MAX_KEY_BYTES]
        return await self._mongo.find_one(PARKED, {"_id": f"{self._group.name}|{place}", "sha256": digest})

    def _topic(self, record: Record) -> str:
        topic: str = record.topic
        return topic.removeprefix(self._settings.prefixed(""))

    def _place(self, record: Record) -> str:
        return f"{self._topic(record)}|{record.partition}|{record.offset}"

    def _row(self, record: Record, reason: str, digest: str) -> Document:
        return {
            "topic": self._topic(record),
            "partition": record.partition,
            "offset": record.offset,
            "key": key_text(record),
            "reason": reason,
            "parked_at": self._now(),
            "sha256": digest,
            "bytes": len(record.value or b""),
            "by_reference": must_be_referred_to(record),
            "times": 1,
        }

    def _letter(self, id: str, record: Record, reason: str, digest: str) -> OutboxRow:
        topic = self._topic(record)
        referred = must_be_referred_to(record)
        small = header_bytes(record.headers) <= MAX_HEADER_BYTES
        # Only we say where a record stood: a mark that it came with is somebody's who wants it sent elsewhere.
        headers = [(n, v) for n, v in record.headers if not n.startswith(MARK)] if small else []
        marks = self._marks(record, reason, digest, referred)
        return OutboxRow(
            id=id,
            topic=dead_letters(topic, self._group.consumer).name,
            key=key_text(record),
            value=b"" if referred else record.value or b"",
            headers=(*headers, *marks),
        )

    def _marks(self, record: Record, reason: str, digest: str, referred: bool) -> Iterable[tuple[str, bytes]]:
        facts: dict[str, object] = {
            "topic": self._topic(record),
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "group": self._group.name,
            "reason": reason,
            "attempts": self._settings.attempts,
            "tombstone": record.value is None,
            "reference": referred,
            "sha256": digest,
            "bytes": len(record.value or b""),
            "at": self._now().isoformat(timespec="milliseconds"),
        }
        if (record.key or b"") != key_text(record).encode() and len(record.key or b"") <= _MAX_KEY_BYTES:
            facts["key"] = base64.b64encode(record.key).decode()
        return [(MARK + name, str(value).encode()) for name, value in facts.items()]


def key_text(record: Record) -> str:
    """Return the record's key as text, which is how rows and dead letters are kept in order."""
    return (record.key or b"")[:_MAX_KEY_BYTES].decode(errors="replace")
