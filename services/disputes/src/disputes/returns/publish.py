"""Events of a return as contract events; None for facts that are its own."""

from datetime import datetime, timedelta
from typing import Any, assert_never

from disputes.returns.domain import Return, ReturnTerms
from disputes.returns.domain import events as told
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import returns as contract
from ombud_contracts.events.ticketing import AnnouncedCharge
from ombud_words import ChargeKind, vat_of


def publish(event: told.Event, state: Return) -> ContractEvent | None:
    """Return what others hear of a return."""
    of_it: dict[str, Any] = {"return_id": state.id, "case_id": state.request.case_id}
    currency = state.request.currency
    match event:
        case told.ReturnRequested(request):
            return contract.ReturnRequested(
                **_of_line(state),
                left_minor=request.left_minor,
                currency=currency,
                label_cost=label_cost(request.terms, currency),
                requested_by=request.requested_by,
                requested_at=request.at,
            )
        case told.ReturnAccepted(by, at):
            return contract.ReturnAccepted(**of_it, by=by, accepted_at=at)
        case told.AcceptanceWithdrawn(at):
            return contract.ReturnStepReopened(**of_it, step="return_answer", reopened_at=at)
        case told.LapseWithdrawn(at):
            return contract.ReturnStepReopened(**of_it, step="return_shipment", reopened_at=at)
        case told.DeductionReopened(at):
            return contract.ReturnStepReopened(**of_it, step="deduction_answer", reopened_at=at)
        case told.ReturnRefused(ground, by, at):
            return contract.ReturnRefused(**of_it, ground=ground, by=by, refused_at=at)
        case told.LabelIssued():
            return _label(event, state)
        case told.LabelChargeWithdrawn(at):
            decision_id = state.request.decision_id
            return contract.ReturnLabelChargeWithdrawn(**of_it, decision_id=decision_id, withdrawn_at=at)
        case told.ReturnShipped(by, number, at):
            return contract.ReturnShipped(**of_it, by=by, tracking_number=number, shipped_at=at)
        case told.ReturnReportedLost(at):
            return contract.ReturnReportedLost(**of_it, reported_at=at)
        case told.ReturnMarkedLost(reasons=reasons, decided_by=by, decider_id=decider, at=at):
            return contract.ReturnMarkedLost(**of_it, reasons=reasons, decided_by=by, decider_id=decider, marked_at=at)
        case told.ReturnReceived(by, at):
            return contract.ReturnReceived(**of_it, by=by, received_at=at)
        case told.ReturnInspected(found, at):
            return contract.ReturnInspected(
                **of_it,
                by=found.by,
                deviations=found.deviations,
                deduction_minor=found.deduction_minor,
                currency=currency,
                photos=found.photos,
                device_matches=found.device_matches,
                inspected_at=at,
            )
        case told.DeductionDisputed(at):
            return contract.DeductionDisputed(**of_it, disputed_at=at)
        case told.DeductionDecided():
            return contract.DeductionDecided(
                **of_it,
                deduction_minor=event.deduction_minor,
                currency=currency,
                reasons=event.reasons,
                decided_by=event.decided_by,
                decider_id=event.decider_id,
                decided_at=event.at,
            )
        case told.RefundOrdered():
            return _refund(event, state)
        case told.ReturnEnded(outcome, refunded_minor, at):
            return contract.ReturnEnded(
                **of_it, outcome=outcome, refunded_minor=refunded_minor, currency=currency, ended_at=at
            )
        case (
            told.PhotoSubmitted()
            | told.DeductionStood()
            | told.RefundFailed()
            | told.RefundReordered()
            | told.DecisionTakenBack()
        ):
            return None
        case _:
            assert_never(event)


def label_cost(terms: ReturnTerms, currency: str) -> AnnouncedCharge:
    """Return what the seller is charged where the platform sends the label."""
    return AnnouncedCharge(
        kind=ChargeKind.RETURN_LABEL,
        net_minor=terms.label_net_minor,
        vat_minor=vat_of(terms.label_net_minor, terms.vat_basis_points),
        vat_basis_points=terms.vat_basis_points,
        currency=currency,
        tariff_version=terms.tariff_version,
    )


def _of_line(state: Return) -> dict[str, Any]:
    request = state.request
    return {
        "return_id": request.return_id,
        "case_id": request.case_id,
        "order_id": request.order_id,
        "line_id": request.line_id,
        "buyer_id": request.buyer_id,
        "seller_id": request.seller_id,
        "decision_id": request.decision_id,
    }


def _appeal_until(state: Return, at: datetime) -> datetime:
    return at + timedelta(days=state.request.terms.appeal_days)


def _label(event: told.LabelIssued, state: Return) -> contract.ReturnLabelIssued:
    terms = state.request.terms
    return contract.ReturnLabelIssued(
        **_of_line(state),
        by=event.by,
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        charged=label_cost(terms, state.request.currency) if event.charged else None,
        clause=terms.label_clause,
        clause_version=terms.clause_version,
        appeal_until=_appeal_until(state, event.at),
        issued_at=event.at,
    )


def _refund(event: told.RefundOrdered, state: Return) -> contract.ReturnRefundOrdered:
    terms = state.request.terms
    return contract.ReturnRefundOrdered(
        **_of_line(state) | {"decision_id": event.decision_id},
        amount_minor=event.amount_minor,
        currency=state.request.currency,
        funded_by="platform" if event.by_platform else "seller",
        clause=terms.clause,
        clause_version=terms.clause_version,
        decided_by=event.decided_by,
        decider_id=event.decider_id,
        appeal_until=_appeal_until(state, event.at),
        ordered_at=event.at,
    )
