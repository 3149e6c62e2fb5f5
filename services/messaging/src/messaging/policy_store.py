"""How messaging keeps enforcement policies and what is proposed, and the queries behind their screens and dry runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Upsert
from messaging.domain import policy_book
from messaging.domain.policy_book import Book, BookCommand, BookEvent
from messaging.domain.policy_trial import Change
from messaging.publish import publish_policy
from messaging.store import MESSAGES
from ombud_rulebooks.domain import candidate
from ombud_rulebooks.store import CANDIDATE_INDEXES, Candidates

VERSIONS = "policy_versions"
CHANGED = "dry_run_messages"
MOST_VERSIONS = 100_000
"""More versions than any number of markets publishes in years."""
MOST_LISTED = 10_000
"""Messages that a run lists; it counts all."""

POLICY_INDEXES: Indexes = {
    **CANDIDATE_INDEXES,
    VERSIONS: [Index(("market", 1), ("number", 1), unique=True)],
    "policy_books": [],
    CHANGED: [Index(("run_id", 1), ("_id", 1))],
}


def _row_of(event: BookEvent, state: Book) -> list[Upsert]:
    p = event.published
    document = {
        "market": p.market,
        "number": state.revision,
        "effective_from": p.effective_from,
        "content": p.content,
        "published_at": event.at,
        "published_by": p.by,
        "candidate_id": p.candidate_id,
    }
    return [Upsert(VERSIONS, f"{p.market}|{state.revision}", document, new=True)]


BOOKS: Kind[BookCommand, BookEvent, Book] = Kind(
    collection="policy_books",
    state=Book,
    decide=policy_book.decide,
    evolve=policy_book.evolve,
    publish=publish_policy,
    origin=lambda s: Origin(s.market, None, s.market, str(s.revision)),
    rows=_row_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(candidate.DryRun):
    """Messages of a window, judged again by what was found in them."""

    from_at: datetime
    to_at: datetime
    cursor: tuple[str, str] | None = None
    """The last message's instant (ISO) and id."""
    messages: int = 0
    changed: int = 0
    """Messages that something else would become of."""
    changes: tuple[Change, ...] = ()

    @property
    def judged_span(self) -> tuple[datetime, datetime]:
        """From when, and to when, messages were sent."""
        return self.from_at, self.to_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(candidate.Candidate):
    """Rows that were proposed as the next version of a market's own."""

    number: int
    """The version that it would be."""
    effective_from: datetime
    run: DryRun | None = None

    @property
    def in_force_from(self) -> datetime:
        """Messages that are sent from then on would be judged by it."""
        return self.effective_from


CANDIDATES = Candidates(Candidate)


async def all_versions(mongo: Mongo) -> list[Document]:
    """Return everything that was ever published, in order."""
    return await mongo.find(VERSIONS, {}, sort=[("market", 1), ("number", 1)], limit=MOST_VERSIONS)


async def versions_of(mongo: Mongo, markets: Sequence[str], limit: int) -> list[Document]:
    """Return what was published in these markets, by market and number."""
    where = {"market": {"$in": list(markets)}}
    return await mongo.find(VERSIONS, where, sort=[("market", 1), ("number", 1)], limit=limit)


async def count_versions(mongo: Mongo) -> int:
    """Return how many versions there are. None is ever removed, so a change shows here."""
    return await mongo.count(VERSIONS, {}, limit=MOST_VERSIONS)


async def page_to_judge(
    mongo: Mongo, market: str, from_at: datetime, to_at: datetime, after: tuple[str, str] | None, limit: int
) -> list[Document]:
    """Return a page of the messages of a window with what was found in them, in order; no texts."""
    where: Document = {"market": market, "submitted_at": {"$gte": from_at, "$lt": to_at}}
    if after is not None:
        at, id = datetime.fromisoformat(after[0]), after[1]
        where["$or"] = [{"submitted_at": {"$gt": at}}, {"submitted_at": at, "_id": {"$gt": id}}]
    only = ["author_role", "audience", "phase", "spotted", "submitted_at"]
    return await mongo.find(MESSAGES, where, sort=[("submitted_at", 1), ("_id", 1)], limit=limit, only=only)


async def changed_messages(mongo: Mongo, run_id: str, after: str | None, limit: int) -> list[Document]:
    """Return a page of the messages that a run lists, in the order of their ids."""
    where: Document = {"run_id": run_id} | ({"_id": {"$gt": after}} if after is not None else {})
    return await mongo.find(CHANGED, where, sort=[("_id", 1)], limit=limit)
