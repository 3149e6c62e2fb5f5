"""What live updates read: how far conversations are, which messages of a reader changed, what a seller's list looks like.

All positions are in the database: a replica that starts now resumes a stream that another one served.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.store import Document, Reader
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES, conversation_id, seen_by
from messaging.discussions.store import OWED, ListOf
from ombud_words import BuyerId, CaseId, SellerId

MOST_CHANGES = 100
"""Messages in one update; who is further behind gets several."""
MOST_OWED = 200
"""Rows of a seller's list that are watched; what is due later cannot be what comes next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a conversation is, and whose it is."""

    case_id: CaseId
    changes: int
    standing_change: int
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    """None while the seller is not a party."""


async def standings(store: Reader, cases: Sequence[CaseId]) -> dict[CaseId, Standing]:
    """Return how far conversations are, by case, in one query; those that do not exist are missing."""
    ids = [conversation_id(case_id) for case_id in cases]
    only = ["changes", "standing_change", "market", "buyer_id", "seller_id", "seller_sees"]
    found = await store.find(CONVERSATIONS_COLLECTION, {"_id": {"$in": ids}}, limit=len(ids), only=only)
    return {s.case_id: s for s in map(_standing, found)}


def _standing(d: Document) -> Standing:
    """Conversations written before facts were counted stand at 0."""
    return Standing(
        case_id=CaseId(d["_id"].removeprefix("cnv_")),
        changes=d.get("changes", 0),
        standing_change=d.get("standing_change", 0),
        market=d["market"],
        buyer_id=d["buyer_id"],
        seller_id=d["seller_id"] if d.get("seller_sees", True) else None,
    )


async def changed_messages(store: Reader, case_id: CaseId, reader: str, after: int, up_to: int) -> list[Document]:
    """Return the messages a reader may see that changed after one fact and not after another, in the order of facts.

    A message that changed several times is there once, as it is now.
    """
    where = {"case_id": case_id, **seen_by(reader), "change": {"$gt": after, "$lte": up_to}}
    only = ["position", "status", "change"]
    return await store.find(MESSAGES, where, sort=[("change", 1)], limit=MOST_CHANGES, only=only)


@dataclass(frozen=True, slots=True)
class OwedList:
    """A seller's list in short; `mark` differs when the list does."""

    mark: str
    owed: int
    next_due_by: str | None


async def owed_list(store: Reader, whose: ListOf) -> OwedList:
    """Return a seller's list in short."""
    only = ["due_by", "breached"]
    rows = await store.find(OWED, whose.where, sort=[("due_by", 1), ("_id", 1)], limit=MOST_OWED, only=only)
    lines = [f"{r['_id']} {r['due_by'].isoformat()} {r['breached']}" for r in rows]
    mark = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return OwedList(mark, len(rows), rows[0]["due_by"].isoformat() if rows else None)
