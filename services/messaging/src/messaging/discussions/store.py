"""How messaging keeps check-ins and read marks, and the queries behind the Discussions list (R-06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES, reader, seen_by
from messaging.discussions.domain import check_in, read_mark
from messaging.discussions.publish import publish_check_in
from ombud_words import CaseId, PersonId, SellerId

OWED = "owed_replies"
CHECK_INS = "seller_check_ins"
READ_MARKS = "read_marks"
MOST_UNREAD = 100
"""Unread messages are counted no further: what is shown then is "99+"."""

DISCUSSION_INDEXES: Indexes = {
    OWED: [
        Index(("seller_id", 1), ("owed", 1), ("due_by", 1), ("_id", 1), ("market", 1)),
    ],
    CHECK_INS: [],
    READ_MARKS: [Index(("person_id", 1))],
}

CHECKS: Kind[check_in.Command, check_in.Event, check_in.CheckIn] = Kind(
    collection=CHECK_INS,
    state=check_in.CheckIn,
    decide=check_in.decide,
    evolve=check_in.evolve,
    publish=publish_check_in,
    origin=lambda s: Origin(key=s.seller_id),
)
MARKS: Kind[read_mark.Command, read_mark.Event, read_mark.ReadMark] = Kind(
    collection=READ_MARKS,
    state=read_mark.ReadMark,
    decide=read_mark.decide,
    evolve=read_mark.evolve,
    publish=lambda _event, _state: None,  # how far somebody has read is nobody else's business
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id),
    fields=lambda s: {"person_id": s.person_id, "position": s.position},
)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Whose list, and in which markets; None means all."""

    seller_id: SellerId
    markets: tuple[str, ...] | None

    @property
    def where(self) -> Document:
        """The filter of the rows that are owed."""
        where: Document = {"seller_id": self.seller_id, "owed": True}
        return where if self.markets is None else {**where, "market": {"$in": list(self.markets)}}


async def page_of_owed(store: Reader, whose: ListOf, after: tuple[datetime, str] | None, limit: int) -> list[Document]:
    """Return the replies that a seller owes after a place in the list, the nearest deadline first."""
    where = whose.where
    if after is not None:
        due_by, id = after
        later = {"$or": [{"due_by": {"$gt": due_by}}, {"_id": {"$gt": id}}]}
        where |= {"due_by": {"$gte": due_by}, **later}
    return await store.find(OWED, where, sort=[("due_by", 1), ("_id", 1)], limit=limit)


async def last_check(unit: Unit, whose: ListOf) -> datetime | None:
    """Return when a seller last opened the list; None before that, and where the seller has no conversation."""
    if whose.markets is not None:
        there = {"seller_id": whose.seller_id, "market": {"$in": list(whose.markets)}}
        if not await unit.count(CONVERSATIONS_COLLECTION, there, limit=1):
            return None
    known = await unit.read(CHECKS, whose.seller_id)
    return known.checked_at if known else None


def mark_id(case_id: CaseId, role: str, person_id: PersonId) -> str:
    """Return the id of a person's read mark in a conversation."""
    return f"{case_id}|{role}|{person_id}"


async def read_positions(store: Reader, cases: Sequence[CaseId], role: str, person_id: PersonId) -> dict[CaseId, int]:
    """Return how far a person has read these cases; those without a mark are missing."""
    ids = {mark_id(case_id, role, person_id): case_id for case_id in cases}
    found = await store.find(READ_MARKS, {"_id": {"$in": list(ids)}}, limit=max(1, len(ids)), only=["position"])
    return {ids[d["_id"]]: d["position"] for d in found}


async def place_read(store: Reader, case_id: CaseId, role: str, person_id: PersonId, position: int) -> int:
    """Return the position of the newest message that a reader sees up to this one; 0 when there is none.

    So a mark tells nothing of messages that its reader cannot see.
    """
    where = {"case_id": case_id, **seen_by(reader(role, person_id)), "position": {"$lte": position}}
    found = await store.find(MESSAGES, where, sort=[("position", -1)], limit=1, only=["position"])
    return found[0]["position"] if found else 0


async def unread_messages(store: Reader, case_id: CaseId, role: str, person_id: PersonId, after: int) -> int:
    """Return how many messages of others a person sees after a position, counting no further than `MOST_UNREAD`."""
    where = {
        "case_id": case_id,
        **seen_by(reader(role, person_id)),
        "position": {"$gt": after},
        "author_role": {"$ne": role},
    }
    return await store.count(MESSAGES, where, limit=MOST_UNREAD)
