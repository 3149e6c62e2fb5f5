"""Comparing what came back with what was sold, what the seller may keep for a deviation, and what the buyer gets."""

from datetime import datetime

from disputes.refusals import (
    AboveAuthority,
    AmountAboveLeft,
    DeductionAboveAsked,
    DeductionNotOpen,
    DeductionWithoutProof,
    EarlierJudge,
    UnknownFact,
)
from disputes.returns.domain.commands import DecideDeduction, Inspect, Judge, MarkLost
from disputes.returns.domain.devices import expect_imei, matches
from disputes.returns.domain.events import (
    BY_RULE,
    DeductionDecided,
    Event,
    Inspection,
    RefundOrdered,
    ReturnEnded,
    ReturnInspected,
    ReturnMarkedLost,
)
from disputes.returns.domain.state import Return, Status
from ombud_words import PersonId, Role

DEVICE_MISMATCH = "device_mismatch"
"""The deviation of a device that is not the one that was sold."""


def inspect(state: Return, c: Inspect) -> list[Event]:
    """Return what an inspection leads to: the refund at once, where nothing is kept. Raises a Refusal."""
    if c.returned is not None and c.returned.imei is not None:
        expect_imei(c.returned.imei)
    if not set(c.photos) <= {photo.evidence_id for photo in state.photos}:
        raise UnknownFact("Name photos that were submitted to this return.")
    if c.deduction_minor > c.left_minor:
        raise AmountAboveLeft(c.left_minor)
    same = matches(c.sold, c.returned)
    deviations = c.deviations if same is not False else tuple(dict.fromkeys((*c.deviations, DEVICE_MISMATCH)))
    if c.deduction_minor and not (deviations and c.photos):
        raise DeductionWithoutProof("Name what deviates, and submit photos of it, to keep something of the price.")
    found = Inspection(
        by=c.by,
        deviations=deviations,
        deduction_minor=c.deduction_minor,
        photos=c.photos,
        device_matches=same,
    )
    inspected = ReturnInspected(found, c.at)
    return [inspected] if c.deduction_minor else [inspected, *refunded(state, 0, c.left_minor, c.at)]


def expect_open_deduction(state: Return) -> None:
    """Raise DeductionNotOpen unless something the seller wants to keep is neither accepted nor decided."""
    if not state.deduction_open:
        raise DeductionNotOpen("There is no deduction that could be answered or decided.")


def expect_disputable_deduction(state: Return) -> None:
    """Raise DeductionNotOpen unless the buyer may disagree with what the seller wants to keep."""
    if not state.deduction_disputable:
        raise DeductionNotOpen("There is no deduction that could be disputed.")


def decide_deduction(state: Return, c: DecideDeduction) -> list[Event]:
    """Decide what the seller may keep: at most what was asked for. Raises a Refusal."""
    expect_open_deduction(state)
    if not state.deduction_disputed:
        raise DeductionNotOpen("The buyer has not disagreed with the deduction; nothing is to be decided.")
    if c.deduction_minor > state.deduction_minor:
        raise DeductionAboveAsked(state.deduction_minor)
    expect_judge(c.judge, max(0, c.left_minor - c.deduction_minor))
    decided = DeductionDecided(
        deduction_minor=c.deduction_minor,
        reasons=c.reasons,
        decided_by=c.judge.role,
        decider_id=c.judge.id,
        at=c.at,
    )
    return [decided, *refunded(state, c.deduction_minor, c.left_minor, c.at, c.judge)]


def mark_lost(state: Return, c: MarkLost) -> list[Event]:
    """Pay the buyer for what a carrier lost, of the platform's money. Raises a Refusal."""
    expect_judge(c.judge, c.left_minor)
    lost = ReturnMarkedLost(reasons=c.reasons, decided_by=c.judge.role, decider_id=c.judge.id, at=c.at)
    if not c.left_minor:
        return [lost, ReturnEnded(Status.LOST, 0, c.at)]
    return [lost, _ordered(state, c.left_minor, c.at, c.judge, by_platform=True)]


def refunded(
    state: Return, deduction_minor: int, left_minor: int, at: datetime, judge: Judge | None = None
) -> list[Event]:
    """Return how an inspected item is paid back. Where all is kept, the item goes back to the buyer; where others gave back what
    would be due, nothing is left to pay, and the seller keeps the item."""
    amount = max(0, left_minor - deduction_minor)
    if amount:
        return [_ordered(state, amount, at, judge, by_platform=False)]
    if not left_minor or not deduction_minor:
        outcome = Status.REFUNDED
    elif deduction_minor < state.request.left_minor:
        outcome = Status.PARTLY_REFUNDED
    else:
        outcome = Status.SENT_BACK
    return [ReturnEnded(outcome, state.refunded_minor, at)]


def ordered_by_platform(state: Return, at: datetime) -> list[RefundOrdered]:
    """Return how what was ordered is paid by the platform in place of a decision that fell."""
    amount = state.refund_minor
    return [] if amount is None else [_ordered(state, amount, at, None, by_platform=True)]


def expect_judge(judge: Judge, moved_minor: int) -> None:
    """Refuse who judged in the case before, or moves more than the role may. Raises EarlierJudge, AboveAuthority."""
    if judge.id in judge.judges:
        raise EarlierJudge("You decided or proposed something in this case before; somebody else decides this.")
    if judge.limit_minor is not None and moved_minor > judge.limit_minor:
        raise AboveAuthority(judge.limit_minor)


def _ordered(state: Return, amount: int, at: datetime, judge: Judge | None, *, by_platform: bool) -> RefundOrdered:
    return RefundOrdered(
        decision_id=state.next_decision_id,
        amount_minor=amount,
        by_platform=by_platform or state.decision_taken_back,
        decided_by=judge.role if judge is not None else Role.SYSTEM,
        decider_id=PersonId(judge.id) if judge is not None else BY_RULE,
        at=at,
    )
