"""How messaging keeps enforcement policies and what is proposed, and the queries behind their screens and dry runs."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Upsert
from messaging.domain import policy_book, policy_candidate
from messaging.domain.policy_book import Book, BookCommand, BookEvent
from messaging.domain.policy_candidate import Candidate, CandidateCommand, CandidateEvent
from messaging.publish import publish_policy
from messaging.store import MESSAGES

VERSIONS = "policy_versions"
CHANGED = "dry_run_messages"
_CANDIDATES = "policy_candidates"
MOST_VERSIONS = 100_000
"""More versions than any number of markets publishes in years."""
MOST_LISTED = 10_000
"""Messages that a run lists; it counts all."""

POLICY_INDEXES: Indexes = {
    VERSIONS: [Index(("market", 1), ("number", 1), unique=True)],
    "policy_books": [],
    _CANDIDATES: [
        Index(("market", 1), ("proposed_at", -1), ("_id", -1)),
        Index(("ordered_at", 1), partial={"awaits_run": True}),
    ],
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

CANDIDATES: Kind[CandidateCommand, CandidateEvent, Candidate] = Kind(
    collection=_CANDIDATES,
    state=Candidate,
    decide=policy_candidate.decide,
    evolve=policy_candidate.evolve,
    publish=lambda _event, _state: None,
    origin=lambda s: Origin(s.market, None, s.market),
    fields=lambda s: {
        "market": s.market,
        "proposed_at": s.proposed_at,
        "awaits_run": s.awaits_run,
        "ordered_at": s.run.ordered_at if s.run else None,
    },
)


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


async def find_candidate(mongo: Mongo, id: str) -> Candidate | None:
    """Return a candidate, or None."""
    stored = (await mongo.load(_CANDIDATES, [id])).get(id)
    return CANDIDATES.decode(stored.state) if stored else None


async def candidates_of(
    mongo: Mongo, markets: Sequence[str], before: tuple[datetime, str] | None, limit: int
) -> list[Candidate]:
    """Return what was proposed in these markets, the newest first; `before` is where the last page ended."""
    where: Document = {"market": {"$in": list(markets)}}
    if before is not None:
        at, id = before
        where["$or"] = [{"proposed_at": {"$lt": at}}, {"proposed_at": at, "_id": {"$lt": id}}]
    found = await mongo.find(_CANDIDATES, where, sort=[("proposed_at", -1), ("_id", -1)], limit=limit)
    return [CANDIDATES.decode(d["state"]) for d in found]


async def next_dry_run(mongo: Mongo) -> Candidate | None:
    """Return the candidate whose run was ordered first and is not done, or None."""
    found = await mongo.find_one(_CANDIDATES, {"awaits_run": True}, sort=[("ordered_at", 1)])
    return CANDIDATES.decode(found["state"]) if found else None


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
