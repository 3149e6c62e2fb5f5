"""What the marketplace tells us: sellers, orders, deliveries and the payment system's outcomes (section 9, In)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event, Model
from ombud_contracts.vocabulary import BuyerId, Currency, Instant, LineId, MinorUnits, OrderId, SellerId
from ombud_words import ListingId, RefundId


class SellerTerms(Model):
    """What the seller promised at purchase; the most favourable of law, platform and these terms wins."""

    version: str
    return_days: Annotated[int, Field(ge=0)]
    warranty_months: Annotated[int, Field(ge=0)]


class ListingSnapshot(Model):
    """The listing as the buyer saw it when buying."""

    listing_id: ListingId
    title: str
    condition: str
    attributes: dict[str, str] = Field(default_factory=dict)
    """Advertised properties, such as colour or storage."""
    category: str | None = None
    """The product category, such as `phones`; rules of reasons may differ by it."""
    model: str | None = None
    """The marketplace's id of the product model, such as a GTIN: what is recalled, locked or counterfeit is sought by it."""


class OrderLine(Model):
    """One item of an order."""

    line_id: LineId
    listing: ListingSnapshot
    quantity: Annotated[int, Field(ge=1)]
    price_minor: Annotated[MinorUnits, Field(ge=0)]
    """Paid for the line, all its pieces together, VAT included."""
    shipping_minor: Annotated[MinorUnits, Field(ge=0)]
    """Paid for shipping the line, VAT included."""
    imei: str | None = None
    serial: str | None = None
    promised_by: Instant
    """Delivery promised to the buyer by this instant."""
    terms: SellerTerms


class SellerRegistered(Event):
    """A seller may sell in a market, under terms; sent again when something about the seller changes."""

    type: ClassVar[str] = "marketplace.seller_registered"
    topic: ClassVar[str] = topics.SELLERS
    seller_id: SellerId
    market: str
    languages: tuple[str, ...]
    terms_version: str


class ListingPublished(Event):
    """A seller offers something in a market, which buyers can ask about before buying; sent again when the listing changes."""

    type: ClassVar[str] = "marketplace.listing_published"
    topic: ClassVar[str] = topics.LISTINGS
    version: ClassVar[int] = 2
    listing_id: ListingId
    seller_id: SellerId
    market: str
    title: str
    condition: str
    category: str | None = None
    """The product category, such as `phones`; rules of reasons may differ by it."""
    model: str | None = None
    """The marketplace's id of the product model, such as a GTIN."""
    published_at: Instant


class ListingStopped(Event):
    """The listings system stopped a listing: nobody can buy it any more."""

    type: ClassVar[str] = "marketplace.listing_stopped"
    topic: ClassVar[str] = topics.LISTINGS
    listing_id: ListingId
    reason: str
    """A code, such as `recall`."""
    stopped_at: Instant


class ListingCorrected(Event):
    """The seller or the listings system corrected a listing, which is sold on as it is described now."""

    type: ClassVar[str] = "marketplace.listing_corrected"
    topic: ClassVar[str] = topics.LISTINGS
    listing_id: ListingId
    reason: str
    """A code, such as `description`."""
    corrected_at: Instant


class OrderPlaced(Event):
    """A buyer bought one or more lines from one seller, and paid."""

    type: ClassVar[str] = "marketplace.order_placed"
    topic: ClassVar[str] = topics.ORDERS
    version: ClassVar[int] = 3
    order_id: OrderId
    buyer_id: BuyerId
    seller_id: SellerId
    market: str
    currency: Currency
    placed_at: Instant
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1)]


class OrderDelivered(Event):
    """The carrier delivered a line to the buyer."""

    type: ClassVar[str] = "marketplace.order_delivered"
    topic: ClassVar[str] = topics.ORDERS
    order_id: OrderId
    line_id: LineId
    delivered_at: Instant


class DeliveryPromiseChanged(Event):
    """The seller or the carrier names another day for the delivery of a line."""

    type: ClassVar[str] = "marketplace.delivery_promise_changed"
    topic: ClassVar[str] = topics.ORDERS
    order_id: OrderId
    line_id: LineId
    promised_by: Instant
    """Delivery is promised by this instant now. An earlier one brings the delivery guarantee nearer; a later one does not put it
    off: the buyer bought on what was promised before."""
    changed_at: Instant


class OrderLineCancelled(Event):
    """A line is not delivered any more, and the marketplace itself pays the buyer back."""

    type: ClassVar[str] = "marketplace.order_line_cancelled"
    topic: ClassVar[str] = topics.ORDERS
    order_id: OrderId
    line_id: LineId
    reason: str
    """A code, such as `by_buyer` or `sold_out`."""
    cancelled_at: Instant


class ShipmentReported(Event):
    """A carrier said where a parcel of a line is; sent again whenever it says something new."""

    type: ClassVar[str] = "marketplace.shipment_reported"
    topic: ClassVar[str] = topics.ORDERS
    order_id: OrderId
    line_id: LineId
    carrier: str
    """Who carries the parcel, such as `dpd`."""
    tracking_number: Annotated[str, Field(min_length=1, max_length=64)]
    """Of the parcel, such as `05308955120001`; a line may come in several."""
    state: str
    """Where it is, such as `in_transit`, `out_for_delivery`, `delayed`, `lost` or `returned`."""
    reported_at: Instant


class ReturnScanned(Event):
    """A carrier scanned a parcel that a buyer sends back; sent again whenever it says something new."""

    type: ClassVar[str] = "marketplace.return_scanned"
    topic: ClassVar[str] = topics.PARCELS
    tracking_number: Annotated[str, Field(min_length=1, max_length=64)]
    """Of the parcel, such as `05308955120002`: by it alone the carrier knows it."""
    carrier: str
    """Who carries the parcel, such as `dpd`."""
    state: str
    """`shipped` when the carrier took it, `received` when the seller has it, `lost`; others are only kept."""
    scanned_at: Instant


class DeviceChecked(Event):
    """A register of lost, stolen and locked devices answered whether the device of a line is in it."""

    type: ClassVar[str] = "marketplace.device_checked"
    topic: ClassVar[str] = topics.ORDERS
    order_id: OrderId
    line_id: LineId
    imei: str
    """Of the device that was asked about."""
    blocked: bool
    answered_by: str
    """The register, such as `gsma`."""
    checked_at: Instant


class RefundPaid(Event):
    """The payment system carried out a refund that billing ordered."""

    type: ClassVar[str] = "marketplace.refund_paid"
    topic: ClassVar[str] = topics.PAYMENTS
    refund_id: RefundId
    """The id billing gave the refund order."""
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    paid_at: Instant


class RefundRefused(Event):
    """The payment system could not carry out a refund that billing ordered."""

    type: ClassVar[str] = "marketplace.refund_refused"
    topic: ClassVar[str] = topics.PAYMENTS
    refund_id: RefundId
    reason: str
    """A code of the payment system, such as `card_closed`."""
