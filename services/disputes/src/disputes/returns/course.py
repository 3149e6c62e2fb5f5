"""A return's course over its neighbours: a request occupies its line, a parcel is bound to it, an outcome orders its refund from
what is left of the line, an end frees the line."""

from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from disputes.cases.domain import (
    NoteJudge,
    OrderRefund,
    RecallRefund,
    RecordRefundFailure,
    RefundFact,
    taken_from_line,
)
from disputes.cases.store import KNOWN_CASES, LINES, known_case
from disputes.disputes.course import act as act_on_dispute
from disputes.disputes.course import bought_line
from disputes.disputes.domain import RecordReturnEnd
from disputes.returns.domain import (
    NEVER_SENT,
    BindParcel,
    Command,
    Free,
    IssueLabel,
    Judgement,
    KeepScan,
    KeepWindow,
    NoteScan,
    Occupy,
    ReleaseParcel,
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


async def begin_decided(command: RequestReturn, unit: Unit) -> Return:
    """Begin the return that an outcome decided, once. Raises a Refusal while another return of its line is under way."""
    slot = slot_of(command.order_id, command.line_id)
    await unit.execute(RETURN_SLOTS, slot, Occupy(command.return_id, command.at, decided=True))
    return await unit.execute(RETURNS, command.return_id, command)


async def act(return_id: ReturnId, command: Command, unit: Unit) -> Return:
    """Execute a command on a return, with what follows from it elsewhere. Raises a Refusal."""
    before = await unit.read(RETURNS, return_id)
    if isinstance(command, ReportShipped):
        command = await _as_scanned(command, before, unit)
    state = await unit.execute(RETURNS, return_id, command)
    state = await _keep_parcel(before, state, command, unit)
    if before is not None:
        await _order(before, state, unit)
    if isinstance(command, RefundFact):
        await _follow_refund(state, command, unit)
    if isinstance(command, Judgement):
        await known_case(unit, state.request.case_id)  # what was kept of it before is not forgotten
        await unit.execute(KNOWN_CASES, state.request.case_id, NoteJudge(command.judge.id, command.at))
    await _keep_slot(before, state, command, unit)
    await _tell_dispute(before, state, unit)
    return state


async def _order(before: Return, state: Return, unit: Unit) -> None:
    """Order what is to be paid from the line; what is ordered in place of a refused refund takes what that would have taken."""
    if state.refund_minor is None:
        return
    if before.refund_minor is None:
        ordered = OrderRefund(state.decision_id, state.refund_minor, unit.now)
        await unit.execute(LINES, _line_of(state), ordered)
    elif before.decision_id != state.decision_id:
        refused = RecordRefundFailure(before.decision_id, unit.now)
        await unit.execute(LINES, _line_of(state), taken_from_line(refused, before.refund_minor))
        anew = RecallRefund(state.decision_id, state.refund_minor, unit.now)
        await unit.execute(LINES, _line_of(state), anew)


async def keep_scan(tracking_number: str, scan: Scan, unit: Unit) -> None:
    """Keep what a carrier said of a parcel, and let its return follow it; what belongs to none is kept with the reason."""
    id = parcel_of(tracking_number)
    owners = [await _heir(owner, id, unit) for owner in await _owners(id, unit)]
    owners = [await act(owner.id, NoteScan(scan.state, scan.scanned_at), unit) for owner in owners]
    ended = all(not owner.live or owner.status == Status.LOST for owner in owners)
    market = owners[0].request.market if owners else None
    await unit.execute(PARCELS, id, KeepScan(scan, ended, market, unit.now))


async def left_of(state: Return, unit: Unit) -> int:
    """Return what is left of the line of a return, which must still be so at commit; minor units."""
    line = await bought_line(unit, state.request.order_id, state.request.line_id)
    return line.left_minor if line is not None else 0


async def _owners(parcel_id: str, unit: Unit) -> list[Return]:
    """Return whose parcel it is."""
    parcel = await unit.read(PARCELS, parcel_id)
    owners: list[Return] = []
    for return_id in parcel.return_ids if parcel is not None else ():
        owner = await unit.read(RETURNS, return_id)
        owners += [owner] if owner is not None else []
    return owners


async def _heir(owner: Return, parcel_id: str, unit: Unit) -> Return:
    """Return who has the parcel of a return: where the item was never sent by it, the next return of the same item."""
    slot = await unit.read(RETURN_SLOTS, slot_of(owner.request.order_id, owner.request.line_id))
    if owner.status not in NEVER_SENT or slot is None or slot.return_id is None:
        return owner
    await unit.execute(PARCELS, parcel_id, BindParcel(slot.return_id, unit.now, instead_of=(owner.id,)))
    return await unit.read(RETURNS, slot.return_id) or owner


async def _as_scanned(command: ReportShipped, before: Return | None, unit: Unit) -> ReportShipped:
    """Say of the parcel that was named before whether a carrier has it."""
    if before is None or before.tracking_number is None:
        return command
    parcel = await unit.read(PARCELS, parcel_of(before.tracking_number))
    return replace(command, scanned=parcel is not None and bool(parcel.scans))


async def _keep_parcel(before: Return | None, state: Return, command: Command, unit: Unit) -> Return:
    """Bind the parcel that a return names, and let go the one that it corrects.

    What its carrier said since the item was to be sent back counts when the buyer names it; a label is new, and was not scanned.
    """
    if not isinstance(command, IssueLabel | ReportShipped) or state.tracking_number is None:
        return state
    id = parcel_of(state.tracking_number)
    named = before.tracking_number if before is not None and before.status == Status.SHIPPED else None
    if named is not None and parcel_of(named) != id:
        await unit.execute(PARCELS, parcel_of(named), ReleaseParcel(state.id, unit.now))
    requested_at = min(one.request.at for one in (state, *await _owners(id, unit)))
    parcel = await unit.execute(PARCELS, id, await _binding(state, id, unit))
    if isinstance(command, IssueLabel):
        return state
    for scan in sorted(parcel.scans, key=lambda s: s.scanned_at):
        if scan.scanned_at >= requested_at:
            state = await unit.execute(RETURNS, state.id, NoteScan(scan.state, scan.scanned_at))
    return state


async def _binding(state: Return, parcel_id: str, unit: Unit) -> BindParcel:
    """Return how a return takes a parcel: beside other items of its order, and after earlier returns that never sent it."""
    mine = state.request
    of_order = [o for o in await _owners(parcel_id, unit) if o.request.order_id == mine.order_id and o.id != state.id]
    return BindParcel(
        state.id,
        unit.now,
        shares_with=tuple(o.id for o in of_order if o.request.line_id != mine.line_id),
        instead_of=tuple(o.id for o in of_order if o.request.line_id == mine.line_id and o.status in NEVER_SENT),
    )


async def _follow_refund(state: Return, fact: RefundFact, unit: Unit) -> None:
    if state.refund_minor is not None and fact.decision_id == state.decision_id:
        await unit.execute(LINES, _line_of(state), taken_from_line(fact, state.refund_minor))


async def _keep_slot(before: Return | None, state: Return, command: Command, unit: Unit) -> None:
    slot = slot_of(state.request.order_id, state.request.line_id)
    if before is not None and state.live and not before.live:
        await unit.execute(RETURN_SLOTS, slot, Occupy(state.id, unit.now))
    if not state.live:
        await unit.execute(RETURN_SLOTS, slot, Free(state.id, state.status == Status.REFUSED, unit.now))
    if isinstance(command, WithdrawLapse) and state.lapse_withdrawn:
        await unit.execute(RETURN_SLOTS, slot, KeepWindow(unit.now))


async def _tell_dispute(before: Return | None, state: Return, unit: Unit) -> None:
    """Tell the dispute whose outcome it carries out that it ended. Of a refund that billing pays the dispute hears by itself."""
    decided, ended = state.request.dispute_id, before is not None and before.live and not state.live
    if decided is not None and ended:
        done = state.status not in NEVER_SENT
        end = RecordReturnEnd(state.request.decision_id, done, unit.now)
        await act_on_dispute(decided, end, unit.now, unit)


def _line_of(state: Return) -> str:
    return line_key(state.request.order_id, state.request.line_id)
