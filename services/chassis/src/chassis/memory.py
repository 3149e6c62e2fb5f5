"""The store in memory, for domain-shell tests. It keeps the same contract as `mongo`, proved by the same suite."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chassis.matching import selected
from chassis.store import (
    LEASES,
    AlreadyHandled,
    Answer,
    Conflict,
    Document,
    Fences,
    Filter,
    LeaseLost,
    OutboxRow,
    Sort,
    Stored,
    Writes,
    outbox_shard,
)

V = TypeVar("V")
_NEVER_CHANGES = frozenset({str, int, bool, float, bytes, type(None), datetime})


def _copied(value: V) -> V:
    """Return a document whose dictionaries and lists are its own; what stands in them never changes."""
    if isinstance(value, dict):
        return {n: v if v.__class__ in _NEVER_CHANGES else _copied(v) for n, v in value.items()}  # type: ignore[return-value]
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    return value


class MemoryStore:
    """Implements `chassis.store.Store` for one process and one event loop."""

    def __init__(self) -> None:
        self.aggregates: dict[tuple[str, str], Stored] = {}
        self.fields: dict[tuple[str, str], Document] = {}
        """The top-level fields of aggregates, which queries look at."""
        self.rows: dict[str, dict[str, Document]] = {}
        self.inbox: set[str] = set()
        self.answers: dict[str, Answer] = {}
        self.outbox: dict[str, OutboxRow] = {}
        self.refused: dict[str, str] = {}
        self.after_commit: Callable[[Writes], None] = lambda _writes: None

    async def load(self, collection: str, ids: Iterable[str]) -> Mapping[str, Stored]:
        """Return the aggregates that exist, by id."""
        wanted = ((id, self.aggregates.get((collection, id))) for id in ids)
        return {id: replace(stored, state=_copied(stored.state)) for id, stored in wanted if stored}

    async def handled(self, ids: Iterable[str]) -> set[str]:
        """Return which of these inbox ids have taken effect."""
        return self.inbox.intersection(ids)

    async def answer(self, id: str) -> Answer | None:
        """Return the stored response of an idempotency key."""
        return self.answers.get(id)

    async def commit(self, writes: Writes) -> None:
        """Write all or nothing. Raises Conflict or AlreadyHandled."""
        self._check(writes)
        self.inbox.update(writes.handled)
        self.answers.update({a.id: a for a in writes.answers})
        for key, saved in writes.saved.items():
            self.aggregates[key] = replace(saved.stored, state=_copied(saved.stored.state))
            self.fields[key] = _copied(saved.fields)
        for key in writes.guarded:
            self.aggregates[key] = replace(self.aggregates[key], guards=self.aggregates[key].guards + 1)
        for collection, id in writes.deleted:
            self.rows.get(collection, {}).pop(id, None)
        for row in (*writes.inserted, *writes.upserted.values()):
            self.rows.setdefault(row.collection, {}).setdefault(row.id, {}).update(_copied(row.document))
        self.outbox.update({row.id: row for row in writes.outbox})
        self.after_commit(writes)

    def _check_fences(self, fences: Fences) -> None:
        """A lease in memory never expires; it is lost when another has taken it."""
        leases = self.rows.get(LEASES, {})
        if any(leases.get(id, {}).get("token") != token for id, token in fences.items()):
            raise LeaseLost("another holds the lease")

    def _check(self, writes: Writes) -> None:
        self._check_fences(writes.fences)
        handled, answers = writes.handled, [a.id for a in writes.answers]
        if self.inbox.intersection(handled) or len(set(handled)) < len(handled):
            raise AlreadyHandled
        if self.answers.keys() & set(answers) or len(set(answers)) < len(answers):
            raise AlreadyHandled
        for key, saved in writes.saved.items():
            current = self.aggregates.get(key)
            at = (current.version, current.guards) if current else (0, 0)
            if at != (saved.expected_version, saved.expected_guards):
                raise Conflict(f"a document of {saved.collection} was changed in the meantime")
        for key, guard in writes.guarded.items():
            current = self.aggregates.get(key)
            if current is None or current.version != guard.version:
                raise Conflict(f"a document of {guard.collection} was changed in the meantime")
        new = [(row.collection, row.id) for row in writes.inserted]
        kept = set(new).difference(writes.deleted)
        if len(set(new)) < len(new) or any(id in self.rows.get(c, {}) for c, id in kept):
            raise Conflict("a row exists already")

    async def pending(self, shards: Iterable[int], limit: int, without: Collection[str] = ()) -> list[OutboxRow]:
        """Return unpublished events of these shards in commit order, those of the keys `without` left out."""
        wanted = set(shards)
        rows = (row for row in self.outbox.values() if row.key not in without)
        return [row for row in rows if outbox_shard(row.key) in wanted][:limit]

    async def published(self, ids: Iterable[str], fences: Fences) -> None:
        """Forget events that were published. Raises LeaseLost."""
        self._check_fences(fences)
        for id in ids:
            self.outbox.pop(id, None)

    # -- The reading that consumers do --------------------------------------------------------------------------------

    async def find(
        self, collection: str, where: Filter, *, sort: Sort = (), limit: int, only: Sequence[str] = ()
    ) -> list[Document]:
        """Return at most `limit` documents, as `Mongo.find` does. Knows the operators of `chassis.matching`."""
        return _copied(selected(self._candidates(collection, where), where, sort, limit, only))

    def _candidates(self, collection: str, where: Filter) -> Iterable[Document]:
        """Return the documents among which a query looks: one that names an id looks at no other."""
        id = where.get("_id")
        if not isinstance(id, str):
            return self.documents(collection)
        if (collection, id) in self.aggregates:
            return [self._document((collection, id), self.aggregates[collection, id])]
        row = self.rows.get(collection, {}).get(id)
        return [] if row is None else [{**row, "_id": id}]

    async def find_one(self, collection: str, where: Filter, sort: Sort = ()) -> Document | None:
        """Return the first matching document, or None."""
        found = await self.find(collection, where, sort=sort, limit=1)
        return found[0] if found else None

    async def count(self, collection: str, where: Filter, limit: int) -> int:
        """Return how many documents match, counting no further than `limit`."""
        return len(await self.find(collection, where, limit=limit, only=["_id"]))

    def documents(self, collection: str) -> list[Document]:
        """Return what stands in a collection, in the form in which `Mongo` keeps it."""
        aggregates = [self._document(key, s) for key, s in self.aggregates.items() if key[0] == collection]
        return aggregates + [{**document, "_id": id} for id, document in self.rows.get(collection, {}).items()]

    def _document(self, key: tuple[str, str], s: Stored) -> Document:
        return {**self.fields[key], "_id": key[1], "version": s.version, "sequence": s.sequence, "state": s.state}

    # -- Events that the broker refuses -------------------------------------------------------------------------------

    async def set_aside(self, row: OutboxRow, reason: str) -> None:
        """Note that the broker refuses an event."""
        self.refused[row.key] = reason

    async def keys_set_aside(self, shards: Iterable[int], limit: int) -> list[str]:
        """Return the keys of these shards whose events wait behind one that the broker refuses."""
        wanted = set(shards)
        return [key for key in self.refused if outbox_shard(key) in wanted][:limit]

    async def resume(self, keys: Iterable[str]) -> None:
        """Note that the events of these keys no longer wait."""
        for key in keys:
            self.refused.pop(key, None)
