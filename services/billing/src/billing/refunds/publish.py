"""What others hear of a refund."""

from typing import assert_never

from billing.refunds import domain as refund
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import billing as contract


def publish(event: refund.Event, state: refund.Refund) -> ContractEvent | None:
    """Return what others hear of a refund."""
    o = state.order
    refund_id, case_id, decision_id = o.refund_id, o.case_id, o.decision_id
    match event:
        case refund.RefundOrdered():
            return _ordered(o)
        case refund.RefundCompleted(_, at):
            return contract.RefundCompleted(
                refund_id=refund_id,
                case_id=case_id,
                decision_id=decision_id,
                amount_minor=o.amount_minor,
                currency=o.currency,
                completed_at=at,
            )
        case refund.RefundHeldBack(reason=reason) | refund.RefundFailed(reason=reason):
            return contract.RefundFailed(
                refund_id=refund_id, case_id=case_id, decision_id=decision_id, reason=reason, failed_at=event.at
            )
        case refund.RefundReplaced():
            return _replaced(event, o)
        case refund.RefundCancelled(reason=reason, at=at):
            return contract.RefundCancelled(
                refund_id=refund_id,
                case_id=case_id,
                decision_id=decision_id,
                amount_minor=o.amount_minor,
                currency=o.currency,
                reason=reason,
                cancelled_at=at,
            )
        case _:
            assert_never(event)


def _ordered(o: refund.OrderRefund) -> contract.RefundOrdered:
    return contract.RefundOrdered(
        refund_id=o.refund_id,
        case_id=o.case_id,
        decision_id=o.decision_id,
        order_id=o.order_id,
        line_id=o.line_id,
        buyer_id=o.buyer_id,
        amount_minor=o.amount_minor,
        currency=o.currency,
        ordered_at=o.at,
        method=o.method,
        replaces=o.replaces,
    )


def _replaced(
    event: refund.RefundReplaced, o: refund.OrderRefund
) -> contract.RefundRetried | contract.RefundRedirected:
    if event.method is None:
        return contract.RefundRetried(
            refund_id=o.refund_id,
            case_id=o.case_id,
            decision_id=o.decision_id,
            successor_id=event.successor,
            reason=event.reason,
            retried_at=event.at,
        )
    return contract.RefundRedirected(
        refund_id=o.refund_id,
        case_id=o.case_id,
        decision_id=o.decision_id,
        successor_id=event.successor,
        method=event.method,
        reason=event.reason,
        redirected_at=event.at,
    )
