"""A return: REQUESTED → ACCEPTED | REFUSED → LABEL_ISSUED → SHIPPED → RECEIVED → INSPECTED → REFUNDED | PARTLY_REFUNDED |
SENT_BACK; exits CANCELLED, LAPSED, LOST, and REFUND_GIVEN_UP where staff gives up what could not be paid."""

from datetime import datetime
from typing import assert_never

from disputes.cases.domain import (
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    RecordRefundPaid,
    RefundFact,
)
from disputes.refusals import (
    GroundNotLawful,
    NothingLeft,
    ReturnNotAtThisStep,
    ReturnWindowClosed,
    TrackingNumberMissing,
    UnknownReturn,
)
from disputes.returns.domain.commands import (
    AcceptDeduction,
    AcceptReturn,
    CancelReturn,
    Command,
    ConfirmReceipt,
    CountAsCompliant,
    DecideDeduction,
    DisputeDeduction,
    GiveAnswerBack,
    Ground,
    Inspect,
    IssueLabel,
    LapseReturn,
    LetDeductionStand,
    MarkLost,
    NoteScan,
    RefuseReturn,
    ReopenDeduction,
    ReportShipped,
    RequestReturn,
    SendLabelInSellersPlace,
    SubmitPhoto,
    TakeDecisionBack,
    TakeInSellersPlace,
    WithdrawLabelCharge,
    WithdrawLapse,
)
from disputes.returns.domain.events import (
    AcceptanceWithdrawn,
    DecisionTakenBack,
    DeductionDisputed,
    DeductionReopened,
    DeductionStood,
    Event,
    Inspection,
    LabelChargeWithdrawn,
    LabelIssued,
    LapseWithdrawn,
    PhotoSubmitted,
    RefundFailed,
    RefundReordered,
    ReturnAccepted,
    ReturnEnded,
    ReturnInspected,
    ReturnReceived,
    ReturnRefused,
    ReturnReportedLost,
    ReturnRequested,
    ReturnShipped,
)
from disputes.returns.domain.inspecting import (
    decide_deduction,
    expect_disputable_deduction,
    expect_open_deduction,
    inspect,
    mark_lost,
    ordered_by_platform,
    refunded,
)
from disputes.returns.domain.parcel import is_same_parcel
from disputes.returns.domain.state import CAN_GO_ON, SENDABLE, UNSENT, Return, Status
from ombud_words import LOST, Role

SHIPPED, RECEIVED = "shipped", "received"
"""What a carrier says of a parcel, beside that it is lost."""


def expect_within(closes_at: datetime | None, at: datetime) -> None:
    """Raise ReturnWindowClosed after the window in which a withdrawal is lawful; None: there is no end."""
    if closes_at is not None and at > closes_at:
        raise ReturnWindowClosed(closes_at)


def decide(command: Command, state: Return | None) -> list[Event]:
    """Return what happens; a fact that is heard after the end changes nothing. Raises a Refusal."""
    if isinstance(command, RequestReturn):
        return _request(command) if state is None else []
    if state is None:
        raise UnknownReturn("there is no such return")
    match command:
        case AcceptReturn(by, at):
            return _accept(state, by, at)
        case RefuseReturn(ground, by, at):
            return _refuse(state, ground, by, at)
        case TakeInSellersPlace(at):
            return [ReturnAccepted(Role.SYSTEM, at)] if state.status == Status.REQUESTED else []
        case IssueLabel():
            return _issue_label(state, command)
        case GiveAnswerBack(at):
            return _give_answer_back(state, at)
        case SendLabelInSellersPlace(at):
            return [LabelIssued(by=Role.SYSTEM, at=at)] if state.status == Status.ACCEPTED else []
        case WithdrawLabelCharge(at):
            return [LabelChargeWithdrawn(at)] if state.label_charged else []
        case ReportShipped():
            return _report_shipped(state, command)
        case NoteScan():
            return _scan(state, command)
        case ConfirmReceipt(by, at):
            return _confirm_receipt(state, by, at)
        case SubmitPhoto():
            return _submit_photo(state, command)
        case Inspect():
            _expect(state, Status.RECEIVED)
            return inspect(state, command)
        case CountAsCompliant(left_minor, at):
            inspected = ReturnInspected(Inspection(by=Role.SYSTEM), at)
            waits = state.status == Status.RECEIVED
            return [inspected, *refunded(state, 0, left_minor, at)] if waits else []
        case AcceptDeduction(left_minor, at):
            expect_open_deduction(state)
            return refunded(state, state.deduction_minor, left_minor, at)
        case LetDeductionStand(left_minor, at):
            stands = state.deduction_open and not state.deduction_disputed
            return [DeductionStood(at), *refunded(state, state.deduction_minor, left_minor, at)] if stands else []
        case ReopenDeduction(at):
            return [DeductionReopened(at)] if state.deduction_stood else []
        case DisputeDeduction(at):
            expect_disputable_deduction(state)
            return [] if state.deduction_disputed else [DeductionDisputed(at)]
        case DecideDeduction():
            return decide_deduction(state, command)
        case MarkLost():
            _expect(state, Status.SHIPPED)
            return mark_lost(state, command)
        case CancelReturn(at):
            return _cancel(state, at)
        case LapseReturn(at):
            return [ReturnEnded(Status.LAPSED, 0, at)] if state.status == Status.LABEL_ISSUED else []
        case WithdrawLapse(at):
            withdrawn = state.status == Status.LAPSED and not state.lapse_withdrawn
            return [LapseWithdrawn(at)] if withdrawn else []
        case TakeDecisionBack(at):
            return _take_decision_back(state, at)
        case RecordRefundPaid() | RecordRefundFailure() | RecordRefundOrder() | RecordRefundCancellation():
            return _follow_refund(state, command)
        case _:
            assert_never(command)


def _request(c: RequestReturn) -> list[Event]:
    if not c.left_minor:
        raise NothingLeft("All that was paid for the order line has been ordered back.")
    requested = ReturnRequested(c)
    accepted = c.taken_over or c.dispute_id is not None
    return [requested, ReturnAccepted(Role.SYSTEM, c.at)] if accepted else [requested]


def _accept(state: Return, by: str, at: datetime) -> list[Event]:
    if state.status == Status.ACCEPTED:
        return []
    _expect(state, Status.REQUESTED)
    return [ReturnAccepted(by, at)]


def _refuse(state: Return, ground: str, by: str, at: datetime) -> list[Event]:
    _expect(state, Status.REQUESTED)
    if ground not in list(Ground):
        raise GroundNotLawful([g.value for g in Ground])
    return [ReturnRefused(ground, by, at)]


def _give_answer_back(state: Return, at: datetime) -> list[Event]:
    """What the buyer relies on since stays; what it cost the seller does not. What was decided was not accepted by a takeover."""
    if state.accepted_by != Role.SYSTEM or state.request.dispute_id is not None:
        return []
    if state.status == Status.ACCEPTED:
        return [AcceptanceWithdrawn(at)]
    return [LabelChargeWithdrawn(at)] if state.label_charged else []


def _issue_label(state: Return, c: IssueLabel) -> list[Event]:
    _expect(state, Status.ACCEPTED)
    return [LabelIssued(by=c.by, carrier=c.carrier, tracking_number=c.tracking_number, at=c.at)]


def _report_shipped(state: Return, c: ReportShipped) -> list[Event]:
    """Name the parcel, or correct its number while no carrier has what was named."""
    number = c.tracking_number or state.tracking_number
    known = state.tracking_number is not None and number is not None and is_same_parcel(number, state.tracking_number)
    if state.status == Status.SHIPPED and (number is None or known):
        return []
    if (state.status != Status.SHIPPED or c.scanned) and not state.sendable:
        raise ReturnNotAtThisStep(state.status)
    if number is None:
        raise TrackingNumberMissing("Name the tracking number of the parcel; its carrier printed it on the receipt.")
    return [ReturnShipped(c.by, number, c.at)]


def _scan(state: Return, c: NoteScan) -> list[Event]:
    """A scan that is heard late counts from when it was made, but never before what happened until then.

    What lapsed goes on where it was made before the lapse: the buyer had sent the item in time (S-3).
    """
    at = max(c.scanned_at, state.since)
    sendable = state.status in SENDABLE or state.goes_on_after(c.scanned_at)
    match c.state:
        case "shipped" if sendable:
            return [ReturnShipped(Role.SYSTEM, state.tracking_number, at)]
        case "received" if sendable or state.status == Status.SHIPPED:
            return _arrived(state, Role.SYSTEM, at)
        case lost if lost == LOST and (sendable or state.status == Status.SHIPPED) and not state.lost_reported:
            sent = [] if state.status == Status.SHIPPED else [ReturnShipped(Role.SYSTEM, state.tracking_number, at)]
            return [*sent, ReturnReportedLost(at)]
        case _:
            return []


def _confirm_receipt(state: Return, by: str, at: datetime) -> list[Event]:
    if state.status == Status.RECEIVED:
        return []
    _expect(state, *SENDABLE, Status.SHIPPED)
    return _arrived(state, by, at)


def _arrived(state: Return, by: str, at: datetime) -> list[Event]:
    """What arrived was sent, whether somebody said so or not."""
    sent = [] if state.status == Status.SHIPPED else [ReturnShipped(by, state.tracking_number, at)]
    return [*sent, ReturnReceived(by, at)]


def _submit_photo(state: Return, c: SubmitPhoto) -> list[Event]:
    if any(photo.evidence_id == c.evidence_id for photo in state.photos):
        return []
    if not state.live or state.refund_minor is not None:
        raise ReturnNotAtThisStep(state.status)
    return [PhotoSubmitted(c)]


def _cancel(state: Return, at: datetime) -> list[Event]:
    if state.status == Status.CANCELLED:
        return []
    _expect(state, *UNSENT)
    return [ReturnEnded(Status.CANCELLED, 0, at)]


def _take_decision_back(state: Return, at: datetime) -> list[Event]:
    """Undo what is not done yet: an item that the buyer still has stays there, and of what was sent the buyer is no loser.

    Kept wherever something can still be paid by it, so that none of that is charged to the seller.
    """
    if state.decision_taken_back:
        return []
    if state.status in UNSENT:
        return [DecisionTakenBack(at), ReturnEnded(Status.CANCELLED, 0, at)]
    if state.refund_failed:
        return [DecisionTakenBack(at), *ordered_by_platform(state, at)]
    return [DecisionTakenBack(at)] if state.live or state.status in CAN_GO_ON else []


def _follow_refund(state: Return, fact: RefundFact) -> list[Event]:
    """What was given up, and is paid after all, is refunded."""
    given_up = state.status == Status.REFUND_GIVEN_UP
    if state.refund_minor is None or fact.decision_id != state.decision_id or not (state.live or given_up):
        return []
    match fact:
        case RecordRefundPaid(_, at):
            return [ReturnEnded(_paid_as(state), state.refunded_minor + state.refund_minor, at)]
        case _ if given_up:
            return []
        case RecordRefundCancellation(_, at):
            return [ReturnEnded(Status.REFUND_GIVEN_UP, state.refunded_minor, at)]
        case RecordRefundFailure(_, at) if _fell(state):
            return [*ordered_by_platform(state, at)]  # nothing is ordered anew by a decision that fell
        case RecordRefundFailure(_, at):
            return [] if state.refund_failed else [RefundFailed(at)]
        case RecordRefundOrder(_, at):
            return [RefundReordered(at)] if state.refund_failed else []
        case _:
            assert_never(fact)


def _fell(state: Return) -> bool:
    """Tell whether what the refund was ordered by counts no more: the decision, or what a deduction gave by it before it fell."""
    further = state.decision_id != state.request.decision_id
    return state.decision_taken_back and not (further and state.refund_by_platform)


def _paid_as(state: Return) -> Status:
    if state.status == Status.LOST or (state.refund_by_platform and not state.decision_taken_back):
        return Status.LOST
    return Status.PARTLY_REFUNDED if state.deduction_minor else Status.REFUNDED


def _expect(state: Return, *statuses: Status) -> None:
    if state.status not in statuses:
        raise ReturnNotAtThisStep(state.status)
