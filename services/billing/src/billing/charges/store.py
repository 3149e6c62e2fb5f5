"""How charges are kept, and the queries behind their screens."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from billing.charges import domain as charge
from billing.charges.publish import publish
from billing.ledger.store import entry_row
from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Reader, Upsert
from ombud_words import CaseId, ChargeId, Currency, Market, SellerId

_OF_A_CASE = 200
_NEWEST = sorted_by(("proposed_at", -1), instants=["proposed_at"])


def _rows(event: charge.Event, state: charge.Charge) -> Iterable[Upsert]:
    match event:
        case (
            charge.ChargePosted(entry=entry)
            | charge.ChargeReversed(entry=entry)
            | charge.ChargeSettled(entry=entry)
            | charge.ChargeRepaid(entry=entry)
        ):
            yield entry_row(entry, market=state.terms.market, case_id=state.terms.case_id)


CHARGES: Kind[charge.Command, charge.Event, charge.Charge] = Kind(
    collection="charges",
    state=charge.Charge,
    decide=charge.decide,
    evolve=charge.evolve,
    publish=publish,
    origin=lambda s: Origin(s.terms.case_id, s.terms.case_id, s.terms.market, s.terms.tariff_version),
    fields=lambda s: {
        "seller_id": s.terms.seller_id,
        "case_id": s.terms.case_id,
        "status": s.status.value,
        "posted_at": s.posted_at,
        "proposed_at": s.proposed_at,
        "repayable_at": s.repayable_at,
    },
    rows=_rows,
)
CHARGE_INDEXES: Indexes = {
    CHARGES.collection: [
        Index(("seller_id", 1), ("posted_at", 1)),
        Index(("case_id", 1)),
        Index(("status", 1), ("proposed_at", 1)),
        Index(("state.terms.market", 1), ("proposed_at", -1)),
        Index(("state.terms.market", 1), ("status", 1), ("proposed_at", -1)),
        Index(("seller_id", 1), ("proposed_at", -1)),
        Index(("seller_id", 1), ("status", 1), ("posted_at", 1)),
    ],
}


async def charges_of_case(reader: Reader, case_id: CaseId) -> list[charge.Charge]:
    """Return the charges of a case (a case has few)."""
    found = await reader.find(CHARGES.collection, {"case_id": case_id}, limit=_OF_A_CASE)
    return [CHARGES.decode(d["state"]) for d in found]


async def page_of_charges(
    reader: Reader, where: Document, after: Position, limit: int
) -> tuple[list[charge.Charge], list[Any] | None]:
    """Return charges, the newest first, after a position, and the position that follows."""
    found, following = await page_of(reader, CHARGES.collection, where, _NEWEST, after, limit)
    return [CHARGES.decode(d["state"]) for d in found], following


async def charges_for_payout(
    reader: Reader, seller_id: SellerId, market: Market, currency: Currency, at: datetime, limit: int
) -> list[charge.Charge]:
    """Return charges of a seller that a payout at an instant takes, or pays back, in any order."""
    stands = {"status": {"$in": [charge.Status.POSTED.value, charge.Status.UPHELD.value]}, "posted_at": {"$lte": at}}
    owed_back = {"status": charge.Status.REVERSED.value, "repayable_at": {"$lte": at}}
    where: Document = {
        "seller_id": seller_id,
        "state.terms.market": market,
        "state.terms.currency": currency,
        "$or": [stands, owed_back],
    }
    found = await reader.find(CHARGES.collection, where, limit=limit)
    return [CHARGES.decode(d["state"]) for d in found]


_ON_A_STATEMENT = [
    f"state.{name}"
    for name in ("terms", "status", "proposed_at", "contest_until", "appeal_until", "settled_by", "repaid_by")
]


async def charges_of_statement(reader: Reader, ids: Collection[ChargeId]) -> dict[ChargeId, charge.Charge]:
    """Return charges by id, as far as a statement shows them: without their entries, which it reads from the ledger."""
    found = await reader.find(
        CHARGES.collection, {"_id": {"$in": sorted(ids)}}, limit=max(1, len(ids)), only=_ON_A_STATEMENT
    )
    return {d["_id"]: CHARGES.decode(d["state"]) for d in found}


async def charges_by_id(reader: Reader, ids: Collection[ChargeId]) -> dict[ChargeId, charge.Charge]:
    """Return charges by id."""
    found = await reader.find(CHARGES.collection, {"_id": {"$in": sorted(ids)}}, limit=max(1, len(ids)))
    return {d["_id"]: CHARGES.decode(d["state"]) for d in found}
