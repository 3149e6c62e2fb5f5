"""How messaging keeps enforcement policies and what is proposed, and the queries behind their screens and dry runs."""

from datetime import datetime

from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from messaging.conversations.store import MESSAGES
from messaging.policies.domain import Book, Candidate, Version
from messaging.policies.publish import publish_policy
from ombud_rulebooks.store import Rulebook

CHANGED = "dry_run_messages"
MOST_LISTED = 10_000
"""Messages that a run lists; it counts all."""

RULEBOOK: Rulebook[Version, Book, Candidate] = Rulebook(
    candidate=Candidate,
    book=Book,
    books="policy_books",
    versions="policy_versions",
    order=Index(("market", 1), ("number", 1), unique=True),
    publish=publish_policy,
)

POLICY_INDEXES: Indexes = {**RULEBOOK.indexes, CHANGED: [Index(("run_id", 1), ("_id", 1))]}


async def page_to_judge(
    store: Reader, market: str, from_at: datetime, to_at: datetime, after: tuple[str, str] | None, limit: int
) -> list[Document]:
    """Return a page of the messages of a window with what was found in them, in order; no texts."""
    where: Document = {"market": market, "submitted_at": {"$gte": from_at, "$lt": to_at}}
    if after is not None:
        at, id = datetime.fromisoformat(after[0]), after[1]
        where["$or"] = [{"submitted_at": {"$gt": at}}, {"submitted_at": at, "_id": {"$gt": id}}]
    only = ["author_role", "audience", "phase", "spotted", "submitted_at"]
    return await store.find(MESSAGES, where, sort=[("submitted_at", 1), ("_id", 1)], limit=limit, only=only)


async def changed_messages(store: Reader, run_id: str, after: str | None, limit: int) -> list[Document]:
    """Return a page of the messages that a run lists, in the order of their ids."""
    where: Document = {"run_id": run_id} | ({"_id": {"$gt": after}} if after is not None else {})
    return await store.find(CHANGED, where, sort=[("_id", 1)], limit=limit)
