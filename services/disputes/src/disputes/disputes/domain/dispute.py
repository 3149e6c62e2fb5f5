"""A dispute: NEGOTIATION → SETTLED | ESCALATED to MEDIATION → DECIDED → EXECUTED → CLOSED; exits WITHDRAWN and LAPSED.

A decision that is amended on appeal is carried out anew: DECIDED again, until what is still owed is paid.
"""

from datetime import datetime
from typing import assert_never

from disputes.cases.domain import RecordRefundCancellation, RecordRefundFailure, RecordRefundOrder, RecordRefundPaid
from disputes.disputes.domain import deadlines, deciding, offers, requesting
from disputes.disputes.domain.commands import (
    AcceptOffer,
    Admission,
    AppealDecision,
    ChangeContactOwner,
    Command,
    Decide,
    DecideAppeal,
    DeclineOffer,
    Escalate,
    ExpireOffer,
    ForgetDeadline,
    ForgetFact,
    Lapse,
    LapseEvidenceRequest,
    MakeOffer,
    NoteDeadline,
    NoteFact,
    NoteOfferDeadline,
    OpenDispute,
    OpenEscalation,
    RecordReturnEnd,
    RepeatEvidenceRequest,
    RequestEvidence,
    SubmitEvidence,
    Withdraw,
    WithdrawEvidenceRequest,
    WithdrawLapse,
)
from disputes.disputes.domain.events import (
    ContactOwnerChanged,
    DisputeClosed,
    DisputeEscalated,
    DisputeExecuted,
    DisputeLapsed,
    DisputeOpened,
    DisputeWithdrawn,
    EscalationOpened,
    Event,
    EvidenceSubmitted,
    FactForgotten,
    FactShown,
    LapseWithdrawn,
    OfferDeadlineNoted,
    OfferLapsed,
    RefundFailed,
    RefundReordered,
)
from disputes.disputes.domain.stages import expect_negotiation, expect_stage, no_earlier, offers_ended
from disputes.disputes.domain.state import UNDECIDED, Dispute, Stage
from disputes.refusals import (
    DisputeWindowClosed,
    DisputeWindowNotOpen,
    EscalationNotOpen,
    EvidenceTooLate,
    NotDisputable,
    UnknownDispute,
)
from disputes.remedies.domain import refund_of
from ombud_words import DecisionId, Role, shows


def expect_claimable(opening: OpenDispute, left_minor: int) -> None:
    """Refuse a claim above what is left of its line. Raises as `refund_of` does."""
    refund_of(opening.claimed_remedy, opening.claimed_minor, opening.money, left_minor)


def expect_admitted(opening: OpenDispute, admission: Admission) -> None:
    """Refuse what cannot be disputed now. Raises NotDisputable, DisputeWindowNotOpen or DisputeWindowClosed.

    The window is the buyer's, whoever opens for the buyer; a seller's dispute has no window.
    """
    if not admission.disputable:
        raise NotDisputable("There is nothing to settle with the seller about this reason. The platform answers it.")
    if opening.opened_by == Role.SELLER:
        return
    if admission.opens_at is not None and opening.at < admission.opens_at:
        raise DisputeWindowNotOpen(admission.opens_at)
    if admission.closes_at is not None and opening.at > admission.closes_at:
        raise DisputeWindowClosed(admission.closes_at)


def decide(command: Command, state: Dispute | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OpenDispute):
        expect_claimable(command, command.money.paid_minor)
        return [DisputeOpened(command)] if state is None else []
    if state is None:
        raise UnknownDispute("there is no such dispute")
    match command:
        case MakeOffer():
            return offers.make(state, command)
        case AcceptOffer():
            return offers.accept(state, command)
        case DeclineOffer(offer_id, by, at):
            return offers.decline(state, offer_id, by, at)
        case NoteOfferDeadline(offer_id, due_by, at):
            noted = any(o.id == offer_id and o.expires_by != due_by for o in state.open_offers)
            return [OfferDeadlineNoted(offer_id, due_by, at)] if noted else []
        case ExpireOffer(offer_id, at):
            return [OfferLapsed(o.id, at) for o in state.open_offers if o.id == offer_id]
        case NoteFact(kind, at):
            return _note_fact(state, kind, at)
        case ForgetFact(kind, at):
            if state.live:
                return [FactForgotten(kind, at)] if kind in state.shown else []
            return deciding.take_back(state, kind, at)
        case OpenEscalation(at):
            waiting = state.stage == Stage.NEGOTIATION and state.escalation_cause is None
            return [EscalationOpened("deadline", at)] if waiting else []
        case NoteDeadline():
            return [*deadlines.note(state, command)]
        case ForgetDeadline():
            return [*deadlines.forget(state, command)]
        case Lapse(at):
            return [*offers_ended(state, at), DisputeLapsed(at)] if state.stage == Stage.NEGOTIATION else []
        case WithdrawLapse(at):
            withdrawn = state.stage == Stage.LAPSED and not state.lapse_withdrawn
            return [LapseWithdrawn(at)] if withdrawn else []
        case Escalate(by, at):
            return _escalate(state, by, at)
        case ChangeContactOwner(taken_over, at):
            return _change_owner(state, taken_over, at)
        case SubmitEvidence():
            return _submit(state, command)
        case RequestEvidence():
            return requesting.request(state, command)
        case WithdrawEvidenceRequest(request_id, at):
            return requesting.withdraw(state, request_id, at)
        case LapseEvidenceRequest(asked_by, at):
            return requesting.lapse(state, asked_by, at)
        case RepeatEvidenceRequest(request_id, at):
            return requesting.repeat(state, request_id, at)
        case Decide():
            return deciding.decide(state, command)
        case AppealDecision():
            return deciding.appeal(state, command)
        case DecideAppeal():
            return deciding.judge_appeal(state, command)
        case Withdraw(at):
            if state.stage == Stage.WITHDRAWN:
                return []
            expect_stage(state, *UNDECIDED)
            return [*offers_ended(state, at), DisputeWithdrawn(at)]
        case RecordReturnEnd(decision_id, done, at):
            ended = state.awaits_refund_of(decision_id)
            return _execute(state, decision_id, at) if done else [DisputeClosed(at)] if ended else []
        case RecordRefundPaid(decision_id, at):
            return _execute(state, decision_id, at)
        case RecordRefundFailure(decision_id, at):
            awaited = state.awaits_refund_of(decision_id) and not state.refund_failed
            return [RefundFailed(at)] if awaited else []
        case RecordRefundOrder(decision_id, at):
            return [RefundReordered(at)] if state.awaits_refund_of(decision_id) and state.refund_failed else []
        case RecordRefundCancellation(decision_id, at):
            return [DisputeClosed(at)] if state.awaits_refund_of(decision_id) else []
        case _:
            assert_never(command)


def _escalate(state: Dispute, by: str, at: datetime) -> list[Event]:
    if state.stage == Stage.MEDIATION:
        return []
    expect_negotiation(state, at)
    if by != "buyer":
        return [*offers_ended(state, at), DisputeEscalated(by, by, at)]
    if state.escalation_cause is None:
        raise EscalationNotOpen("you can escalate when the seller refuses, or when the negotiation's deadline passes")
    return [*offers_ended(state, at), DisputeEscalated(by, state.escalation_cause, at)]


def _change_owner(state: Dispute, taken_over: bool, at: datetime) -> list[Event]:
    if state.taken_over == taken_over or not state.live:
        return []
    changed = ContactOwnerChanged(taken_over, at)
    if taken_over and state.stage == Stage.NEGOTIATION:
        since = no_earlier(state, at)  # a takeover that is heard late had the contact before there was a dispute
        return [changed, *offers_ended(state, since), DisputeEscalated("system", "taken_over", since)]
    return [changed]


def _submit(state: Dispute, c: SubmitEvidence) -> list[Event]:
    if any(e.evidence_id == c.evidence_id for e in state.evidence):
        return []
    if not state.takes_evidence:
        raise EvidenceTooLate(
            f"the dispute is {state.stage.lower()}; evidence is accepted until the decision, and while an appeal waits"
        )
    answers = requesting.answer(state, c)
    return [EvidenceSubmitted(c), *answers, *_skip_negotiation(state, c.kind, c.by, c.at)]


def _note_fact(state: Dispute, kind: str, at: datetime) -> list[Event]:
    """Keep what a system showed of the facts that matter for this reason, until the dispute is decided."""
    if not state.live or kind in state.shown or kind not in state.opened.fast_track_facts:
        return []
    return [FactShown(kind, at), *_skip_negotiation(state, kind, Role.SYSTEM, at)]


def _skip_negotiation(state: Dispute, kind: str, by: str, at: datetime) -> list[Event]:
    """A fact of the fast track ends the negotiation when somebody shows it who can (casework, section 4)."""
    if state.stage != Stage.NEGOTIATION or kind not in state.opened.fast_track_facts or not shows(kind, by):
        return []
    since = no_earlier(state, at)
    return [*offers_ended(state, since), DisputeEscalated(by, "fast_track", since)]


def _execute(state: Dispute, decision_id: DecisionId, at: datetime) -> list[Event]:
    if not state.awaits_refund_of(decision_id):
        return []
    return [DisputeExecuted(at), DisputeClosed(at)]
