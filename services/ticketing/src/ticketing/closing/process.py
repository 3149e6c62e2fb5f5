"""Closing a case: it ends with the takeover under which it was handled."""

from datetime import datetime

from chassis.aggregate import Unit
from ombud_words import CaseId
from ticketing.cases.domain import Case, Status, UnknownCase
from ticketing.cases.living import close_and_free
from ticketing.cases.store import CASES
from ticketing.takeovers.domain import ConcludeTakeover
from ticketing.takeovers.store import TAKEOVERS


async def close(case_id: CaseId, at: datetime, unit: Unit, despite: str | None = None) -> Case:
    """Close a case, and conclude the takeover under which it was handled. Raises a Refusal."""
    before = await unit.read(CASES, case_id)
    if before is None:
        raise UnknownCase("there is no such case")
    closed = await close_and_free(case_id, at, despite, unit)
    if before.takeover_id is not None and closed.status == Status.CLOSED:
        await unit.execute(TAKEOVERS, before.takeover_id, ConcludeTakeover(at))
    return closed
