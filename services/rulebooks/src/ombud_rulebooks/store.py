"""How a service keeps its rulebook: candidates, the book of each market, and a row for each published version."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from chassis.aggregate import Kind, Origin, Unit
from chassis.auth import Action, Actor, NotVisible, authorize_market
from chassis.http import Runtime, read_cursor, write_cursor
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader, Upsert
from ombud_contracts import Event
from ombud_rulebooks.domain import Book, Candidate, Publish, Version, VersionPublished
from ombud_rulebooks.domain import book as books
from ombud_rulebooks.domain import candidate as candidates
from ombud_rulebooks.domain.candidate import CandidateCommand, CandidateEvent

CANDIDATES = "policy_candidates"
MOST_VERSIONS = 100_000
"""More versions than any number of markets publishes in years."""
_CANDIDATE_INDEXES = [
    Index(("market", 1), ("proposed_at", -1), ("_id", -1)),
    Index(("ordered_at", 1), partial={"awaits_run": True}),
]

V = TypeVar("V", bound=Version)
B = TypeVar("B", bound=Book[Any])
C = TypeVar("C", bound=Candidate)


class Rulebook(Generic[V, B, C]):
    """The rules of a service in every market, whose classes say what a version, a book and a candidate hold."""

    def __init__(
        self,
        *,
        candidate: type[C],
        book: type[B],
        books: str,
        versions: str,
        order: Index,
        publish: Callable[[VersionPublished[V], B], Event],
        named: Callable[[V], Mapping[str, str]] = lambda _version: {},
    ) -> None:
        """`books` and `versions` are collections. `order` is the index of versions, whose fields name a version: the
        market, what `named` says of it, and its number. `book` called with a market is its empty book."""
        self._books, self._versions, self._order = books, versions, order
        self._named = named
        self._book = book
        self.candidates: Kind[CandidateCommand, CandidateEvent, C] = _kind_of_candidates(candidate)
        self.books: Kind[Publish[V], VersionPublished[V], B] = self._kind_of_books(publish)

    @property
    def indexes(self) -> Indexes:
        """What the collections need."""
        return {CANDIDATES: _CANDIDATE_INDEXES, self._versions: [self._order], self._books: []}

    async def book_of(self, unit: Unit, market: str) -> B:
        """Return the book of a market, which is empty before the first publication."""
        return await unit.read(self.books, market) or self._empty(market)

    def version_id(self, market: str, version: V) -> str:
        """Return the id of a version's row: the same for the same version, wherever it is read."""
        named = {"market": market, **self._named(version), "number": version.number}
        return "|".join(str(named[field]) for field, _ in self._order.keys)

    async def visible(self, unit: Unit, id: str, actor: Actor, action: Action, markets: Collection[str]) -> C:
        """Return a candidate with which the actor may do this. Raises NotVisible, Forbidden."""
        found = await unit.read(self.candidates, id)
        if found is None:
            raise NotVisible
        authorize_market(actor, action, found.market, markets)
        return found

    async def page(
        self, runtime: Runtime, store: Reader, markets: Sequence[str], cursor: str | None, bound_to: str, limit: int
    ) -> tuple[list[C], str | None]:
        """Return a page of what was proposed in these markets, the newest first, and the next page's cursor."""
        where: Document = {"market": {"$in": list(markets)}}
        if after := read_cursor(runtime, cursor, bound_to):
            at, id = datetime.fromisoformat(after[0]), str(after[1])
            where["$or"] = [{"proposed_at": {"$lt": at}}, {"proposed_at": at, "_id": {"$lt": id}}]
        order = [("proposed_at", -1), ("_id", -1)]
        found = await store.find(CANDIDATES, where, sort=order, limit=limit + 1)
        shown = [self.candidates.decode(d["state"]) for d in found[:limit]]
        if len(found) <= limit:
            return shown, None
        return shown, write_cursor(runtime, [shown[-1].proposed_at.isoformat(), shown[-1].id], bound_to)

    async def next_to_try(self, store: Reader) -> C | None:
        """Return the candidate whose run was ordered first and is not done, or None."""
        found = await store.find_one(CANDIDATES, {"awaits_run": True}, sort=[("ordered_at", 1)])
        return self.candidates.decode(found["state"]) if found else None

    async def all_versions(self, store: Reader) -> list[Document]:
        """Return everything that was ever published, in order."""
        return await store.find(self._versions, {}, sort=self._order.keys, limit=MOST_VERSIONS)

    async def versions_of(self, store: Reader, markets: Sequence[str], limit: int) -> list[Document]:
        """Return what was published in these markets, in order."""
        where = {"market": {"$in": list(markets)}}
        return await store.find(self._versions, where, sort=self._order.keys, limit=limit)

    async def count_versions(self, store: Reader) -> int:
        """Return how many versions there are. None is ever removed, so a change shows here."""
        return await store.count(self._versions, {}, limit=MOST_VERSIONS)

    def _empty(self, market: str) -> B:
        return cast("Callable[[str], B]", self._book)(market)

    def _kind_of_books(
        self, publish: Callable[[VersionPublished[V], B], Event]
    ) -> Kind[Publish[V], VersionPublished[V], B]:
        return Kind(
            collection=self._books,
            state=self._book,
            decide=lambda command, state: books.decide(command, state or self._empty(command.market)),
            evolve=lambda state, event: books.evolve(state or self._empty(event.market), event),
            publish=publish,
            origin=_origin_of_book,
            rows=self._row_of,
        )

    def _row_of(self, event: VersionPublished[V], _book: B) -> Iterable[Upsert]:
        document = {
            "market": event.market,
            **self._named(event.version),
            "number": event.version.number,
            "effective_from": event.version.effective_from,
            "content": event.content,
            "published_at": event.at,
            "published_by": event.by,
            "candidate_id": event.candidate_id,
        }
        yield Upsert(self._versions, self.version_id(event.market, event.version), document, new=True)


def _kind_of_candidates(state: type[C]) -> Kind[CandidateCommand, CandidateEvent, C]:
    return Kind(
        collection=CANDIDATES,
        state=state,
        decide=candidates.decide,
        evolve=cast(Any, candidates.evolve),  # it keeps the class of what was proposed
        publish=lambda _event, _state: None,
        origin=lambda s: Origin(s.market, None, s.market),
        fields=_fields_of_candidate,
    )


def _fields_of_candidate(state: Candidate) -> Document:
    return {
        "market": state.market,
        "proposed_at": state.proposed_at,
        "awaits_run": state.awaits_run,
        "ordered_at": state.run.ordered_at if state.run else None,
    }


def _origin_of_book(book: Book[Any]) -> Origin:
    return Origin(book.market, None, book.market, str(book.versions[-1].number))
