"""Records that came before what they need: topics have no common order, so a record can be early.

They wait in the database, oldest first within each key, and each key has its turn: the oldest record of a key is tried
when what it needs was written here, and otherwise at growing intervals. A look is bounded work, however many wait.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord

from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Writes

WAITING = "waiting"
EARLIER = "an earlier record of the same key"
ANOTHER_TURN = "another turn"
"""What a record needs that the database did not take: it comes first of its key, and waits for no other."""
KEYS_PER_LOOK = 100
RECORDS_PER_KEY = 50
"""Of one key in one look: a long queue gives the other keys their turn."""
_FIRST_PAUSE_MS = 250
_LONGEST_PAUSE_MS = 30_000
"""Between two looks at a record whose need nobody saw written: another service's process may have written it."""
_BEHIND_ANOTHER_MS = 600_000
"""A record behind another of its key is tried when that one ends; this is for a process that died in between."""
HOLDS_UP = timedelta(seconds=10)
"""For so long an oldest record holds up those of its key on other topics. Brokers' clocks differ, so what it needs may have
a later timestamp, and stand behind it."""
_MOST_NOTED = 10_000

WAITING_INDEXES: Indexes = {
    WAITING: [
        Index(("group", 1), ("try_at", 1)),
        Index(("group", 1), ("key", 1), ("order_at", 1), ("offset", 1)),
        Index(("group", 1), ("needs", 1)),
    ]
}

Record: TypeAlias = ConsumerRecord[Any, Any]


class EarlyRecords:
    """The waiting records of one group."""

    def __init__(self, group: str, mongo: Mongo) -> None:
        self._group = group
        self._mongo = mongo
        self._written: set[str] = set()
        self._any = True

    async def blocks(self, keys: Collection[str]) -> bool:
        """Tell whether a record of one of these keys waits, so that later ones of it must wait as well."""
        return bool(await self._mongo.count(WAITING, {"group": self._group, "key": {"$in": list(keys)}}, limit=1))

    async def keep(self, record: Record, key: str, inbox_id: str, needs: str) -> None:
        """Keep a record until what it needs exists. Keeping it again changes nothing but its turn.

        One that is delivered again finds itself waiting: it does not wait behind itself, and its turn stays.
        """
        where = {"group": self._group, "key": key, "topic": record.topic}
        newest = await self._mongo.find_one(WAITING, where, sort=[("order_at", -1)])
        kept = {
            **where,
            # Timestamps are those of producers or of brokers; within a partition the offsets alone are certain.
            "order_at": max(record.timestamp, newest["order_at"] if newest else 0),
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "record_key": record.key,
            "value": record.value,
            "headers": [[name, value] for name, value in record.headers],
        }
        literal: Document = {name: {"$literal": value} for name, value in kept.items()}
        turn: Document = {"needs": {"$literal": needs}, "try_at": "$$NOW", "looks": 0}
        if needs == EARLIER:
            turn["try_at"] = {"$add": ["$$NOW", _BEHIND_ANOTHER_MS]}
            turn = {name: {"$ifNull": [f"${name}", value]} for name, value in turn.items()}
        turn["since"] = {"$ifNull": ["$since", "$$NOW"]}
        await self._mongo.take(WAITING, f"{self._group}|{inbox_id}", [{"$set": {**literal, **turn}}])
        self._any = True

    def note(self, writes: Writes) -> None:
        """Remember what a commit of this process wrote, so that the next look wakes what needs it."""
        if not self._any or len(self._written) > _MOST_NOTED:
            return
        self._written.update(id for _, id in (*writes.saved, *writes.upserted))
        self._written.update(row.id for row in writes.inserted)

    async def keys_in_turn(self, all_of_them: bool = False) -> list[str]:
        """Return the keys whose turn has come, at most `KEYS_PER_LOOK`, those first that waited longest for it.

        With `all_of_them` also those whose turn comes later.
        """
        written, self._written = self._written, set()
        first = await self._mongo.find_one(WAITING, {"group": self._group}, sort=[("try_at", 1)])
        self._any = first is not None
        if first is None:
            return []
        if written:
            await self._wake({"needs": {"$in": list(written)}})
        if all_of_them:
            await self._wake({"needs": {"$ne": EARLIER}})
        now = await self._mongo.server_time()
        due = {"group": self._group, "try_at": {"$lte": now}}
        found = await self._mongo.find(WAITING, due, sort=[("try_at", 1)], limit=2 * KEYS_PER_LOOK, only=["key"])
        return list(dict.fromkeys(d["key"] for d in found))[:KEYS_PER_LOOK]

    async def _wake(self, which: Document) -> None:
        turn: Document = {"try_at": "$$NOW", "looks": 0}
        await self._mongo.change(WAITING, {"group": self._group, **which}, [{"$set": turn}])

    async def oldest(self, key: str, beside: Collection[str] = ()) -> Document | None:
        """Return the record of a key that must be handled first, of all topics but those `beside`."""
        where: Document = {"group": self._group, "key": key}
        if beside:
            where["topic"] = {"$nin": list(beside)}
        return await self._mongo.find_one(WAITING, where, sort=[("order_at", 1), ("offset", 1)])

    async def postpone(self, document: Document, needs: str) -> None:
        """Give a record that was tried in vain its next turn, each time later, or when what it needs is written."""
        growing = {"$multiply": [_FIRST_PAUSE_MS, {"$pow": [2, {"$min": ["$looks", 10]}]}]}
        pause = {"$toInt": {"$min": [_LONGEST_PAUSE_MS, growing]}}
        turn: Document = {
            "needs": {"$literal": needs},
            "looks": {"$add": ["$looks", 1]},
            "try_at": {"$add": ["$$NOW", pause]},
        }
        await self._mongo.change(WAITING, {"_id": document["_id"]}, [{"$set": turn}])
        behind = {
            "group": self._group,
            "key": document["key"],
            "needs": EARLIER,
            "try_at": {"$lte": document["try_at"]},
        }
        later = {"$add": ["$$NOW", _BEHIND_ANOTHER_MS]}
        await self._mongo.change(WAITING, behind, [{"$set": {"try_at": later}}])

    async def give_turn(self, document: Document) -> None:
        """Let a record be tried with the next look."""
        await self._mongo.change(WAITING, {"_id": document["_id"]}, [{"$set": {"try_at": "$$NOW"}}])


def record_of(document: Document) -> Record:
    """Return the record as it was read from its topic."""
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
        headers=tuple(_headers_of(document["headers"])),
    )


def _headers_of(kept: Iterable[tuple[str, bytes | None]]) -> Iterable[tuple[str, bytes | None]]:
    return ((name, value if value is None else bytes(value)) for name, value in kept)
