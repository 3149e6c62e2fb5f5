"""Domain events as contract events; None for facts that are the dispute's own."""

from datetime import timedelta
from typing import Any, assert_never

from disputes.disputes.domain import Dispute
from disputes.disputes.domain import events as told
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import disputes as contract
from ombud_contracts.events import findings
from ombud_words import FOUND_AGAINST, Role

_LONGEST_OPEN = timedelta(days=30)
"""The end that an offerer names lies no further ahead, and no clock of an offer runs longer."""


def publish(event: told.Event, state: Dispute) -> ContractEvent | None:
    """Return what others hear of a dispute."""
    o = state.opened
    dispute_id, case_id = o.dispute_id, o.case_id
    match event:
        case told.DisputeOpened():
            return contract.DisputeOpened(
                dispute_id=dispute_id,
                case_id=case_id,
                order_id=o.order_id,
                line_id=o.line_id,
                buyer_id=o.buyer_id,
                seller_id=o.seller_id,
                reason=o.reason,
                family=o.family,
                claimed_remedy=o.claimed_remedy,
                claimed_minor=o.claimed_minor,
                currency=o.money.currency,
                stage=state.stage,
                opened_by=o.opened_by,
                opened_at=event.at,
            )
        case told.OfferMade(offer, at):
            return contract.OfferMade(
                dispute_id=dispute_id,
                case_id=case_id,
                offer_id=offer.id,
                by=offer.by,
                remedy=offer.remedy,
                amount_minor=offer.amount_minor,
                currency=o.money.currency,
                cost_to_seller_minor=offer.cost_to_seller_minor,
                cost_to_buyer_minor=offer.cost_to_buyer_minor,
                expires_by=offer.open_until or at + _LONGEST_OPEN,
                open_until=offer.open_until,
                made_at=at,
            )
        case told.OfferDeclined(offer_id, by, at):
            return contract.OfferDeclined(
                dispute_id=dispute_id, case_id=case_id, offer_id=offer_id, by=by, declined_at=at
            )
        case told.OfferAccepted(offer_id, by, at):
            return contract.OfferAccepted(
                dispute_id=dispute_id, case_id=case_id, offer_id=offer_id, by=by, accepted_at=at
            )
        case told.OfferLapsed(offer_id, at):
            return contract.OfferExpired(dispute_id=dispute_id, case_id=case_id, offer_id=offer_id, expired_at=at)
        case told.OfferEnded(offer_id, at):
            return contract.OfferEnded(dispute_id=dispute_id, case_id=case_id, offer_id=offer_id, ended_at=at)
        case told.EscalationOpened(cause, at):
            claimant = Role.SELLER if o.opened_by == Role.SELLER else Role.BUYER
            return contract.EscalationOpened(
                dispute_id=dispute_id, case_id=case_id, cause=cause, claimant=claimant, opened_at=at
            )
        case told.DisputeSettled() | told.DisputeDecided():
            return _outcome(event, state)
        case told.DecisionAppealed(appeal):
            assert state.record is not None, "what is appealed was decided"
            return contract.DecisionAppealed(
                dispute_id=dispute_id,
                case_id=case_id,
                appeal_id=appeal.id,
                decision_id=state.record.decision_id,
                by=appeal.by,
                grounds=appeal.grounds,
                appealed_at=appeal.at,
            )
        case told.AppealDecided():
            return _appeal_decided(event, state)
        case told.DecisionTakenBack(decision_id, fact, at):
            return contract.DecisionTakenBack(
                dispute_id=dispute_id, case_id=case_id, decision_id=decision_id, fact=fact, taken_back_at=at
            )
        case told.FindingMade() | told.FindingWithdrawn():
            return _of_finding(event, state)
        case told.DisputeEscalated(by, cause, at):
            return contract.DisputeEscalated(
                dispute_id=dispute_id, case_id=case_id, cause=cause, by=by, escalated_at=at
            )
        case told.EvidenceSubmitted(e):
            return contract.EvidenceSubmitted(
                dispute_id=dispute_id,
                case_id=case_id,
                evidence_id=e.evidence_id,
                kind=e.kind,
                sha256=e.sha256,
                bytes=e.size_bytes,
                by=e.by,
                audience=e.audience,
                submitted_at=e.at,
            )
        case told.EvidenceRequested(request):
            return contract.EvidenceRequested(
                dispute_id=dispute_id,
                case_id=case_id,
                request_id=request.id,
                of=request.of,
                kind=request.kind,
                by=request.by,
                requested_at=request.at,
            )
        case told.EvidenceRequestEnded(request_id, status, at):
            return contract.EvidenceRequestEnded(
                dispute_id=dispute_id, case_id=case_id, request_id=request_id, outcome=status, ended_at=at
            )
        case told.DisputeExecuted(at):
            return contract.DisputeExecuted(dispute_id=dispute_id, case_id=case_id, executed_at=at)
        case told.DisputeClosed(at):
            return contract.DisputeClosed(dispute_id=dispute_id, case_id=case_id, closed_at=at)
        case told.DisputeWithdrawn(at):
            return contract.DisputeWithdrawn(dispute_id=dispute_id, case_id=case_id, withdrawn_at=at)
        case told.LapseWithdrawn(at):
            return contract.LapseWithdrawn(dispute_id=dispute_id, case_id=case_id, withdrawn_at=at)
        case told.DisputeLapsed(at):
            return contract.DisputeLapsed(dispute_id=dispute_id, case_id=case_id, lapsed_at=at)
        case (
            told.OfferDeadlineNoted()
            | told.DeadlineNoted()
            | told.DeadlineForgotten()
            | told.FactShown()
            | told.FactForgotten()
            | told.ContactOwnerChanged()
            | told.RefundFailed()
            | told.RefundReordered()
        ):
            return None
        case _:
            assert_never(event)


def _outcome(
    event: told.DisputeSettled | told.DisputeDecided, state: Dispute
) -> contract.DisputeSettled | contract.DisputeDecided:
    o = state.opened
    decision = _decision(event.record, o.money.currency)
    if isinstance(event, told.DisputeSettled):
        return contract.DisputeSettled(
            dispute_id=o.dispute_id,
            case_id=o.case_id,
            offer_id=event.offer_id,
            accepted_by=event.accepted_by,
            order_id=o.order_id,
            line_id=o.line_id,
            buyer_id=o.buyer_id,
            seller_id=o.seller_id,
            decision=decision,
            settled_at=event.at,
        )
    return contract.DisputeDecided(
        dispute_id=o.dispute_id,
        case_id=o.case_id,
        order_id=o.order_id,
        line_id=o.line_id,
        buyer_id=o.buyer_id,
        seller_id=o.seller_id,
        decision=decision,
        decided_by=event.decided_by,
        mediator_id=event.mediator_id,
        decided_at=event.at,
    )


def _appeal_decided(event: told.AppealDecided, state: Dispute) -> contract.AppealDecided:
    o = state.opened
    left = {side: state.appeal_until(side) for side in (Role.BUYER, Role.SELLER) if event.record is None}
    by, until = next(((side, until) for side, until in left.items() if until is not None), (None, None))
    return contract.AppealDecided(
        dispute_id=o.dispute_id,
        case_id=o.case_id,
        appeal_id=state.appeals[-1].id,
        decision_id=event.decision_id,
        outcome=event.outcome,
        reasons=event.reasons,
        order_id=o.order_id,
        line_id=o.line_id,
        buyer_id=o.buyer_id,
        seller_id=o.seller_id,
        decision=_decision(event.record, o.money.currency) if event.record is not None else None,
        given_minor=event.record.given_minor if event.record is not None else 0,
        decided_by=event.decided_by,
        reviewer_id=event.reviewer_id,
        decided_at=event.at,
        appeal_by=by,
        appeal_until=until,
    )


def _of_finding(event: told.FindingMade | told.FindingWithdrawn, state: Dispute) -> findings.FindingEvent:
    o, finding = state.opened, event.finding
    head: dict[str, Any] = {
        "dispute_id": o.dispute_id,
        "case_id": o.case_id,
        "decision_id": event.decision_id,
        "kind": finding.kind,
        "against": FOUND_AGAINST[finding.kind],
        "buyer_id": o.buyer_id,
        "seller_id": o.seller_id,
    }
    if isinstance(event, told.FindingWithdrawn):
        return findings.FindingWithdrawn(**head, withdrawn_at=event.at)
    return findings.FindingMade(
        **head,
        reason=finding.reason,
        facts=finding.facts,
        found_by=event.found_by,
        finder_id=event.finder_id,
        appeal_until=event.appeal_until,
        found_at=event.at,
    )


def _decision(record: told.Record, currency: str) -> contract.Decision:
    outcome = record.outcome
    return contract.Decision(
        decision_id=record.decision_id,
        remedy=outcome.remedy,
        clause=record.clause,
        clause_version=record.clause_version,
        facts=record.facts,
        reasons=record.reasons,
        effects=tuple(
            contract.Effect(party=e.party, amount_minor=e.amount_minor, currency=e.currency, duties=e.duties)
            for e in outcome.effects
        ),
        lines=()
        if record.by_return
        else tuple(contract.DecisionLine(line=n.line, kind=n.kind, amount_minor=n.amount_minor) for n in outcome.lines),
        refund_minor=0 if record.by_return else outcome.refund_minor,
        currency=currency,
        appeal_until=record.appeal_until,
        return_id=record.return_id,
    )
