"""What others hear of listings: requests to stop them. What the marketplace told is its own to tell."""

from ombud_contracts.events import products as contract
from ticketing.orders.domain.stop import Event, Stop, StopRequested


def publish_stop(event: Event, _state: Stop) -> contract.ListingStopRequested | None:
    """Return what the listings system hears."""
    if not isinstance(event, StopRequested):
        return None
    request = event.request
    return contract.ListingStopRequested(
        model=request.model,
        listing_id=request.listing_id,
        seller_id=request.seller_id,
        market=request.market,
        trigger=request.trigger,
        told_by=request.told_by,
        requested_at=request.at,
    )
