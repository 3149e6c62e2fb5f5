"""How ticketing keeps what of a case is unfinished elsewhere: an aggregate for each case, so that closing can guard it."""

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Indexes
from ombud_words import CaseId
from ticketing.queue.store import QUEUE
from ticketing.unfinished.domain import Command, Event, Unfinished, decide, evolve

INDEXES: Indexes = {"unfinished": []}
UNFINISHED: Kind[Command, Event, Unfinished] = Kind(
    collection="unfinished",
    state=Unfinished,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("case"),
)


async def note(case_id: CaseId, command: Command, unit: Unit) -> None:
    """Keep that something of a case began or ended, and show in the queue whether a dispute is live."""
    state = await unit.execute(UNFINISHED, case_id, command)
    unit.upsert(QUEUE, case_id, {"disputed": bool(state.disputes)})


async def guard_unfinished(case_id: CaseId, unit: Unit) -> Unfinished:
    """Return what of a case is unfinished, which must still be so at commit."""
    if await unit.read(UNFINISHED, case_id) is None:
        return Unfinished()
    return await unit.guard(UNFINISHED, case_id)
