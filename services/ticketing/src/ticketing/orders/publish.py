"""What others hear of listings: requests to stop them, and that one holds no longer. What the marketplace told is its own to tell."""

from typing import assert_never

from ombud_contracts.events import products as contract
from ticketing.orders.domain.stop import Event, Stop, StopAnswered, StopRequested, StopWithdrawn


def publish_stop(event: Event, state: Stop) -> contract.ListingStopRequested | contract.ListingStopWithdrawn | None:
    """Return what the listings system hears; its own answers are not told back to it."""
    match event:
        case StopRequested(request):
            return contract.ListingStopRequested(
                model=request.model,
                listing_id=request.listing_id,
                seller_id=request.seller_id,
                market=request.market,
                trigger=request.trigger,
                told_by=request.told_by,
                requested_at=request.at,
            )
        case StopWithdrawn(at):
            return contract.ListingStopWithdrawn(
                model=state.request.model,
                listing_id=state.request.listing_id,
                seller_id=state.request.seller_id,
                market=state.request.market,
                trigger=state.request.trigger,
                withdrawn_at=at,
            )
        case StopAnswered():
            return None
        case _:
            assert_never(event)
