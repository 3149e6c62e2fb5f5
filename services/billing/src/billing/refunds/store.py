"""How refunds are kept."""

from collections.abc import Collection, Iterable
from typing import Any

from billing.ledger.store import entry_row
from billing.refunds import domain as refund
from billing.refunds.publish import publish
from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Reader, Upsert
from ombud_words import CaseId, RefundId

_OF_A_CASE = 200
_NEWEST = sorted_by(("state.order.at", -1), instants=["state.order.at"])


def _rows(event: refund.Event, state: refund.Refund) -> Iterable[Upsert]:
    match event:
        case refund.RefundCompleted(entry, _):
            yield entry_row(entry, market=state.order.market, case_id=state.order.case_id)


REFUNDS: Kind[refund.Command, refund.Event, refund.Refund] = Kind(
    collection="refunds",
    state=refund.Refund,
    decide=refund.decide,
    evolve=refund.evolve,
    publish=publish,
    origin=lambda s: Origin(s.order.case_id, s.order.case_id, s.order.market),
    fields=lambda s: {"case_id": s.order.case_id, "status": s.status.value},
    rows=_rows,
)
REFUND_INDEXES: Indexes = {
    REFUNDS.collection: [
        Index(("case_id", 1)),
        Index(("state.order.market", 1), ("state.order.at", -1)),
        Index(("state.order.market", 1), ("status", 1), ("state.order.at", -1)),
    ]
}


async def refunds_of_case(reader: Reader, case_id: CaseId) -> list[refund.Refund]:
    """Return the refunds of a case (a case has few)."""
    found = await reader.find(REFUNDS.collection, {"case_id": case_id}, limit=_OF_A_CASE)
    return [REFUNDS.decode(d["state"]) for d in found]


async def page_of_refunds(
    reader: Reader, where: Document, after: Position, limit: int
) -> tuple[list[refund.Refund], list[Any] | None]:
    """Return refunds, the newest first, after a position, and the position that follows."""
    found, following = await page_of(reader, REFUNDS.collection, where, _NEWEST, after, limit)
    return [REFUNDS.decode(d["state"]) for d in found], following


async def refunds_by_id(reader: Reader, ids: Collection[RefundId]) -> dict[RefundId, refund.Refund]:
    """Return refunds by id."""
    found = await reader.find(REFUNDS.collection, {"_id": {"$in": sorted(ids)}}, limit=max(1, len(ids)))
    return {d["_id"]: REFUNDS.decode(d["state"]) for d in found}
