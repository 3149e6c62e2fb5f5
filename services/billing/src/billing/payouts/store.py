"""How payouts and holds are kept."""

from billing.payouts.domain import hold, run
from billing.payouts.publish import publish_hold, publish_run
from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Reader
from ombud_words import CaseId


def _origin(state: hold.Hold) -> Origin:
    held = state.held
    return Origin("hold") if held is None else Origin(held.case_id, held.case_id, held.market)


PAYOUTS: Kind[run.Command, run.Event, run.Payout] = Kind(
    collection="payouts",
    state=run.Payout,
    decide=run.decide,
    evolve=run.evolve,
    publish=publish_run,
    origin=lambda s: Origin(s.run.seller_id, None, s.run.market),
)
HOLDS: Kind[hold.Command, hold.Event, hold.Hold] = Kind(
    collection="holds",
    state=hold.Hold,
    decide=hold.decide,
    evolve=hold.evolve,
    publish=publish_hold,
    origin=_origin,
    fields=lambda s: {"case_id": s.held.case_id if s.held is not None else None, "status": s.status.value},
)
PAYOUT_INDEXES: Indexes = {PAYOUTS.collection: [], HOLDS.collection: [Index(("case_id", 1))]}
_OF_A_CASE = 50


async def holds_of_case(reader: Reader, case_id: CaseId) -> list[hold.Hold]:
    """Return what was held in a case (a case has few disputes); a dispute that only waits holds nothing."""
    found = await reader.find(HOLDS.collection, {"case_id": case_id}, limit=_OF_A_CASE)
    return [kept for d in found if (kept := HOLDS.decode(d["state"])).placed_at is not None]
