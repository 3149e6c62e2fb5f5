"""The store's contract: one call writes an effect, its events and the record of its cause, or nothing at all.

Two stores keep it: `mongo` and `memory`. Both pass the same suite (`tests/test_store_conformance.py`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zlib import crc32

Document = dict[str, Any]
Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]


class Conflict(Exception):
    """Somebody else changed one of the documents first; decide again on the new state."""


class LeaseLost(Conflict):
    """The work that is written here belongs to another replica by now, or may: nothing was written."""


class AlreadyHandled(Exception):
    """The cause was recorded before: its effect stands, and nothing was written now."""


class Unavailable(Exception):
    """The database cannot take the write now; nothing is known to be written. Try again later."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An aggregate as it is kept."""

    version: int
    """Counts every write; compared and set."""
    sequence: int
    """Counts published events."""
    state: Document
    guards: int = 0
    """Counts the transactions that rested a decision on this version; compared too, and gone with the next version."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An aggregate to write: `expected_version` 0 means that it must not exist yet."""

    collection: str
    id: str
    expected_version: int
    stored: Stored
    fields: Document
    """Top-level fields for indexes and queries."""
    expected_guards: int = 0
    """Who decided on the version before it was replaced is seen by whoever replaces it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """An aggregate that a decision rests on: it must still be at this version at commit, and its writers must notice."""

    collection: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event on its way to Kafka; id, value and headers never change again."""

    id: str
    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Upsert:
    """A row that is not an aggregate: a projection, or a record that grows beside one."""

    collection: str
    id: str
    document: Document
    new: bool = False
    """The id must be new: a row that is written once, and never changes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored response to a request with an idempotency key."""

    id: str
    fingerprint: str
    status: int
    body: bytes
    stored_at: datetime


LEASES = "leases"
Fences = dict[str, int]
"""Ids of leases, each with the token that its holder got: a lease that was taken since has a higher one."""


@dataclass(slots=True)
class Writes:
    """Everything that one transaction writes."""

    fences: Fences = field(default_factory=dict)
    """Leases that the writer must still hold."""
    handled: list[str] = field(default_factory=list)
    """Inbox ids: the consumed events whose effect this is. Kept for ever."""
    answers: list[Answer] = field(default_factory=list)
    saved: dict[tuple[str, str], Saved] = field(default_factory=dict)
    guarded: dict[tuple[str, str], Guard] = field(default_factory=dict)
    """What is not written, and must not change meanwhile."""
    inserted: list[Upsert] = field(default_factory=list)
    """Rows whose id must be new; a second one with the id makes the whole transaction fail as a conflict."""
    upserted: dict[tuple[str, str], Upsert] = field(default_factory=dict)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    """Rows that go before any row is written: what is inserted or upserted here as well is made anew."""
    outbox: list[OutboxRow] = field(default_factory=list)

    def ids_in(self, collection: str) -> set[str]:
        """Return the ids of what is written in a collection."""
        rows = ((row.collection, row.id) for row in (*self.inserted, *self.upserted.values()))
        return {id for name, id in (*self.saved, *rows, *self.deleted) if name == collection}

    def ids_added_to(self, collection: str) -> set[str]:
        """Return the ids of those in `ids_in` of which fields are written, and the others stay as they are."""
        upserted = {id for name, id in self.upserted if name == collection}
        if not upserted:
            return upserted
        whole = {id for name, id in (*self.saved, *self.deleted) if name == collection}
        whole |= {row.id for row in self.inserted if row.collection == collection}
        return upserted - whole

    def applied_to(
        self, collection: str, before: Mapping[str, Document], owner: tuple[str, str] | None = None
    ) -> Iterable[Document]:
        """Return the documents of `ids_in` as they stand after these writes; `before` holds those of `ids_added_to`.

        With `owner`, a field and its value, aggregates of others may be left out.
        """
        after = dict(before)
        for (name, id), saved in self.saved.items():
            if name == collection and (owner is None or saved.fields.get(owner[0]) == owner[1]):
                after[id] = {**saved.fields, "_id": id, "version": saved.stored.version, "state": saved.stored.state}
        for row in (*self.inserted, *self.upserted.values()):
            if row.collection == collection:
                after[row.id] = {**after.get(row.id, {}), **row.document, "_id": row.id}
        return after.values()

    @property
    def empty(self) -> bool:
        """True when there is nothing to write."""
        return not (
            self.handled or self.answers or self.saved or self.inserted or self.upserted or self.deleted or self.outbox
        )


class Reader(Protocol):
    """What queries need: a database, the store in memory, or the unit of a transaction that is being prepared."""

    async def find(
        self, collection: str, where: Filter, *, sort: Sort = (), limit: int, only: Sequence[str] = ()
    ) -> list[Document]:
        """Return at most `limit` documents; with `only`, these fields of them and the id."""
        ...

    async def find_one(self, collection: str, where: Filter, sort: Sort = ()) -> Document | None:
        """Return the first matching document, or None."""
        ...

    async def count(self, collection: str, where: Filter, limit: int) -> int:
        """Return how many documents match, counting no further than `limit`."""
        ...


class Figures(Protocol):
    """Sums and counts that the database makes of what is committed, for screens: no decision rests on them."""

    async def aggregate(self, collection: str, pipeline: Sequence[Document], limit: int = 1000) -> list[Document]:
        """Return at most `limit` rows of an aggregation that only reads."""
        ...

    async def count(self, collection: str, where: Filter, limit: int) -> int:
        """Return how many documents match, counting no further than `limit`."""
        ...


class Store(Reader, Protocol):
    """What aggregates, the relay and the consumers need of a database."""

    async def load(self, collection: str, ids: Iterable[str]) -> Mapping[str, Stored]:
        """Return the aggregates that exist, by id."""
        ...

    async def handled(self, ids: Iterable[str]) -> set[str]:
        """Return which of these inbox ids have taken effect."""
        ...

    async def answer(self, id: str) -> Answer | None:
        """Return the stored response of an idempotency key."""
        ...

    async def commit(self, writes: Writes) -> None:
        """Write all or nothing, durably. Raises Conflict (LeaseLost among them), AlreadyHandled or Unavailable."""
        ...

    async def pending(self, shards: Iterable[int], limit: int, without: Collection[str] = ()) -> list[OutboxRow]:
        """Return unpublished events of these shards in commit order, those of the keys `without` left out."""
        ...

    async def published(self, ids: Iterable[str], fences: Fences) -> None:
        """Forget events that Kafka acknowledged, while these leases are held. Raises LeaseLost, Unavailable."""
        ...

    async def set_aside(self, row: OutboxRow, reason: str) -> None:
        """Note that the broker refuses an event: those of its key wait behind it, and it is tried again later."""
        ...

    async def keys_set_aside(self, shards: Iterable[int], limit: int) -> list[str]:
        """Return the keys of these shards whose events wait behind one that the broker refuses."""
        ...

    async def resume(self, keys: Iterable[str]) -> None:
        """Note that the events of these keys no longer wait."""
        ...


OUTBOX_SHARDS = 8
"""Events of one key share a shard, and a shard has one relay at a time. Part of the data: never changed."""


def outbox_shard(key: str) -> int:
    """Return the shard whose relay publishes events of this key."""
    return crc32(key.encode()) % OUTBOX_SHARDS
