"""What the marketplace told: of order lines that were bought, and of listings that can be."""

from ticketing.orders.domain.line import (
    DeviceAnswer,
    Guarantee,
    Listing,
    NoteConcern,
    OrderLine,
    Purchase,
    RecordCancellation,
    RecordDelivery,
    RecordDeviceAnswer,
    RecordGuarantee,
    RecordPurchase,
    RecordShipment,
    Shipment,
)
from ticketing.orders.domain.listing import PublishedListing, RecordListing
from ticketing.orders.domain.stop import AnswerStop, RequestStop, Stop, StopStatus, WithdrawStop

__all__ = [
    "AnswerStop",
    "DeviceAnswer",
    "Guarantee",
    "Listing",
    "NoteConcern",
    "OrderLine",
    "PublishedListing",
    "Purchase",
    "RecordCancellation",
    "RecordDelivery",
    "RecordDeviceAnswer",
    "RecordGuarantee",
    "RecordListing",
    "RecordPurchase",
    "RecordShipment",
    "RequestStop",
    "Shipment",
    "Stop",
    "StopStatus",
    "WithdrawStop",
]
