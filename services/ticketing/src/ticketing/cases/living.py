"""A case and its slot: it is opened in a slot, takes it back when it lives again, and frees it when it is closed."""

from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_words import CaseId, Counterpart, Role
from ticketing.cases.domain.commands import CloseCase, MoveContact, OpenCase, ReopenCase
from ticketing.cases.domain.refusals import SellerInDispute, StillUnfinished
from ticketing.cases.domain.slot import Free, Occupy, SlotId, TakeBack, slot_id
from ticketing.cases.domain.state import Case, Status
from ticketing.cases.store import CASES, SLOTS
from ticketing.unfinished.store import guard_unfinished


async def open_case_in_slot(command: OpenCase, unit: Unit) -> Case:
    """Open a case where none of its line and reason family is live. Raises CaseAlreadyLive."""
    slot = _slot_of(command)
    if slot is not None:
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
    slot = _slot_of(case)
    if slot is not None:
        await unit.execute(SLOTS, slot, TakeBack(case_id, case.number, at))


async def expect_finished(case_id: CaseId, despite: str | None, unit: Unit) -> None:
    """Refuse to end a case over a live dispute or refund, unless there is a reason. Raises StillUnfinished."""
    unfinished = await guard_unfinished(case_id, unit)
    if unfinished.live and despite is None:
        raise StillUnfinished(unfinished.live)


async def move(case_id: CaseId, command: MoveContact, unit: Unit) -> Case:
    """Move a contact to the other counterpart. Raises SellerInDispute, and what the case refuses."""
    unfinished = await guard_unfinished(case_id, unit)
    if command.to == Counterpart.PLATFORM and unfinished.disputes:
        raise SellerInDispute(unfinished.disputes)
    return await unit.execute(CASES, case_id, command)


async def close_and_free(case_id: CaseId, at: datetime, despite: str | None, unit: Unit) -> Case:
    """Close a case, and free its slot for another. Raises a Refusal."""
    await expect_finished(case_id, despite, unit)
    closed = await unit.execute(CASES, case_id, CloseCase(at, despite))
    slot = _slot_of(closed)
    if slot is not None:
        await unit.execute(SLOTS, slot, Free(case_id, at))
    return closed


def _slot_of(case: OpenCase | Case) -> SlotId | None:
    """Return the slot of a buyer's contact about an order line; other contacts have none."""
    if case.order_id is None or case.line_id is None or case.approach.asked_by != Role.BUYER:
        return None
    return slot_id(case.order_id, case.line_id, case.family)
