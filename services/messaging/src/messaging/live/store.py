"""What live updates read: how far conversations are, which messages of a reader changed, what a seller's list looks like.

All positions are in the database: a replica that starts now resumes a stream that another one served.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.aggregate import Unit
from chassis.live import Glance, glance
from chassis.store import Document, Reader
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES, conversation_id, seen_by
from messaging.discussions.store import OWED, ListOf
from messaging.moderation.store import assigned_at, page_of_held
from ombud_words import BuyerId, CaseId, PersonId, SellerId

MOST_CHANGES = 100
"""Messages in one update; who is further behind gets several."""
MOST_OWED = 200
"""Rows of a seller's list that are watched; what is due later cannot be what comes next."""

MOST_HELD = 100
"""Messages of the moderators' queue that are watched, those first that are due first."""


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


async def owed_list(unit: Unit, whose: ListOf) -> Glance:
    """Return a seller's list in short."""
    only = ["due_by", "breached"]
    rows = await unit.find(OWED, whose.where, sort=[("due_by", 1), ("_id", 1)], limit=MOST_OWED, only=only)
    lines = [f"{r['_id']} {r['due_by'].isoformat()} {r['breached']}" for r in rows]
    return glance(lines, {"owed": len(rows), "next_due_by": _first_due(rows)})


@dataclass(frozen=True, slots=True)
class HeldFor:
    """Which messages that wait a moderator follows: those of these markets, and of one person where it says so."""

    markets: tuple[str, ...]
    assigned_to: PersonId | None


async def held_queue(unit: Unit, whose: HeldFor) -> Glance:
    """Return the first page of the queue in short."""
    narrowed = {} if whose.assigned_to is None else assigned_at(whose.assigned_to, unit.now)
    rows = await page_of_held(unit, whose.markets, narrowed, None, MOST_HELD)
    lines = [f"{r['_id']} {r['due_by']} {r.get('assigned_to')} {r.get('assigned_until')} {r['change']}" for r in rows]
    return glance(lines, {"messages": len(rows), "next_due_by": _first_due(rows)})


def _first_due(rows: Sequence[Document]) -> str | None:
    return rows[0]["due_by"].isoformat() if rows else None
