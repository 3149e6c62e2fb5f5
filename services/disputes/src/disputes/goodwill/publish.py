"""What others hear of goodwill."""

from disputes.goodwill.domain import Goodwill, GoodwillGiven
from ombud_contracts.events import disputes as contract


def publish(event: GoodwillGiven, _state: Goodwill) -> contract.GoodwillGiven | None:
    """Return what others hear of a gift; a dispute's decision tells of its own."""
    gift = event.gift
    if gift.dispute_id is not None:
        return None
    return contract.GoodwillGiven(
        case_id=gift.case_id,
        decision_id=gift.decision_id,
        order_id=gift.order_id,
        line_id=gift.line_id,
        buyer_id=gift.buyer_id,
        seller_id=gift.seller_id,
        amount_minor=gift.amount_minor,
        currency=gift.currency,
        reason=gift.reason,
        given_by=gift.given_by,
        giver_id=gift.giver_id,
        given_at=gift.at,
    )
