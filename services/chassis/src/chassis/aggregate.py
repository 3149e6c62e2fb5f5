"""Aggregates: load, decide, evolve, collect. One `Session` gathers the writes of one transaction, however many
aggregates and events it spans; a `Unit` is its view for one cause. Nothing is written before `Session.commit`.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar, cast

from pydantic import TypeAdapter

from chassis.failpoints import failpoint
from chassis.matching import selected
from chassis.store import Answer, Document, Filter, Guard, OutboxRow, Saved, Sort, Store, Stored, Upsert, Writes
from ombud_contracts import Event as ContractEvent
from ombud_contracts import Metadata, to_headers
from ombud_words import CaseId


class DomainEvent(Protocol):
    """A past fact, with the instant at which it happened."""

    @property
    def at(self) -> datetime: ...


C = TypeVar("C")
E = TypeVar("E", bound=DomainEvent)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose events these are: the partition key, the case and the market they belong to."""

    key: str
    case_id: CaseId | None = None
    market: str | None = None
    policy_version: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is done: a request, or an event that was consumed."""

    id: str
    correlation_id: str
    actor_kind: str = "system"
    actor_id: str = "system"
    traceparent: str | None = None


@dataclass(frozen=True)
class Kind(Generic[C, E, S]):
    """How one kind of aggregate is decided, kept and told of."""

    collection: str
    state: type[S]
    decide: Callable[[C, S | None], list[E]]
    evolve: Callable[[S | None, E], S]
    publish: Callable[[E, S], ContractEvent | None]
    """The contract event of a fact, given the state after it; None when the fact is private."""
    origin: Callable[[S], Origin]
    fields: Callable[[S], Document] = lambda _state: {}
    """Top-level fields for indexes and queries."""
    rows: Callable[[E, S], Iterable[Upsert]] = lambda _event, _state: ()
    """Documents that grow beside the aggregate, written with the event."""

    @cached_property
    def _adapter(self) -> TypeAdapter[S]:
        return TypeAdapter(self.state)

    def encode(self, state: S) -> Document:
        """Return the state as a document."""
        return cast(Document, self._adapter.serializer.to_python(state))

    def decode(self, document: Document) -> S:
        """Return the state of a document."""
        return cast(S, self._adapter.validator.validate_python(document))


@dataclass(slots=True)
class _Loaded:
    state: Any
    version: int
    sequence: int
    guards: int = 0


class NothingToGuard(Exception):
    """An aggregate that does not exist cannot be guarded: a decision rests on something that is there."""


@dataclass(frozen=True, slots=True)
class Among:
    """The documents of one owner that are of some kinds. Named before a batch is handled, those of all its records are read in
    one query."""

    collection: str
    owner: tuple[str, str]
    """The field that names the owner, and what it must be."""
    kinds: tuple[str, tuple[str, ...]]
    """The field that names the kind, and which are wanted."""
    only: tuple[str, ...]
    """The fields that are needed beside these two."""
    limit: int

    def where(self, owners: Sequence[str]) -> Filter:
        """Return the filter by which those of several owners are found."""
        return {self.owner[0]: {"$in": list(owners)}, self.kinds[0]: {"$in": list(self.kinds[1])}}

    @property
    def fields(self) -> tuple[str, ...]:
        """What is read of each document."""
        return (self.owner[0], self.kinds[0], *self.only)


@dataclass(slots=True)
class Session:
    """The writes of one transaction and the aggregates it has read."""

    store: Store
    now: Callable[[], datetime]
    commits: Callable[[Writes], Awaitable[None]] | None = None
    """Commits in place of the store, such as `GroupCommit.commit`."""
    writes: Writes = field(default_factory=Writes)
    _loaded: dict[tuple[str, str], _Loaded] = field(default_factory=dict)
    _among: dict[Among, list[Document]] = field(default_factory=dict)

    def unit(self, cause: Cause) -> "Unit":
        """Return the view of this session for one cause."""
        return Unit(self, cause)

    async def preload(self, kind: Kind[Any, Any, Any], ids: Iterable[str]) -> None:
        """Read several aggregates in one query."""
        missing = [i for i in dict.fromkeys(ids) if (kind.collection, i) not in self._loaded]
        if not missing:
            return
        stored = await self.store.load(kind.collection, missing)
        for id in missing:
            self._loaded[kind.collection, id] = self._decoded(kind, stored.get(id))

    async def preload_among(self, wanted: Iterable[Among]) -> None:
        """Read what several owners have of the same kinds in one query."""
        alike: dict[Among, list[Among]] = {}
        for among in dict.fromkeys(wanted):
            if among not in self._among:
                alike.setdefault(replace(among, owner=(among.owner[0], "")), []).append(among)
        for like, several in alike.items():
            where, limit = like.where([among.owner[1] for among in several]), like.limit * len(several)
            found = await self.store.find(like.collection, where, limit=limit, only=like.fields)
            if len(found) == limit and len(several) > 1:
                # One of them may have so many that those of others are left out.
                for among in several:
                    await self.preload_among([among])
                continue
            of_owner: dict[str, list[Document]] = {}
            for document in found:
                of_owner.setdefault(document[like.owner[0]], []).append(document)
            for among in several:
                self._among[among] = of_owner.get(among.owner[1], [])

    async def among(self, among: Among) -> list[Document]:
        """Return such documents as they will stand once this transaction is committed."""
        await self.preload_among([among])
        others = self._among[among]
        if others:
            changed = self.writes.ids_in(among.collection)
            others = [document for document in others if document["_id"] not in changed]
        after = await self._as_written(among.collection, among.owner)
        return selected([*others, *after], among.where([among.owner[1]]), (), among.limit, among.fields)

    @staticmethod
    def _decoded(kind: Kind[Any, Any, Any], stored: Stored | None) -> _Loaded:
        if stored is None:
            return _Loaded(None, 0, 0)
        return _Loaded(kind.decode(stored.state), stored.version, stored.sequence, stored.guards)

    async def loaded(self, kind: Kind[Any, Any, Any], id: str) -> _Loaded:
        """Return the aggregate as this session sees it, its own undecided writes included."""
        if (kind.collection, id) not in self._loaded:
            await self.preload(kind, [id])
        return self._loaded[kind.collection, id]

    async def find(self, collection: str, where: Filter, sort: Sort, limit: int, only: Sequence[str]) -> list[Document]:
        """Return what a query will find once this transaction is committed."""
        changed = self.writes.ids_in(collection)
        if not changed:
            return await self.store.find(collection, where, sort=sort, limit=limit, only=only)
        found = await self._found_beside(changed, collection, where, sort, limit)
        return selected([*found, *await self._as_written(collection)], where, sort, limit, only)

    async def _as_written(self, collection: str, owner: tuple[str, str] | None = None) -> Iterable[Document]:
        added_to = sorted(self.writes.ids_added_to(collection))
        before = await self.store.find(collection, {"_id": {"$in": added_to}}, limit=len(added_to)) if added_to else []
        return self.writes.applied_to(collection, {d["_id"]: d for d in before}, owner)

    async def _found_beside(
        self, changed: set[str], collection: str, where: Filter, sort: Sort, limit: int
    ) -> list[Document]:
        """Return what the store finds apart from what is written here. A batch writes hundreds, of which a query finds few:
        they are named to the database only if leaving them out of its answer leaves too little."""
        found = await self.store.find(collection, where, sort=sort, limit=2 * limit)
        others = [document for document in found if document["_id"] not in changed]
        if len(others) >= limit or len(found) < 2 * limit:
            return others
        without: Filter = {"$and": [where, {"_id": {"$nin": sorted(changed)}}]}
        return await self.store.find(collection, without, sort=sort, limit=limit)

    async def commit(self) -> None:
        """Write everything in one transaction. Raises Conflict, AlreadyHandled or Unavailable."""
        if self.writes.empty:
            return
        failpoint("commit.before")
        await (self.commits or self.store.commit)(self.writes)
        failpoint("commit.after")


@dataclass(frozen=True, slots=True)
class Unit:
    """What one cause does: commands on aggregates, rows beside them."""

    session: Session
    cause: Cause

    @property
    def now(self) -> datetime:
        """The time of this transaction: the same instant whenever it is asked for."""
        return self.session.now()

    def apart(self) -> "Unit":
        """Return a unit of the same instant and cause that is never committed: for what a command would do."""
        return Session(self.session.store, self.session.now).unit(self.cause)

    async def read(self, kind: Kind[C, E, S], id: str) -> S | None:
        """Return the state of an aggregate as this transaction sees it, or None."""
        return cast("S | None", (await self.session.loaded(kind, id)).state)

    async def guard(self, kind: Kind[C, E, S], id: str) -> S:
        """Return the state of an aggregate that a decision rests on: it must still hold at commit (S-9).

        Whoever writes the aggregate meanwhile makes this transaction conflict, and this one makes theirs: both decide
        again, each seeing what the other did. Guards of several transactions do not disturb each other.
        Raises NothingToGuard.
        """
        loaded = await self.session.loaded(kind, id)
        if loaded.version == 0:
            raise NothingToGuard(kind.collection)
        key = (kind.collection, id)
        if key not in self.session.writes.saved:
            self.session.writes.guarded[key] = Guard(*key, loaded.version)
        return cast(S, loaded.state)

    async def version(self, kind: Kind[C, E, S], id: str) -> int:
        """Return how often an aggregate will have been written once this transaction is committed; 0: it is not there."""
        return (await self.session.loaded(kind, id)).version

    async def find(
        self, collection: str, where: Filter, *, sort: Sort = (), limit: int, only: Sequence[str] = ()
    ) -> list[Document]:
        """Return at most `limit` documents as they will stand once this transaction is committed."""
        return await self.session.find(collection, where, sort, limit, only)

    async def among(self, among: Among) -> list[Document]:
        """Return the documents of one owner as they will stand once this transaction is committed."""
        return await self.session.among(among)

    async def find_one(self, collection: str, where: Filter, sort: Sort = ()) -> Document | None:
        """Return the first matching document, or None."""
        found = await self.find(collection, where, sort=sort, limit=1)
        return found[0] if found else None

    async def count(self, collection: str, where: Filter, limit: int) -> int:
        """Return how many documents match, counting no further than `limit`."""
        return len(await self.find(collection, where, limit=limit, only=["_id"]))

    async def newest_event(self, kind: Kind[Any, Any, Any], id: str) -> str:
        """Return the id of the last event that was told of an aggregate, those of this session included."""
        return f"{id}:{(await self.session.loaded(kind, id)).sequence}"

    async def execute(self, kind: Kind[C, E, S], id: str, command: C) -> S:
        """Decide a command and collect its effect. Refusals of the domain pass through; nothing is written yet."""
        loaded = await self.session.loaded(kind, id)
        events = kind.decide(command, loaded.state)
        if not events:
            return cast(S, loaded.state)
        return self._collect(kind, id, loaded, events)

    def _collect(self, kind: Kind[C, E, S], id: str, loaded: _Loaded, events: list[E]) -> S:
        known = self.session.writes.saved.get((kind.collection, id))
        expected = known.expected_version if known else loaded.version
        for event in events:
            loaded.state = kind.evolve(loaded.state, event)
            self._tell(kind, id, loaded, event)
            for row in kind.rows(event, loaded.state):
                write = self.insert if row.new else self.upsert
                write(row.collection, row.id, row.document)
        loaded.version = expected + 1
        stored = Stored(loaded.version, loaded.sequence, kind.encode(loaded.state))
        saved = Saved(kind.collection, id, expected, stored, kind.fields(loaded.state), loaded.guards)
        self.session.writes.saved[kind.collection, id] = saved
        self.session.writes.guarded.pop((kind.collection, id), None)  # what is written is compared anyway
        return cast(S, loaded.state)

    def _tell(self, kind: Kind[C, E, S], id: str, loaded: _Loaded, event: E) -> None:
        contract = kind.publish(event, loaded.state)
        if contract is None:
            return
        loaded.sequence += 1
        origin = kind.origin(loaded.state)
        metadata = Metadata(
            id=f"{id}:{loaded.sequence}",
            subject=id,
            sequence=loaded.sequence,
            key=origin.key,
            occurred_at=event.at,
            recorded_at=self.session.now(),
            actor_kind=self.cause.actor_kind,
            actor_id=self.cause.actor_id,
            market=origin.market,
            case_id=origin.case_id,
            correlation_id=self.cause.correlation_id,
            causation_id=self.cause.id,
            policy_version=origin.policy_version,
            traceparent=self.cause.traceparent,
        )
        headers = tuple(to_headers(contract, metadata))
        row = OutboxRow(metadata.id, contract.topic, origin.key, contract.to_bytes(), headers)
        self.session.writes.outbox.append(row)

    def insert(self, collection: str, id: str, document: Document) -> None:
        """Add a row whose id must be new."""
        self.session.writes.inserted.append(Upsert(collection, id, document))

    def upsert(self, collection: str, id: str, document: Document) -> None:
        """Set these fields of a row, which is made if it does not exist; its other fields stay."""
        known = self.session.writes.upserted.get((collection, id))
        merged = {**known.document, **document} if known else document
        self.session.writes.upserted[collection, id] = Upsert(collection, id, merged)

    def delete(self, collection: str, id: str) -> None:
        """Remove a row, and forget what this session wanted to write of it before."""
        writes = self.session.writes
        writes.upserted.pop((collection, id), None)
        writes.inserted[:] = [row for row in writes.inserted if (row.collection, row.id) != (collection, id)]
        writes.deleted.append((collection, id))

    def handled(self, inbox_id: str) -> None:
        """Record that a consumed event takes effect with this transaction."""
        self.session.writes.handled.append(inbox_id)

    def answered(self, answer: Answer) -> None:
        """Record the response of a request with the transaction."""
        self.session.writes.answers.append(answer)
