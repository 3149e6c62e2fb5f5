"""What the screens show of a refund."""

from billing.refunds.domain import Refund
from chassis.http import View


class RefundView(View):
    """A refund that was ordered from the payment system, or held back."""

    refund_id: str
    decision_id: str
    status: str
    amount_minor: int
    currency: str
    reason: str | None
    """Why it was refused or given up, as a code."""
    method: str | None
    """Another way than that in which the buyer paid."""
    replaces: str | None
    """The order that was refused before."""


def refund_view(refund: Refund) -> RefundView:
    """Return the screen of a refund."""
    o = refund.order
    return RefundView(
        refund_id=o.refund_id,
        decision_id=o.decision_id,
        status=refund.status,
        amount_minor=o.amount_minor,
        currency=o.currency,
        reason=refund.reason,
        method=o.method,
        replaces=o.replaces,
    )
