"""How billing keeps what it knows of cases."""

from billing.cases.domain import Command, Event, KnownCase, MeetCase, decide, evolve
from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Indexes
from ombud_words import CaseId

_ROWS = "closed_cases"
"""Where cases stood before each of them had a version; they are read until billing meets the case again."""
KNOWN_CASES: Kind[Command, Event, KnownCase] = Kind(
    collection="known_cases",
    state=KnownCase,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("case"),
)
CASE_INDEXES: Indexes = {KNOWN_CASES.collection: [], _ROWS: []}


async def known_case(unit: Unit, case_id: CaseId) -> KnownCase:
    """Return what is known of a case: it must still be so at commit. A case that nobody told of is open."""
    if await unit.read(KNOWN_CASES, case_id) is not None:
        return await unit.guard(KNOWN_CASES, case_id)
    row = await unit.find_one(_ROWS, {"_id": case_id})
    return await unit.execute(KNOWN_CASES, case_id, MeetCase(bool(row and row["closed"]), unit.now))
