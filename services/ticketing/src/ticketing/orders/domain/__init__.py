"""What the marketplace told: of order lines that were bought, and of listings that can be."""

from ticketing.orders.domain.line import (
    Listing,
    OrderLine,
    Purchase,
    RecordDelivery,
    RecordPurchase,
    RecordShipment,
    Shipment,
)
from ticketing.orders.domain.listing import PublishedListing, RecordListing

__all__ = [
    "Listing",
    "OrderLine",
    "PublishedListing",
    "Purchase",
    "RecordDelivery",
    "RecordListing",
    "RecordPurchase",
    "RecordShipment",
    "Shipment",
]
