"""The state of a dispute after each fact."""

from dataclasses import replace
from typing import assert_never

from disputes.disputes.domain import deadlines
from disputes.disputes.domain.events import (
    AppealDecided,
    ContactOwnerChanged,
    DeadlineForgotten,
    DeadlineNoted,
    DecisionAppealed,
    DecisionTakenBack,
    DisputeClosed,
    DisputeDecided,
    DisputeEscalated,
    DisputeExecuted,
    DisputeLapsed,
    DisputeOpened,
    DisputeSettled,
    DisputeWithdrawn,
    EscalationOpened,
    Event,
    EvidenceRequested,
    EvidenceRequestEnded,
    EvidenceSubmitted,
    FactForgotten,
    FactShown,
    FindingMade,
    FindingWithdrawn,
    LapseWithdrawn,
    Offer,
    OfferAccepted,
    OfferDeadlineNoted,
    OfferDeclined,
    OfferEnded,
    OfferLapsed,
    OfferMade,
    RefundFailed,
    RefundReordered,
)
from disputes.disputes.domain.state import Dispute, Stage
from ombud_words import OfferId, appeals


def evolve(state: Dispute | None, event: Event) -> Dispute:
    """Return the state after a fact."""
    if isinstance(event, DisputeOpened):
        stage = Stage.MEDIATION if event.opened.fast_track else Stage.NEGOTIATION
        return Dispute(event.opened, stage, event.opened.taken_over, shown=event.opened.shown)
    assert state is not None, "a dispute is born by DisputeOpened"
    match event:
        case OfferMade(offer, _):
            return replace(state, offers=(*state.offers, offer))
        case OfferDeclined(offer_id, _, _):
            return replace(state, offers=_answered(state, offer_id, "DECLINED"))
        case OfferAccepted(offer_id, by, _):
            return replace(state, offers=_accepted(state, offer_id, by))
        case OfferLapsed(offer_id, _):
            return replace(state, offers=_answered(state, offer_id, "EXPIRED"))
        case OfferEnded(offer_id, _):
            return replace(state, offers=_answered(state, offer_id, "ENDED"))
        case OfferDeadlineNoted(offer_id, due_by, _):
            noted = (replace(o, expires_by=due_by) if o.id == offer_id else o for o in state.offers)
            return replace(state, offers=tuple(noted))
        case DeadlineNoted(deadline, _):
            return deadlines.noted(state, deadline)
        case DeadlineForgotten(kind, number, _):
            return deadlines.forgotten(state, kind, number)
        case FactShown(kind, _):
            return replace(state, shown=(*state.shown, kind))
        case FactForgotten(kind, _):
            return replace(state, shown=tuple(known for known in state.shown if known != kind))
        case DisputeSettled(offer_id=offer_id, accepted_by=accepted_by, record=record):
            settled = replace(state, offers=_answered(state, offer_id, "ACCEPTED"), stage=Stage.SETTLED)
            return replace(settled, record=record, decided_by=accepted_by)
        case EscalationOpened(cause, at):
            return replace(state, escalation_cause=cause, escalation_opened_at=at)
        case DisputeEscalated():
            return replace(state, stage=Stage.MEDIATION)
        case ContactOwnerChanged(taken_over, _):
            return replace(state, taken_over=taken_over)
        case EvidenceSubmitted(evidence):
            return replace(state, evidence=(*state.evidence, evidence))
        case EvidenceRequested(request):
            return replace(state, evidence_requests=(*state.evidence_requests, request))
        case EvidenceRequestEnded(request_id, status, _):
            ended = (replace(r, status=status) if r.id == request_id else r for r in state.evidence_requests)
            return replace(state, evidence_requests=tuple(ended))
        case DisputeDecided(record=record, decided_by=decided_by):
            return replace(state, stage=Stage.DECIDED, record=record, decided_by=decided_by)
        case DecisionAppealed(appeal):
            return replace(state, appeals=(*state.appeals, appeal))
        case AppealDecided(outcome=outcome, reasons=reasons, record=anew, decided_by=decided_by, at=at):
            decided = replace(state, appeals=appeals.with_outcome(state.appeals, outcome, reasons, at))
            return replace(decided, stage=Stage.DECIDED, record=anew, decided_by=decided_by) if anew else decided
        case FindingMade() | FindingWithdrawn():
            return state  # the record says what was found, and the appeals whether it stands
        case DecisionTakenBack():
            return replace(state, taken_back=True)
        case DisputeExecuted() | RefundReordered():
            return replace(state, refund_failed=False)
        case RefundFailed():
            return replace(state, refund_failed=True)
        case DisputeClosed():
            return replace(state, stage=Stage.CLOSED)
        case DisputeWithdrawn():
            return replace(state, stage=Stage.WITHDRAWN)
        case DisputeLapsed():
            return replace(state, stage=Stage.LAPSED)
        case LapseWithdrawn():
            return replace(state, lapse_withdrawn=True)
        case _:
            assert_never(event)


def _answered(state: Dispute, offer_id: OfferId, status: str) -> tuple[Offer, ...]:
    return tuple(replace(o, status=status) if o.id == offer_id else o for o in state.offers)


def _accepted(state: Dispute, offer_id: OfferId, by: str) -> tuple[Offer, ...]:
    return tuple(replace(o, accepted_by=(*o.accepted_by, by)) if o.id == offer_id else o for o in state.offers)
