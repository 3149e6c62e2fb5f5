"""What others hear of a refund."""

from typing import assert_never

from billing.refunds import domain as refund
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import billing as contract


def publish(event: refund.Event, state: refund.Refund) -> ContractEvent | None:
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
