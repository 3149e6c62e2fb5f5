"""What the screens show of a refund."""

from billing.refunds.domain import Refund
from chassis.http import View


class RefundView(View):
    """A refund that was ordered from the payment system."""

    refund_id: str
    decision_id: str
    status: str
    amount_minor: int
    currency: str


def refund_view(refund: Refund) -> RefundView:
    """Return the screen of a refund."""
    o = refund.order
    return RefundView(
        refund_id=o.refund_id,
        decision_id=o.decision_id,
        status=refund.status,
        amount_minor=o.amount_minor,
        currency=o.currency,
    )
