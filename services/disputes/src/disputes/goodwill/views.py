"""What the screens show of goodwill."""

from chassis.http import View
from disputes.goodwill.domain import Gift, Goodwill
from ombud_words import CaseId, DecisionId


class GoodwillView(View):
    """A gift, beside what was given in its case so far."""

    case_id: CaseId
    decision_id: DecisionId
    amount_minor: int
    currency: str
    total_minor: int


def goodwill_view(gift: Gift, state: Goodwill) -> GoodwillView:
    """Return the screen of a gift."""
    return GoodwillView(
        case_id=gift.case_id,
        decision_id=gift.decision_id,
        amount_minor=gift.amount_minor,
        currency=gift.currency,
        total_minor=state.total_minor,
    )
