"""How ticketing keeps cases, takeovers, orders and timelines, and the queries behind its screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document
from ombud_contracts.events.marketplace import OrderLine, OrderPlaced
from ticketing.domain import case, slot, takeover
from ticketing.publish import publish_case, publish_takeover

ORDER_LINES = "order_lines"
TIMELINE = "timeline"
DEADLINES = "deadlines"
DELIVERIES = "deliveries"

INDEXES: Indexes = {
    "cases": [
        Index(("number", 1), unique=True),
        Index(("buyer_id", 1), ("opened_at", -1)),
        Index(("seller_id", 1), ("opened_at", -1)),
        Index(("order_id", 1), ("buyer_id", 1), ("opened_at", -1)),
        Index(("market", 1), ("status", 1), ("priority", 1), ("opened_at", 1)),
    ],
    "slots": [],
    "takeovers": [Index(("case_id", 1), ("at", -1))],
    ORDER_LINES: [Index(("order_id", 1))],
    TIMELINE: [Index(("case_id", 1), ("at", 1), ("_id", 1))],
    DEADLINES: [Index(("case_id", 1))],
}


def _case_fields(state: case.Case) -> Document:
    return {
        "number": state.number,
        "buyer_id": state.buyer_id,
        "seller_id": state.seller_id,
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
    fields=_case_fields,
)
TAKEOVERS: Kind[takeover.Command, takeover.Event, takeover.Takeover] = Kind(
    collection="takeovers",
    state=takeover.Takeover,
    decide=takeover.decide,
    evolve=takeover.evolve,
    publish=publish_takeover,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market, policy_version=s.grounds.clause_version),
    fields=lambda s: {"case_id": s.case_id, "status": s.status.value, "at": s.at},
)


SLOTS: Kind[slot.Command, slot.Event, slot.Slot] = Kind(
    collection="slots",
    state=slot.Slot,
    decide=slot.decide,
    evolve=slot.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("slot"),
)


@dataclass(frozen=True, slots=True)
class PurchasedLine:
    """An order line as ticketing needs it."""

    order_id: str
    buyer_id: str
    seller_id: str
    market: str
    placed_at: datetime
    value_minor: int
    promised_by: datetime
    delivered_at: datetime | None
    return_days: int
    warranty_months: int


def line_key(order_id: str, line_id: str) -> str:
    """Return the id of an order line's document."""
    return f"{order_id}|{line_id}"


def slot_id(order_id: str, line_id: str, family: str) -> str:
    """Return the id of the slot of an order line and reason family."""
    return f"slt_{order_id}|{line_id}|{family}"


def round_key(clock_id: str, round_number: int) -> str:
    """Return the id of the document of a clock's round."""
    return f"{clock_id}|{round_number}"


def line_document(order: OrderPlaced, line: OrderLine) -> Document:
    """Return an order line as it is kept."""
    return {
        "order_id": order.order_id,
        "buyer_id": order.buyer_id,
        "seller_id": order.seller_id,
        "market": order.market,
        "placed_at": order.placed_at,
        "value_minor": line.price_minor * line.quantity + line.shipping_minor,
        "promised_by": line.promised_by,
        "return_days": line.terms.return_days,
        "warranty_months": line.terms.warranty_months,
    }


async def find_line(mongo: Mongo, order_id: str, line_id: str) -> PurchasedLine | None:
    """Return an order line, or None."""
    id = line_key(order_id, line_id)
    line = await mongo.find_one(ORDER_LINES, {"_id": id})
    if line is None:
        return None
    delivery = await mongo.find_one(DELIVERIES, {"_id": id})
    line.pop("_id")
    return PurchasedLine(**line, delivered_at=delivery["at"] if delivery else None)


async def count_earlier_contacts(mongo: Mongo, order_id: str, buyer_id: str, since: datetime) -> int:
    """Return how many cases the buyer opened about an order since then (at most 10 are counted)."""
    where = {"order_id": order_id, "buyer_id": buyer_id, "opened_at": {"$gte": since}}
    return await mongo.count("cases", where, limit=10)


async def find_case(mongo: Mongo, case_id: str) -> case.Case | None:
    """Return a case, or None."""
    stored = (await mongo.load("cases", [case_id])).get(case_id)
    return CASES.decode(stored.state) if stored else None


async def find_takeover(mongo: Mongo, takeover_id: str) -> takeover.Takeover | None:
    """Return a takeover, or None."""
    stored = (await mongo.load("takeovers", [takeover_id])).get(takeover_id)
    return TAKEOVERS.decode(stored.state) if stored else None


async def list_takeovers(mongo: Mongo, case_id: str) -> list[takeover.Takeover]:
    """Return the takeovers of a case, newest first (a case has few)."""
    documents = await mongo.find("takeovers", {"case_id": case_id}, sort=[("at", -1)], limit=50)
    return [TAKEOVERS.decode(d["state"]) for d in documents]


async def list_deadlines(mongo: Mongo, case_id: str, role: str) -> list[Document]:
    """Return the last round of every clock of a case that a role may see, as last told."""
    return await mongo.aggregate(
        DEADLINES,
        [
            {"$match": {"case_id": case_id, "visible_to": role}},
            {"$sort": {"round": 1}},
            {"$group": {"_id": "$clock_id", "last": {"$last": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$last"}},
            {"$sort": {"clock_id": 1}},
        ],
        limit=100,
    )


async def find_breach(mongo: Mongo, clock_id: str, round_number: int) -> tuple[bool, Document | None]:
    """Return whether a breach of a clock's round was ever told, and the last: its event's id and its trace, or None when
    it was withdrawn."""
    found = await mongo.find_one(DEADLINES, {"_id": round_key(clock_id, round_number)})
    return (True, found["breach"]) if found and "breach" in found else (False, None)


async def find_timeline_entries(mongo: Mongo, case_id: str, role: str, event_ids: Sequence[str]) -> list[Document]:
    """Return the entries of a case with these event ids that a role may see."""
    where = {"_id": {"$in": list(event_ids)}, "case_id": case_id, "visible_to": role}
    return await mongo.find(TIMELINE, where, limit=len(event_ids))


async def page_of_timeline(
    mongo: Mongo, case_id: str, role: str, after: list[object] | None, limit: int
) -> list[Document]:
    """Return the entries of a case that a role may see, oldest first, after a position."""
    where: Document = {"case_id": case_id, "visible_to": role}
    if after is not None:
        at, id = after
        moment = datetime.fromisoformat(str(at))
        where["$or"] = [{"at": {"$gt": moment}}, {"at": moment, "_id": {"$gt": id}}]
    return await mongo.find(TIMELINE, where, sort=[("at", 1), ("_id", 1)], limit=limit)


async def page_of_cases(mongo: Mongo, where: Document, after: list[object] | None, limit: int) -> list[case.Case]:
    """Return cases, newest first, after a position."""
    if after is not None:
        at, id = after
        moment = datetime.fromisoformat(str(at))
        where = {**where, "$or": [{"opened_at": {"$lt": moment}}, {"opened_at": moment, "_id": {"$lt": id}}]}
    documents = await mongo.find("cases", where, sort=[("opened_at", -1), ("_id", -1)], limit=limit)
    return [CASES.decode(d["state"]) for d in documents]
