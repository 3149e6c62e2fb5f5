"""A return's course over its neighbours: a request occupies its line, a parcel is bound to it, an outcome orders its refund from
what is left of the line, an end frees the line."""

from datetime import datetime

from chassis.aggregate import Unit
from disputes.cases.domain import NoteJudge, OrderRefund, RefundFact, taken_from_line
from disputes.cases.store import KNOWN_CASES, LINES, known_case
from disputes.disputes.course import bought_line
from disputes.returns.domain import (
    BindParcel,
    Command,
    Free,
    IssueLabel,
    Judgement,
    KeepScan,
    KeepWindow,
    NoteScan,
    Occupy,
    ReportShipped,
    RequestReturn,
    Return,
    Scan,
    Status,
    WithdrawLapse,
    expect_within,
)
from disputes.returns.store import PARCELS, RETURN_SLOTS, RETURNS, parcel_of, slot_of
from ombud_words import ReturnId, line_key


async def request_return(command: RequestReturn, closes_at: datetime | None, unit: Unit) -> Return:
    """Begin a return in the free slot of its line and within the window. Raises a Refusal.

    What lapsed by a deadline that had not passed can be requested again after the window too.
    """
    id = slot_of(command.order_id, command.line_id)
    slot = await unit.read(RETURN_SLOTS, id)
    kept = slot is not None and slot.window_kept
    expect_within(None if kept else closes_at, command.at)
    await unit.execute(RETURN_SLOTS, id, Occupy(command.return_id, command.at))
    return await unit.execute(RETURNS, command.return_id, command)


async def act(return_id: ReturnId, command: Command, unit: Unit) -> Return:
    """Execute a command on a return, with what follows from it elsewhere. Raises a Refusal."""
    before = await unit.read(RETURNS, return_id)
    state = await unit.execute(RETURNS, return_id, command)
    if isinstance(command, IssueLabel | ReportShipped) and command.tracking_number:
        state = await _bind(state, command.tracking_number, unit)
    if before is not None and before.refund_minor is None and state.refund_minor is not None:
        ordered = OrderRefund(state.request.decision_id, state.refund_minor, unit.now)
        await unit.execute(LINES, _line_of(state), ordered)
    if isinstance(command, RefundFact):
        await _follow_refund(state, command, unit)
    if isinstance(command, Judgement):
        await known_case(unit, state.request.case_id)  # what was kept of it before is not forgotten
        await unit.execute(KNOWN_CASES, state.request.case_id, NoteJudge(command.judge.id, command.at))
    await _keep_slot(state, command, unit)
    return state


async def keep_scan(tracking_number: str, scan: Scan, unit: Unit) -> None:
    """Keep what a carrier said of a parcel, and let its return follow it; what belongs to none is kept with the reason."""
    id = parcel_of(tracking_number)
    known = await unit.read(PARCELS, id)
    owner: Return | None = None
    if known is not None and known.return_id is not None:
        owner = await unit.read(RETURNS, known.return_id)
    ended = owner is not None and (not owner.live or owner.status == Status.LOST)
    market = owner.request.market if owner is not None else None
    await unit.execute(PARCELS, id, KeepScan(scan, ended, market, unit.now))
    if owner is not None:
        await act(owner.id, NoteScan(scan.state, scan.scanned_at), unit)


async def left_of(state: Return, unit: Unit) -> int:
    """Return what is left of the line of a return, which must still be so at commit; minor units."""
    line = await bought_line(unit, state.request.order_id, state.request.line_id)
    return line.left_minor if line is not None else 0


async def _bind(state: Return, tracking_number: str, unit: Unit) -> Return:
    """Bind a parcel to its return; what its carrier said before counts now."""
    parcel = await unit.execute(PARCELS, parcel_of(tracking_number), BindParcel(state.id, unit.now))
    for scan in sorted(parcel.scans, key=lambda s: s.scanned_at):
        state = await unit.execute(RETURNS, state.id, NoteScan(scan.state, scan.scanned_at))
    return state


async def _follow_refund(state: Return, fact: RefundFact, unit: Unit) -> None:
    if state.refund_minor is not None and fact.decision_id == state.request.decision_id:
        await unit.execute(LINES, _line_of(state), taken_from_line(fact, state.refund_minor))


async def _keep_slot(state: Return, command: Command, unit: Unit) -> None:
    slot = slot_of(state.request.order_id, state.request.line_id)
    if not state.live:
        await unit.execute(RETURN_SLOTS, slot, Free(state.id, state.status == Status.REFUSED, unit.now))
    if isinstance(command, WithdrawLapse) and state.lapse_withdrawn:
        await unit.execute(RETURN_SLOTS, slot, KeepWindow(unit.now))


def _line_of(state: Return) -> str:
    return line_key(state.request.order_id, state.request.line_id)
