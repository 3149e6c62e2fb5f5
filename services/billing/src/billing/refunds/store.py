"""How refunds are kept."""

from collections.abc import Iterable

from billing.ledger.store import entry_row
from billing.refunds import domain as refund
from billing.refunds.publish import publish
from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Reader, Upsert
from ombud_words import CaseId

_OF_A_CASE = 200


def _rows(event: refund.Event, _state: refund.Refund) -> Iterable[Upsert]:
    match event:
        case refund.RefundCompleted(entry, _):
            yield entry_row(entry)


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
REFUND_INDEXES: Indexes = {REFUNDS.collection: [Index(("case_id", 1))]}


async def refunds_of_case(reader: Reader, case_id: CaseId) -> list[refund.Refund]:
    """Return the refunds of a case (a case has few)."""
    found = await reader.find(REFUNDS.collection, {"case_id": case_id}, limit=_OF_A_CASE)
    return [REFUNDS.decode(d["state"]) for d in found]
