"""A case and its slot: it is opened in a slot, takes it back when it lives again, and frees it when it is closed."""

from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_words import CaseId
from ticketing.cases.domain.case import Case, CloseCase, OpenCase, ReopenCase, Status
from ticketing.cases.domain.slot import Free, Occupy, TakeBack, slot_id
from ticketing.cases.store import CASES, SLOTS


async def open_case_in_slot(command: OpenCase, unit: Unit) -> Case:
    """Open a case where none of its line and reason family is live. Raises CaseAlreadyLive."""
    slot = slot_id(command.order_id, command.line_id, command.family)
    await unit.execute(SLOTS, slot, Occupy(command.case_id, command.number, command.at))
    return await unit.execute(CASES, command.case_id, command)


async def reopen(case_id: CaseId, cause: str, at: datetime, unit: Unit) -> None:
    """Let a case live again. It takes its slot back if no other case was opened meanwhile. Raises NotYet."""
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotYet(case_id)
    if case.status == Status.OPEN:
        return
    await unit.execute(CASES, case_id, ReopenCase(cause, at))
    slot = slot_id(case.order_id, case.line_id, case.family)
    await unit.execute(SLOTS, slot, TakeBack(case_id, case.number, at))


async def close_and_free(case_id: CaseId, at: datetime, unit: Unit) -> Case:
    """Close a case, and free its slot for another. Raises a Refusal."""
    closed = await unit.execute(CASES, case_id, CloseCase(at))
    slot = slot_id(closed.order_id, closed.line_id, closed.family)
    await unit.execute(SLOTS, slot, Free(case_id, at))
    return closed
