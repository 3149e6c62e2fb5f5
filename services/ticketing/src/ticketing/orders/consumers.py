"""What the marketplace tells of order lines and of listings."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.hearing import is_news
from ombud_contracts import Received
from ombud_contracts.events import marketplace
from ombud_contracts.events.marketplace import (
    DeviceChecked,
    ListingCorrected,
    ListingPublished,
    ListingStopped,
    OrderDelivered,
    OrderLineCancelled,
    OrderPlaced,
    ShipmentReported,
)
from ombud_contracts.events.sla_monitor import ClockEvent
from ombud_contracts.market import Market
from ombud_contracts.rounds import BREACHED, said_of_round
from ombud_words import EventId, LineKey, ListingId, line_key, paid_for_line, why_order_refused
from ticketing.orders.domain import (
    AnswerStop,
    DeviceAnswer,
    Guarantee,
    Listing,
    PublishedListing,
    Purchase,
    RecordCancellation,
    RecordDelivery,
    RecordDeviceAnswer,
    RecordGuarantee,
    RecordListing,
    RecordPurchase,
    RecordShipment,
    Shipment,
    StopStatus,
)
from ticketing.orders.store import LINES, LISTINGS, STOPS, adopt

_GUARANTEE, _LINE = "delivery_guarantee", "order_line"


async def learn_of_lines(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Keep what was bought and when it was delivered, as last told."""
    match received.event:
        case OrderPlaced() as order if await is_news("order", received.metadata, unit):
            market = markets.get(order.market)
            refused = why_order_refused(order.currency, market.currency if market is not None else None)
            for line in order.lines:
                key = line_key(order.order_id, line.line_id)
                await adopt(unit, key)
                purchase = _purchase(order, line, EventId(received.metadata.id), refused)
                await unit.execute(LINES, key, RecordPurchase(purchase, unit.now))
        case OrderDelivered() as told if await is_news(f"delivery|{told.line_id}", received.metadata, unit):
            key = line_key(told.order_id, told.line_id)
            await adopt(unit, key)
            await unit.execute(LINES, key, RecordDelivery(told.delivered_at, unit.now))
        case OrderLineCancelled() as told:
            key = line_key(told.order_id, told.line_id)
            await adopt(unit, key)
            await unit.execute(LINES, key, RecordCancellation(told.cancelled_at, unit.now))
        case ShipmentReported() as told if await is_news(_parcel(told), received.metadata, unit):
            key = line_key(told.order_id, told.line_id)
            await adopt(unit, key)
            await unit.execute(LINES, key, RecordShipment(_shipment(told), unit.now))
        case DeviceChecked() as told if await is_news(f"device|{told.line_id}", received.metadata, unit):
            key = line_key(told.order_id, told.line_id)
            await adopt(unit, key)
            answer = DeviceAnswer(blocked=told.blocked, told_by=EventId(received.metadata.id))
            await unit.execute(LINES, key, RecordDeviceAnswer(answer, unit.now))


async def learn_of_guarantee(received: Received, unit: Unit) -> None:
    """Keep what the clock of a line's delivery guarantee said, which is about no case."""
    clock = received.event
    if not isinstance(clock, ClockEvent) or clock.about != _LINE or clock.kind != _GUARANTEE:
        return
    said = said_of_round(clock)
    if said is not None and await is_news("guarantee", received.metadata, unit):
        guarantee = Guarantee(due_by=said.get("due_by"), claimable=said["verdict"] == BREACHED)
        await adopt(unit, LineKey(clock.subject))
        await unit.execute(LINES, clock.subject, RecordGuarantee(guarantee, unit.now))


async def learn_of_listings(received: Received, unit: Unit) -> None:
    """Keep whose a listing is and what it offers, as last told."""
    match received.event:
        case ListingPublished() as told if await is_news("listing", received.metadata, unit):
            listing = PublishedListing(
                seller_id=told.seller_id,
                market=told.market,
                title=told.title,
                condition=told.condition,
                category=told.category,
                model=told.model,
                published_at=told.published_at,
                told_by=EventId(received.metadata.id),
            )
            await unit.execute(LISTINGS, told.listing_id, RecordListing(listing, unit.now))


async def note_stops(received: Received, unit: Unit) -> None:
    """Keep that a listing was stopped or corrected; of one that nobody asked about nothing is kept."""
    match received.event:
        case ListingStopped(listing_id=listing_id, stopped_at=at):
            await _answer(listing_id, AnswerStop(StopStatus.STOPPED, at), received, unit)
        case ListingCorrected(listing_id=listing_id, corrected_at=at):
            await _answer(listing_id, AnswerStop(StopStatus.CORRECTED, at), received, unit)


async def _answer(listing_id: ListingId, answer: AnswerStop, received: Received, unit: Unit) -> None:
    asked = await unit.read(STOPS, listing_id) is not None
    if asked and await is_news("stop", received.metadata, unit):
        await unit.execute(STOPS, listing_id, answer)


def _parcel(told: ShipmentReported) -> str:
    return f"parcel|{told.line_id}|{told.tracking_number}"


def _shipment(told: ShipmentReported) -> Shipment:
    return Shipment(
        carrier=told.carrier,
        tracking_number=told.tracking_number,
        state=told.state,
        reported_at=told.reported_at,
    )


def _purchase(order: OrderPlaced, line: marketplace.OrderLine, told_by: EventId, refused: str | None) -> Purchase:
    return Purchase(
        order_id=order.order_id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        market=order.market,
        placed_at=order.placed_at,
        value_minor=paid_for_line(line.price_minor, line.shipping_minor),
        promised_by=line.promised_by,
        return_days=line.terms.return_days,
        warranty_months=line.terms.warranty_months,
        category=line.listing.category,
        listing=_listing(line, told_by),
        refused=refused,
        currency=order.currency,
        terms_version=line.terms.version,
    )


def _listing(line: marketplace.OrderLine, told_by: EventId) -> Listing:
    return Listing(
        listing_id=line.listing.listing_id,
        title=line.listing.title,
        condition=line.listing.condition,
        attributes=dict(line.listing.attributes),
        quantity=line.quantity,
        told_by=told_by,
        model=line.listing.model,
        imei=line.imei,
        serial=line.serial,
    )
