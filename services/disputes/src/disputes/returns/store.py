"""How returns, their slots and their parcels are kept, and the queries behind their screens."""

from collections.abc import Sequence

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from disputes.returns.domain import (
    Parcel,
    Return,
    commands,
    events,
    evolution,
    item_return,
    parcel,
    parcel_number,
    slot,
)
from disputes.returns.publish import publish
from ombud_words import CaseId, LineId, OrderId, ReturnId, line_key

_OF_A_CASE = 50
_MOST_SHOWN = 200
RETURNS: Kind[commands.Command, events.Event, Return] = Kind(
    collection="returns",
    state=Return,
    decide=item_return.decide,
    evolve=evolution.evolve,
    publish=publish,
    origin=lambda s: Origin(s.request.case_id, s.request.case_id, s.request.market),
    fields=lambda s: {"case_id": s.request.case_id, "requested_at": s.request.at, "status": s.status.value},
)
RETURN_SLOTS: Kind[slot.Command, slot.Event, slot.LineSlot] = Kind(
    collection="return_slots",
    state=slot.LineSlot,
    decide=slot.decide,
    evolve=slot.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("slot"),
)
PARCELS: Kind[parcel.Command, parcel.Event, Parcel] = Kind(
    collection="parcels",
    state=Parcel,
    decide=parcel.decide,
    evolve=parcel.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("parcel"),
    fields=lambda s: {"refused": s.refused, "market": s.market, "at": s.at},
)
RETURN_INDEXES: Indexes = {
    RETURNS.collection: [Index(("case_id", 1), ("requested_at", 1))],
    RETURN_SLOTS.collection: [],
    PARCELS.collection: [Index(("at", -1), partial={"refused": {"$type": "string"}})],
}


def slot_of(order_id: OrderId, line_id: LineId) -> str:
    """Return the id of the slot of an order line."""
    return f"rsl_{line_key(order_id, line_id)}"


def parcel_of(tracking_number: str) -> str:
    """Return the id of a parcel."""
    return f"pcl_{parcel_number(tracking_number)}"


async def returns_of_case(reader: Reader, case_id: CaseId) -> list[Return]:
    """Return the returns of a case, oldest first (a case has few)."""
    found = await reader.find(RETURNS.collection, {"case_id": case_id}, sort=[("requested_at", 1)], limit=_OF_A_CASE)
    return [RETURNS.decode(d["state"]) for d in found]


async def return_ids_of_case(reader: Reader, case_id: CaseId) -> list[ReturnId]:
    """Return the ids of a case's returns."""
    found = await reader.find(RETURNS.collection, {"case_id": case_id}, limit=_OF_A_CASE, only=["_id"])
    return [ReturnId(d["_id"]) for d in found]


async def refused_parcels(reader: Reader, markets: Sequence[str]) -> list[Document]:
    """Return the parcels of these markets, or of nobody knows which, whose last scan led to nothing, newest first; at most 200."""
    where: Document = {"refused": {"$type": "string"}, "market": {"$in": [*markets, None]}}
    return await reader.find(PARCELS.collection, where, sort=[("at", -1)], limit=_MOST_SHOWN)
