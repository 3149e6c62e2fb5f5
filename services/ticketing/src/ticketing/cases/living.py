"""A case and its slot: it is opened in a slot, takes it back when it lives again, and frees it when it is closed."""

from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_words import CaseId, Counterpart, Role
from ticketing.cases.domain.commands import CloseCase, LinkCase, MergeCase, MoveContact, OpenCase, ReopenCase
from ticketing.cases.domain.joining import expect_duplicates
from ticketing.cases.domain.links import LinkKind
from ticketing.cases.domain.refusals import SellerInDispute, StillUnfinished
from ticketing.cases.domain.slot import Free, Occupy, SlotId, TakeBack, listing_slot_id, slot_id
from ticketing.cases.domain.state import Case, Status
from ticketing.cases.store import CASES, SLOTS
from ticketing.unfinished.store import guard_unfinished


async def open_case_in_slot(command: OpenCase, unit: Unit) -> Case:
    """Open a case where none of its line and reason family is live, as a follow-up of the last. Raises CaseAlreadyLive."""
    slot = _slot_of(command)
    if slot is None:
        return await unit.execute(CASES, command.case_id, command)
    taken = await unit.execute(SLOTS, slot, Occupy(command.case_id, command.number, command.at))
    opened = await unit.execute(CASES, command.case_id, command)
    earlier = await _going_on(taken.previous, unit)
    return opened if earlier is None else await link(opened, earlier, LinkKind.FOLLOW_UP, Role.SYSTEM, unit)


async def live_case(slot: SlotId, unit: Unit) -> Case | None:
    """Return the case that is live in a slot, or None."""
    occupied = await unit.read(SLOTS, slot)
    if occupied is None or occupied.case_id is None:
        return None
    return await unit.read(CASES, occupied.case_id)


async def _going_on(case_id: CaseId | None, unit: Unit) -> Case | None:
    """Return a case, or the one that goes on in its place."""
    while case_id is not None:
        case = await unit.read(CASES, case_id)
        if case is None or case.merged_into is None:
            return case
        case_id = case.merged_into.case_id
    return None


async def link(one: Case, other: Case, kind: LinkKind, by: Role, unit: Unit) -> Case:
    """Link two cases to each other; return the first. Raises LinkedToItself or TooManyLinks."""
    to_one = LinkCase(other=one.id, number=one.number, kind=kind, by=by, at=unit.now)
    to_other = replace(to_one, other=other.id, number=other.number)
    await unit.execute(CASES, other.id, to_one)
    return await unit.execute(CASES, one.id, to_other)


async def merge(ends: Case, goes_on: Case, by: Role, unit: Unit) -> Case:
    """End a case in whose place an earlier one goes on, which also has its slot and its numbers. Raises a Refusal."""
    expect_duplicates(ends, goes_on)
    unfinished = await guard_unfinished(ends.id, unit)
    if unfinished.live:
        raise StillUnfinished(unfinished.live)
    merged = await unit.execute(CASES, ends.id, MergeCase(into=goes_on.id, number=goes_on.number, by=by, at=unit.now))
    slot = _slot_of(ends)
    if slot is not None:
        await unit.execute(SLOTS, slot, Free(ends.id, unit.now))
    if slot is not None and slot == _slot_of(goes_on):
        await unit.execute(SLOTS, slot, TakeBack(goes_on.id, goes_on.number, unit.now))
    inherited = [(known.case_id, known.number) for known in ends.links if known.kind == LinkKind.MERGED]
    for case_id, number in ((ends.id, ends.number), *inherited):
        absorbed = LinkCase(other=case_id, number=number, kind=LinkKind.MERGED, by=by, at=unit.now)
        await unit.execute(CASES, goes_on.id, absorbed)
    return merged


async def reopen(case_id: CaseId, cause: str, at: datetime, unit: Unit) -> None:
    """Let a case live again, or the one that goes on in its place. It takes its slot back if no other case was opened
    meanwhile. Raises NotYet."""
    case = await _going_on(case_id, unit)
    if case is None:
        raise NotYet(case_id)
    case_id = case.id
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
    if command.to == Counterpart.PLATFORM and unfinished.with_seller:
        raise SellerInDispute(unfinished.with_seller)
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
    """Return the slot of a buyer's contact about an order line or a listing; other contacts have none."""
    if case.listing_id is not None and case.buyer_id is not None:
        return listing_slot_id(case.listing_id, case.buyer_id, case.reason)
    if case.order_id is None or case.line_id is None or case.approach.asked_by != Role.BUYER:
        return None
    return slot_id(case.order_id, case.line_id, case.family)
