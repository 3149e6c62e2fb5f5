"""How billing keeps charges, refunds, exposures and the ledger, and the queries behind its screens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing.domain import charge, exposure, refund
from billing.domain.ledger import Entry, receivable
from billing.publish import publish_charge, publish_refund
from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Upsert

LEDGER = "ledger_entries"
DECISIONS = "decisions"
ORDER_LINES = "order_lines"
CLOSED_CASES = "closed_cases"
TAKEN_BACK = "decisions_taken_back"

INDEXES: Indexes = {
    "charges": [
        Index(("seller_id", 1), ("posted_at", 1)),
        Index(("case_id", 1)),
        Index(("status", 1), ("proposed_at", 1)),
    ],
    "refunds": [Index(("case_id", 1))],
    "exposures": [],
    LEDGER: [Index(("accounts", 1), ("at", 1))],
    DECISIONS: [Index(("case_id", 1))],
    ORDER_LINES: [],
    CLOSED_CASES: [],
    TAKEN_BACK: [],
}


def entry_row(entry: Entry) -> Upsert:
    """Return a ledger entry as it is kept: inserted once, never changed."""
    document: Document = {
        "currency": entry.currency,
        "postings": [{"account": p.account, "amount_minor": p.amount_minor} for p in entry.postings],
        "accounts": [p.account for p in entry.postings],
        "caused_by": entry.caused_by,
        "reverses": entry.reverses,
        "at": entry.at,
    }
    return Upsert(LEDGER, entry.id, document, new=True)


def _charge_rows(event: charge.Event, _state: charge.Charge) -> Iterable[Upsert]:
    match event:
        case charge.ChargePosted(entry, _) | charge.ChargeReversed(entry, _, _, _):
            yield entry_row(entry)


def _refund_rows(event: refund.Event, _state: refund.Refund) -> Iterable[Upsert]:
    match event:
        case refund.RefundCompleted(entry, _):
            yield entry_row(entry)


CHARGES: Kind[charge.Command, charge.Event, charge.Charge] = Kind(
    collection="charges",
    state=charge.Charge,
    decide=charge.decide,
    evolve=charge.evolve,
    publish=publish_charge,
    origin=lambda s: Origin(s.terms.case_id, s.terms.case_id, s.terms.market, s.terms.tariff_version),
    fields=lambda s: {
        "seller_id": s.terms.seller_id,
        "case_id": s.terms.case_id,
        "status": s.status.value,
        "posted_at": s.posted_at,
        "proposed_at": s.proposed_at,
    },
    rows=_charge_rows,
)
REFUNDS: Kind[refund.Command, refund.Event, refund.Refund] = Kind(
    collection="refunds",
    state=refund.Refund,
    decide=refund.decide,
    evolve=refund.evolve,
    publish=publish_refund,
    origin=lambda s: Origin(s.order.case_id, s.order.case_id, s.order.market),
    fields=lambda s: {"case_id": s.order.case_id, "status": s.status.value},
    rows=_refund_rows,
)
EXPOSURES: Kind[exposure.Command, exposure.Event, exposure.Exposure] = Kind(
    collection="exposures",
    state=exposure.Exposure,
    decide=exposure.decide,
    evolve=exposure.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("exposure"),
)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What was paid for an order line."""

    market: str
    seller_id: str
    buyer_id: str
    currency: str
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a charge rests on: the decision of a dispute, or a takeover."""

    id: str
    case_id: str
    market: str
    seller_id: str
    buyer_id: str
    order_id: str
    line_id: str
    appeal_until: datetime


def exposure_id(order_id: str, line_id: str) -> str:
    """Return the id of an order line's exposure."""
    return f"exp_{order_id}|{line_id}"


async def find_paid_line(mongo: Mongo, order_id: str, line_id: str) -> PaidLine | None:
    """Return what was paid for a line, or None."""
    found = await mongo.find_one(ORDER_LINES, {"_id": f"{order_id}|{line_id}"})
    if found is None:
        return None
    found.pop("_id")
    return PaidLine(**found)


async def is_taken_back(mongo: Mongo, decision_id: str) -> bool:
    """True when the decision counts as if it had not been: nothing may rest on it."""
    return await mongo.find_one(TAKEN_BACK, {"_id": decision_id}) is not None


async def find_decision(mongo: Mongo, decision_id: str) -> Decision | None:
    """Return a decision that charges may rest on, or None."""
    found = await mongo.find_one(DECISIONS, {"_id": decision_id})
    return Decision(id=found.pop("_id"), **found) if found else None


async def case_is_closed(mongo: Mongo, case_id: str) -> bool:
    """True while the case is closed."""
    found = await mongo.find_one(CLOSED_CASES, {"_id": case_id})
    return bool(found and found["closed"])


async def find_charge(mongo: Mongo, charge_id: str) -> charge.Charge | None:
    """Return a charge, or None."""
    stored = (await mongo.load("charges", [charge_id])).get(charge_id)
    return CHARGES.decode(stored.state) if stored else None


async def charges_of_case(mongo: Mongo, case_id: str) -> list[charge.Charge]:
    """Return the charges of a case (a case has few)."""
    return [CHARGES.decode(d["state"]) for d in await mongo.find("charges", {"case_id": case_id}, limit=200)]


async def refunds_of_case(mongo: Mongo, case_id: str) -> list[refund.Refund]:
    """Return the refunds of a case (a case has few)."""
    return [REFUNDS.decode(d["state"]) for d in await mongo.find("refunds", {"case_id": case_id}, limit=200)]


async def entries_of_seller(mongo: Mongo, seller_id: str, start: datetime, end: datetime, limit: int) -> list[Document]:
    """Return the ledger entries on a seller's account in a period, oldest first."""
    where = {"accounts": receivable(seller_id), "at": {"$gte": start, "$lt": end}}
    return await mongo.find(LEDGER, where, sort=[("at", 1), ("_id", 1)], limit=limit)


async def charges_by_id(mongo: Mongo, ids: Iterable[str]) -> dict[str, charge.Charge]:
    """Return charges by id."""
    stored = await mongo.load("charges", list(ids))
    return {id: CHARGES.decode(s.state) for id, s in stored.items()}


async def ledger_totals(mongo: Mongo) -> dict[str, int]:
    """Return the sum of all postings per currency: zero in each, or the ledger is broken."""
    pipeline: list[Document] = [
        {"$unwind": "$postings"},
        {"$group": {"_id": "$currency", "total": {"$sum": "$postings.amount_minor"}}},
    ]
    return {row["_id"]: row["total"] for row in await mongo.aggregate(LEDGER, pipeline)}
