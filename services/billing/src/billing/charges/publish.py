"""Domain events as contract events; exposures are billing's own."""

from typing import assert_never

from billing.domain import charge, refund
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import billing as contract


def publish_charge(event: charge.Event, state: charge.Charge) -> ContractEvent | None:
    """Return what others hear of a charge."""
    t = state.terms
    ids = {"charge_id": t.charge_id, "case_id": t.case_id, "seller_id": t.seller_id}
    match event:
        case charge.ChargeProposed():
            return contract.ChargeProposed(
                charge_id=t.charge_id,
                case_id=t.case_id,
                seller_id=t.seller_id,
                decision_id=t.decision_id,
                line=t.line,
                kind=t.kind,
                net_minor=t.net_minor,
                vat_minor=t.vat_minor,
                vat_basis_points=t.vat_basis_points,
                gross_minor=t.gross_minor,
                currency=t.currency,
                tariff_version=t.tariff_version,
                capped=t.capped,
                proposed_at=event.at,
            )
        case charge.ChargeNotified(contest_until, at):
            return contract.ChargeNotified(**ids, contest_until=contest_until, notified_at=at)
        case charge.ChargePosted(entry, at):
            return contract.ChargePosted(
                **ids, entry_id=entry.id, gross_minor=t.gross_minor, currency=t.currency, posted_at=at
            )
        case charge.ChargeContested(ground, at):
            return contract.ChargeContested(**ids, ground=ground, contested_at=at)
        case charge.ChargeUpheld(reason, reviewer_id, at):
            return contract.ChargeUpheld(**ids, reason=reason, reviewer_id=reviewer_id, upheld_at=at)
        case charge.ChargeReversed(entry, reason, reviewer_id, at):
            return contract.ChargeReversed(
                **ids,
                entry_id=entry.id,
                reverses_entry_id=entry.reverses or "",
                gross_minor=t.gross_minor,
                currency=t.currency,
                reason=reason,
                reviewer_id=reviewer_id,
                reversed_at=at,
            )
        case charge.ChargeWithdrawn(reason, at):
            return contract.ChargeWithdrawn(**ids, reason=reason, withdrawn_at=at)
        case _:
            assert_never(event)


def publish_refund(event: refund.Event, state: refund.Refund) -> ContractEvent | None:
    """Return what others hear of a refund."""
    o = state.order
    match event:
        case refund.RefundOrdered():
            return contract.RefundOrdered(
                refund_id=o.refund_id,
                case_id=o.case_id,
                decision_id=o.decision_id,
                order_id=o.order_id,
                line_id=o.line_id,
                buyer_id=o.buyer_id,
                amount_minor=o.amount_minor,
                currency=o.currency,
                ordered_at=event.at,
            )
        case refund.RefundCompleted(_, at):
            return contract.RefundCompleted(
                refund_id=o.refund_id,
                case_id=o.case_id,
                decision_id=o.decision_id,
                amount_minor=o.amount_minor,
                currency=o.currency,
                completed_at=at,
            )
        case refund.RefundFailed(reason, at):
            return contract.RefundFailed(
                refund_id=o.refund_id, case_id=o.case_id, decision_id=o.decision_id, reason=reason, failed_at=at
            )
        case _:
            assert_never(event)
