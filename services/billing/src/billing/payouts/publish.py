"""What others hear of payouts."""

from typing import Any, assert_never

from billing.payouts.domain import hold, run
from ombud_contracts.events import payouts as contract


def publish_run(event: run.Event, state: run.Payout) -> contract.PayoutAdvanced:
    """Return what others hear: the sums so far, and whether they are final."""
    paid = state.run
    return contract.PayoutAdvanced(
        payout_id=paid.payout_id,
        run_id=paid.run_id,
        seller_id=paid.seller_id,
        market=paid.market,
        currency=paid.currency,
        run_at=paid.run_at,
        taken_minor=state.taken_minor,
        repaid_minor=state.repaid_minor,
        charges=state.charges,
        more=not state.done,
        advanced_at=event.at,
    )


def publish_hold(event: hold.Event, state: hold.Hold) -> contract.PayoutHoldEvent | None:
    """Return what others hear of a hold; nothing while nothing was held."""
    held = state.held
    if held is None or state.placed_at is None:
        return None
    match event:
        case hold.HoldPlaced(_, at):
            return contract.PayoutHoldPlaced(
                **_of(held),
                amount_minor=held.amount_minor,
                order_id=held.order_id,
                line_id=held.line_id,
                placed_at=at,
            )
        case hold.HoldAdjusted(amount, at):
            return contract.PayoutHoldAdjusted(
                **_of(held),
                amount_minor=amount,
                adjusted_at=at,
            )
        case hold.HoldReleased(cause, at):
            return contract.PayoutHoldReleased(
                **_of(held),
                amount_minor=held.amount_minor,
                cause=cause,
                released_at=at,
            )
        case hold.HoldAwaited() | hold.DisputeOver():
            return None  # nothing is held
        case _:
            assert_never(event)


def _of(held: hold.Held) -> dict[str, Any]:
    return {
        "hold_id": held.hold_id,
        "dispute_id": held.dispute_id,
        "case_id": held.case_id,
        "seller_id": held.seller_id,
        "market": held.market,
        "currency": held.currency,
    }
