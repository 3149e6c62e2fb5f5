"""A dispute's course over its neighbours: opening occupies its slot, an outcome orders its refund from what is left of the
line, an end frees the slot."""

from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from disputes.cases.domain import (
    BoughtLine,
    NoteJudge,
    NoteLine,
    OrderRefund,
    RecallRefund,
    RefundFact,
    taken_from_line,
)
from disputes.cases.store import KNOWN_CASES, LINES, find_paid_row, known_case
from disputes.disputes.domain import (
    Admission,
    Command,
    Decide,
    DecideAppeal,
    Dispute,
    ForgetEnd,
    Free,
    MakeOffer,
    Occupy,
    OpenDispute,
    Record,
    Stage,
    WithdrawLapse,
    expect_admitted,
    expect_claimable,
)
from disputes.disputes.limiting import expect_within_limit
from disputes.disputes.store import DISPUTES, SLOTS, disputes_of_line, slot_of
from disputes.goodwill.domain import Gift
from disputes.goodwill.store import give
from ombud_words import CaseId, DisputeId, LineId, OrderId, Remedy, Role, StaffId, first_decision, line_key

_ENDED = (Stage.CLOSED, Stage.WITHDRAWN, Stage.LAPSED)


async def open_dispute(
    command: OpenDispute, admission: Admission, left_minor: int, unit: Unit, *, evidenced: bool = False
) -> Dispute:
    """Open a dispute in its free slot, within its window and within the limit of its buyer, with a claim up to what is left of the
    line. Raises a Refusal.

    What lapsed by a deadline that had not passed can be opened again after its window too.
    """
    slot = await unit.read(SLOTS, slot_of(command))
    forgotten = slot is not None and slot.end_forgotten
    expect_admitted(command, replace(admission, closes_at=None) if forgotten else admission)
    expect_claimable(command, left_minor)
    await expect_within_limit(command, unit, evidenced=evidenced)
    occupy = Occupy(command.dispute_id, command.at, admission.new_fact, admission.shown_since)
    await unit.execute(SLOTS, slot_of(command), occupy)
    return await unit.execute(DISPUTES, command.dispute_id, command)


async def act(dispute_id: DisputeId, command: Command, at: datetime, unit: Unit) -> Dispute:
    """Execute a command on a dispute: an outcome orders its refund, an end frees the slot. Raises a Refusal."""
    before = await unit.read(DISPUTES, dispute_id)
    state = await unit.execute(DISPUTES, dispute_id, command)
    if before is not None and state.record is not None and _is_new(state.record, before):
        await _order_refund(state, at, unit)
    if isinstance(command, Decide):
        await _give_goodwill(state, command, unit)
        if command.decided_by != Role.SYSTEM:
            await _note_judge(state, command.mediator_id, at, unit)
    if isinstance(command, DecideAppeal):
        await _note_judge(state, command.reviewer_id, at, unit)
    if isinstance(command, MakeOffer) and command.author_id is not None:
        await _note_judge(state, command.author_id, at, unit)
    if isinstance(command, RefundFact):
        await _follow_refund(state, command, unit)
    if isinstance(command, WithdrawLapse) and state.lapse_withdrawn:
        await unit.execute(SLOTS, slot_of(state.opened), ForgetEnd(dispute_id, at))
    if state.stage in _ENDED:
        await unit.execute(SLOTS, slot_of(state.opened), Free(dispute_id, state.stage, at))
    return state


def _is_new(record: Record, before: Dispute) -> bool:
    """Tell whether an outcome came about now; a repeat orders nothing again."""
    return before.record is None or before.record.decision_id != record.decision_id


async def bought_line(unit: Unit, order_id: OrderId, line_id: LineId) -> BoughtLine | None:
    """Return what is left of a line, which must still be so at commit; None when no order told of it."""
    key = line_key(order_id, line_id)
    if await unit.read(LINES, key) is not None:
        return await unit.guard(LINES, key)
    paid = await find_paid_row(unit, order_id, line_id)
    if paid is None:
        return None
    line = await unit.execute(LINES, key, NoteLine(paid, unit.now))
    for dispute in await disputes_of_line(unit, order_id, line_id):
        if dispute.record is not None and dispute.record.from_line_minor:
            record = dispute.record
            recall = RecallRefund(record.decision_id, record.from_line_minor, unit.now)
            line = await unit.execute(LINES, key, recall)
    return line


async def left_of(dispute: Dispute, unit: Unit) -> int:
    """Return what is left of the line of a dispute, which must still be so at commit; minor units."""
    line = await bought_line(unit, dispute.opened.order_id, dispute.opened.line_id)
    return line.left_minor if line is not None else 0


async def given_by(dispute: Dispute, unit: Unit) -> int:
    """Return what the buyer was paid by the outcome of a dispute and by what it took the place of, which must still be so at
    commit; minor units."""
    line = await bought_line(unit, dispute.opened.order_id, dispute.opened.line_id)
    record = dispute.record
    if line is None or record is None:
        return 0
    decisions = (record.decision_id, *record.replaces)
    return sum(o.amount_minor for o in line.ordered if o.paid and first_decision(o.decision_id) in decisions)


async def judges_of(case_id: CaseId, unit: Unit) -> tuple[StaffId, ...]:
    """Return who of the staff judged in a case, which must still be so at commit (S-4)."""
    case = await known_case(unit, case_id)
    return case.judges if case is not None else ()


async def _note_judge(dispute: Dispute, judge_id: StaffId, at: datetime, unit: Unit) -> None:
    case_id = dispute.opened.case_id
    await known_case(unit, case_id)  # what was kept of it before is not forgotten
    await unit.execute(KNOWN_CASES, case_id, NoteJudge(judge_id, at))


async def _follow_refund(dispute: Dispute, fact: RefundFact, unit: Unit) -> None:
    """What a refused refund would have taken is left of the line, until it is ordered anew; what was paid never is."""
    record, opened = dispute.record, dispute.opened
    if record is None or record.decision_id != fact.decision_id or not record.from_line_minor:
        return
    if await bought_line(unit, opened.order_id, opened.line_id) is None:
        return
    key = line_key(opened.order_id, opened.line_id)
    await unit.execute(LINES, key, taken_from_line(fact, record.from_line_minor))


async def _give_goodwill(dispute: Dispute, command: Decide, unit: Unit) -> None:
    """Count what a decision gives of the platform's own money beside what was given in the case before (S-2)."""
    record, opened = dispute.record, dispute.opened
    if record is None or record.outcome.remedy != Remedy.GOODWILL:
        return
    gift = Gift(
        decision_id=record.decision_id,
        dispute_id=opened.dispute_id,
        case_id=opened.case_id,
        market=opened.market,
        order_id=opened.order_id,
        line_id=opened.line_id,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        amount_minor=record.outcome.refund_minor,
        currency=opened.money.currency,
        reason=",".join(record.reasons),
        given_by=command.decided_by,
        giver_id=command.mediator_id,
        at=command.at,
    )
    await give(gift, command.rules.gives_up_to_minor, unit)


async def _order_refund(dispute: Dispute, at: datetime, unit: Unit) -> None:
    record, opened = dispute.record, dispute.opened
    if record is None or not record.from_line_minor:
        return
    command = OrderRefund(record.decision_id, record.from_line_minor, at)
    await unit.execute(LINES, line_key(opened.order_id, opened.line_id), command)
