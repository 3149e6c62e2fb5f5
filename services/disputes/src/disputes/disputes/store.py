"""How disputes keeps disputes and their slots, and the queries behind its screens."""

from enum import StrEnum
from typing import Any

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Reader
from disputes.disputes.domain import UNDECIDED, Dispute, commands, dispute, events, evolution, slot
from disputes.disputes.publish import publish
from ombud_words import ABOUT_SAFETY, BuyerId, CaseId, DisputeId, LineId, OrderId, Role, line_key


class Order(StrEnum):
    """In which order a list of disputes is read."""

    DUE = "due"
    OLDEST = "oldest"
    NEWEST = "newest"


_SORTS = {
    Order.DUE: sorted_by(("due_by", 1), instants=["due_by"]),
    Order.OLDEST: sorted_by(("opened_at", 1), instants=["opened_at"]),
    Order.NEWEST: sorted_by(("opened_at", -1), instants=["opened_at"]),
}
_OF_A_CASE = 50
_OF_A_LINE = 200


def _fields(state: Dispute) -> Document:
    return {
        "case_id": state.opened.case_id,
        "opened_at": state.opened.at,
        "stage": state.stage.value,
        "due_by": state.owed.due_by if state.owed is not None else None,
        "breached": state.breached,
    }


DISPUTES: Kind[commands.Command, events.Event, Dispute] = Kind(
    collection="disputes",
    state=Dispute,
    decide=dispute.decide,
    evolve=evolution.evolve,
    publish=publish,
    origin=lambda s: Origin(s.opened.case_id, s.opened.case_id, s.opened.market),
    fields=_fields,
)
SLOTS: Kind[slot.Command, slot.Event, slot.Slot] = Kind(
    collection="slots",
    state=slot.Slot,
    decide=slot.decide,
    evolve=slot.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("slot"),
)
DISPUTE_INDEXES: Indexes = {
    DISPUTES.collection: [
        Index(("case_id", 1), ("opened_at", 1)),
        Index(("state.opened.order_id", 1), ("state.opened.line_id", 1)),
        Index(("state.opened.market", 1), ("stage", 1), ("due_by", 1)),
        Index(("state.opened.market", 1), ("opened_at", 1)),
        Index(("state.opened.seller_id", 1), ("opened_at", 1)),
        Index(("state.opened.buyer_id", 1), ("opened_at", 1)),
    ],
    SLOTS.collection: [],
}


def slot_of(opening: commands.OpenDispute) -> str:
    """Return the id of the slot of an order line and reason family; a seller's dispute has a slot beside the buyer's."""
    slot = f"slt_{line_key(opening.order_id, opening.line_id)}|{opening.family}"
    return f"{slot}|seller" if opening.opened_by == Role.SELLER else slot


async def disputes_of_case(reader: Reader, case_id: CaseId) -> list[Dispute]:
    """Return the disputes of a case, oldest first (a case has few)."""
    found = await reader.find(DISPUTES.collection, {"case_id": case_id}, sort=[("opened_at", 1)], limit=_OF_A_CASE)
    return [DISPUTES.decode(d["state"]) for d in found]


async def disputes_of_line(reader: Reader, order_id: OrderId, line_id: LineId) -> list[Dispute]:
    """Return the disputes that were ever opened about an order line."""
    where = {"state.opened.order_id": order_id, "state.opened.line_id": line_id}
    found = await reader.find(DISPUTES.collection, where, limit=_OF_A_LINE)
    return [DISPUTES.decode(d["state"]) for d in found]


async def dispute_ids_of_case(reader: Reader, case_id: CaseId) -> list[DisputeId]:
    """Return the ids of a case's disputes."""
    found = await reader.find(DISPUTES.collection, {"case_id": case_id}, limit=_OF_A_CASE, only=["_id"])
    return [DisputeId(d["_id"]) for d in found]


async def live_claims_of(reader: Reader, buyer_id: BuyerId, market: str) -> list[DisputeId]:
    """Return the live disputes that a buyer opened in a market, those about safety left out."""
    where = {
        "state.opened.buyer_id": buyer_id,
        "state.opened.market": market,
        "state.opened.opened_by": str(Role.BUYER),
        "state.opened.reason": {"$nin": sorted(ABOUT_SAFETY)},
        "stage": {"$in": [stage.value for stage in UNDECIDED]},
    }
    found = await reader.find(DISPUTES.collection, where, limit=_OF_A_CASE, only=["_id"])
    return [DisputeId(d["_id"]) for d in found]


async def page_of_disputes(
    reader: Reader, where: Document, order: Order, after: Position, limit: int
) -> tuple[list[Dispute], list[Any] | None]:
    """Return disputes in an order, after a position, and the position that follows. By `due` only those with a due date."""
    asked = {"$and": [where, {"due_by": {"$ne": None}}]} if order == Order.DUE else where
    found, following = await page_of(reader, DISPUTES.collection, asked, _SORTS[order], after, limit)
    return [DISPUTES.decode(d["state"]) for d in found], following
