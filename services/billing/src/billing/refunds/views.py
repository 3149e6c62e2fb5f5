"""What the screens show of a refund."""

from datetime import datetime

from billing.refunds.domain import Refund
from chassis.http import View
from ombud_words import CaseId, DecisionId, RefundId


class RefundView(View):
    """A refund that was ordered from the payment system, or held back."""

    refund_id: RefundId
    decision_id: DecisionId
    status: str
    amount_minor: int
    currency: str
    reason: str | None
    """Why it was refused or given up, as a code."""
    method: str | None
    """Another way than that in which the buyer paid."""
    replaces: str | None
    """The order that was refused before."""
    case_id: CaseId
    market: str
    ordered_at: datetime
    goodwill: bool
    """It is the platform's own money, and charged to nobody."""


class RefundPage(View):
    """Refunds, the newest first."""

    refunds: list[RefundView]
    next_cursor: str | None


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
        case_id=o.case_id,
        market=o.market,
        ordered_at=o.at,
        goodwill=o.goodwill,
    )
