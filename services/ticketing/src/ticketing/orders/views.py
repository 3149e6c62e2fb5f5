"""What the screens show of an order line: as it was bought, and where it is; and of a listing that is not bought yet."""

from datetime import datetime

from chassis.http import View
from ombud_words import LineId, ListingId, OrderId, SellerId
from ticketing.orders.domain import Listing, OrderLine, PublishedListing, Purchase, Shipment, Stop


class ListingView(View):
    """The listing as the buyer saw it when buying."""

    listing_id: ListingId
    title: str
    condition: str
    attributes: dict[str, str]
    told_by: str
    """The event that told of it: a takeover that rests on the listing names it as `listing_snapshot`."""


class OfferedView(View):
    """What a seller offers at present."""

    listing_id: ListingId
    seller_id: SellerId
    title: str
    condition: str
    category: str | None
    published_at: datetime
    told_by: str
    """The event that told of it: a takeover that rests on the listing names it as `listing_snapshot`."""


class LineView(View):
    """An order line as it was bought."""

    order_id: OrderId
    line_id: LineId
    placed_at: datetime
    value_minor: int
    """Paid for the line, shipping and VAT included."""
    currency: str | None
    promised_by: datetime
    delivered_at: datetime | None
    return_days: int
    """By the seller's terms; law and platform may give more."""
    warranty_months: int
    terms_version: str | None
    category: str | None
    quantity: int | None
    imei: str | None
    """Of the device that was dispatched."""
    serial: str | None
    listing: ListingView | None
    """None for a line of which no listing was kept."""
    refused: str | None
    """Why the order was refused when it was told; None for one that was taken."""


class ParcelView(View):
    """A parcel, as its carrier last told."""

    carrier: str
    tracking_number: str
    state: str
    reported_at: datetime


class TrackingView(View):
    """Where a line is, and when it was promised."""

    promised_by: datetime
    delivered_at: datetime | None
    guaranteed_by: datetime | None
    """By when the delivery guarantee lets it come, as its clock says; null while no clock says it."""
    guarantee_claimable: bool
    """That time passed without a delivery: a dispute about the delivery goes to a mediator at once."""
    parcels: list[ParcelView]
    """Of which a carrier told, the newest first; empty when no carrier told of any."""


def line_view(line_id: LineId, bought: Purchase, line: OrderLine) -> LineView:
    """Return an order line as it was bought."""
    listing = bought.listing
    return LineView(
        order_id=bought.order_id,
        line_id=line_id,
        placed_at=bought.placed_at,
        value_minor=bought.value_minor,
        currency=bought.currency,
        promised_by=bought.promised_by,
        delivered_at=line.delivered_at,
        return_days=bought.return_days,
        warranty_months=bought.warranty_months,
        terms_version=bought.terms_version,
        category=bought.category,
        quantity=listing.quantity if listing else None,
        imei=listing.imei if listing else None,
        serial=listing.serial if listing else None,
        listing=_listing_view(listing) if listing else None,
        refused=bought.refused,
    )


def offered_view(listing_id: ListingId, listing: PublishedListing) -> OfferedView:
    """Return what is offered."""
    return OfferedView(
        listing_id=listing_id,
        seller_id=listing.seller_id,
        title=listing.title,
        condition=listing.condition,
        category=listing.category,
        published_at=listing.published_at,
        told_by=listing.told_by,
    )


def tracking_view(bought: Purchase, line: OrderLine) -> TrackingView:
    """Return where a line is."""
    return TrackingView(
        promised_by=bought.promised_by,
        delivered_at=line.delivered_at,
        guaranteed_by=line.guarantee.due_by if line.guarantee else None,
        guarantee_claimable=line.guarantee_claimable,
        parcels=[_parcel_view(s) for s in sorted(line.shipments, key=lambda s: s.reported_at, reverse=True)],
    )


def _listing_view(listing: Listing) -> ListingView:
    return ListingView(
        listing_id=listing.listing_id,
        title=listing.title,
        condition=listing.condition,
        attributes=listing.attributes,
        told_by=listing.told_by,
    )


def _parcel_view(shipment: Shipment) -> ParcelView:
    return ParcelView(
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        state=shipment.state,
        reported_at=shipment.reported_at,
    )


class StopView(View):
    """A request to stop a listing, and what became of it."""

    listing_id: ListingId
    trigger: str
    """Why, such as `T6`."""
    status: str
    """What the listings system has made of it: `REQUESTED`, `STOPPED` or `CORRECTED`."""
    requested_at: datetime
    answered_at: datetime | None
    withdrawn_at: datetime | None
    """Since when nothing asks for it any more; then the listings system may offer the listing again."""


def stop_view(stop: Stop) -> StopView:
    """Return a request to stop a listing."""
    return StopView(
        listing_id=stop.request.listing_id,
        trigger=stop.request.trigger,
        status=stop.status,
        requested_at=stop.request.at,
        answered_at=stop.answered_at,
        withdrawn_at=stop.withdrawn_at,
    )
