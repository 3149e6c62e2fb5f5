"""How ticketing keeps cases, and the queries behind their screens."""

from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_words import BuyerId, OrderId
from ticketing.cases.domain import case, slot
from ticketing.cases.publish import publish_case

INDEXES: Indexes = {
    "cases": [
        Index(("number", 1), unique=True),
        Index(("buyer_id", 1), ("opened_at", -1)),
        Index(("seller_id", 1), ("opened_at", -1)),
        Index(("order_id", 1), ("buyer_id", 1), ("opened_at", -1)),
        Index(("market", 1), ("status", 1), ("priority", 1), ("opened_at", 1)),
    ],
    "slots": [],
}


def _fields(state: case.Case) -> Document:
    buyer_id, seller_id = state.parties
    return {
        "number": state.number,
        "buyer_id": buyer_id,
        "seller_id": seller_id,
        "counterpart": state.approach.counterpart.value,
        "order_id": state.order_id,
        "market": state.market,
        "status": state.status.value,
        "priority": state.priority,
        "opened_at": state.opened_at,
    }


CASES: Kind[case.Command, case.Event, case.Case] = Kind(
    collection="cases",
    state=case.Case,
    decide=case.decide,
    evolve=case.evolve,
    publish=publish_case,
    origin=lambda s: Origin(key=s.id, case_id=s.id, market=s.market),
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


async def count_earlier_contacts(reader: Reader, order_id: OrderId, buyer_id: BuyerId, since: datetime) -> int:
    """Return how many cases the buyer opened about an order since then (at most 10 are counted)."""
    where = {"order_id": order_id, "buyer_id": buyer_id, "opened_at": {"$gte": since}}
    return await reader.count("cases", where, limit=10)


async def page_of_cases(reader: Reader, where: Document, after: list[object] | None, limit: int) -> list[case.Case]:
    """Return cases, newest first, after a position."""
    if after is not None:
        at, id = after
        moment = datetime.fromisoformat(str(at))
        where = {**where, "$or": [{"opened_at": {"$lt": moment}}, {"opened_at": moment, "_id": {"$lt": id}}]}
    documents = await reader.find("cases", where, sort=[("opened_at", -1), ("_id", -1)], limit=limit)
    return [CASES.decode(d["state"]) for d in documents]
