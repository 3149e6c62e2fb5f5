"""What the screens show of a hold."""

from datetime import datetime

from billing.payouts.domain import Hold
from chassis.http import View
from ombud_words import DisputeId, HoldId


class HoldView(View):
    """Money of a dispute that is kept back from the seller's payouts."""

    hold_id: HoldId
    dispute_id: DisputeId
    status: str
    amount_minor: int
    currency: str
    placed_at: datetime | None
    released_at: datetime | None
    cause: str | None
    """What released it, as a code."""


def hold_view(hold: Hold) -> HoldView:
    """Return the screen of a hold that was placed."""
    held = hold.held
    assert held is not None, "what is in a case was placed"
    return HoldView(
        hold_id=held.hold_id,
        dispute_id=held.dispute_id,
        status=hold.status,
        amount_minor=held.amount_minor,
        currency=held.currency,
        placed_at=hold.placed_at,
        released_at=hold.released_at,
        cause=hold.cause,
    )
