"""The state of a return after each fact."""

from dataclasses import replace
from typing import assert_never

from disputes.returns.domain.events import (
    AcceptanceWithdrawn,
    DecisionTakenBack,
    DeductionDecided,
    DeductionDisputed,
    DeductionReopened,
    DeductionStood,
    Event,
    LabelChargeWithdrawn,
    LabelIssued,
    LapseWithdrawn,
    PhotoSubmitted,
    RefundFailed,
    RefundOrdered,
    RefundReordered,
    ReturnAccepted,
    ReturnEnded,
    ReturnInspected,
    ReturnMarkedLost,
    ReturnReceived,
    ReturnRefused,
    ReturnReportedLost,
    ReturnRequested,
    ReturnShipped,
)
from disputes.returns.domain.state import Return, Status


def evolve(state: Return | None, event: Event) -> Return:
    """Return the state after a fact."""
    if isinstance(event, ReturnRequested):
        return Return(event.request, Status.REQUESTED, event.at)
    assert state is not None, "a return is born by ReturnRequested"
    match event:
        case ReturnAccepted(by, at):
            return replace(state, status=Status.ACCEPTED, since=at, accepted_by=by)
        case AcceptanceWithdrawn(at):
            return replace(state, status=Status.REQUESTED, since=at, accepted_by=None)
        case ReturnRefused(ground, _, at):
            return replace(state, status=Status.REFUSED, since=at, ground=ground, ended_at=at)
        case LabelIssued(by=by, tracking_number=number, at=at):
            labelled = replace(state, label_by=by, label_charged=event.charged, tracking_number=number)
            return replace(labelled, status=Status.LABEL_ISSUED, since=at)
        case LabelChargeWithdrawn():
            return replace(state, label_charged=False)
        case ReturnShipped(_, number, at):
            return replace(state, status=Status.SHIPPED, since=at, tracking_number=number, ended_at=None)
        case ReturnReportedLost():
            return replace(state, lost_reported=True)
        case ReturnMarkedLost(at=at):
            return replace(state, status=Status.LOST, since=at)
        case ReturnReceived(_, at):
            return replace(state, status=Status.RECEIVED, since=at)
        case PhotoSubmitted(photo):
            return replace(state, photos=(*state.photos, photo))
        case ReturnInspected(found, at):
            inspected = replace(state, inspection=found, deduction_minor=found.deduction_minor)
            return replace(inspected, status=Status.INSPECTED, since=at)
        case DeductionStood():
            return replace(state, deduction_stood=True)
        case DeductionReopened():
            return replace(state, deduction_stood=False, deduction_reopened=True)
        case DeductionDisputed(at):
            disputed = replace(state, deduction_disputed=True, deduction_reopened=False)
            if state.live:
                return disputed
            return replace(disputed, status=Status.INSPECTED, since=at, ended_at=None, refund_minor=None)
        case DeductionDecided(deduction_minor=kept):
            return replace(state, deduction_minor=kept)
        case RefundOrdered(decision_id=decision_id, amount_minor=amount, by_platform=by_platform):
            ordered = replace(state, refund_decision=decision_id, refund_minor=amount)
            return replace(ordered, refund_by_platform=by_platform, refund_failed=False)
        case RefundFailed():
            return replace(state, refund_failed=True)
        case RefundReordered():
            return replace(state, refund_failed=False)
        case ReturnEnded(outcome, refunded_minor, at):
            ended = replace(state, status=Status(outcome), since=at, ended_at=at)
            return replace(ended, refunded_minor=refunded_minor, refund_failed=False)
        case LapseWithdrawn():
            return replace(state, lapse_withdrawn=True)
        case DecisionTakenBack():
            return replace(state, decision_taken_back=True)
        case _:
            assert_never(event)
