"""An order line: what the marketplace told of a purchase and its delivery, whichever it told first."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import LOST, BuyerId, EventId, ListingId, OrderId, SearchId, SellerId, Terms

_MOST_PARCELS = 20
"""Of a line; of more the newest are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The listing as the buyer saw it when buying, and the device that was dispatched."""

    listing_id: ListingId
    title: str
    condition: str
    attributes: dict[str, str]
    quantity: int
    told_by: EventId
    """The event that told of it: what a decision names when it rests on the listing."""
    model: str | None = None
    """The marketplace's id of the product model."""
    imei: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What was bought, from whom, on which terms."""

    order_id: OrderId
    buyer_id: BuyerId
    seller_id: SellerId
    market: str
    placed_at: datetime
    value_minor: int
    """Paid for the line, shipping and VAT included."""
    promised_by: datetime
    return_days: int
    warranty_months: int
    category: str | None = None
    """Of the product."""
    listing: Listing | None = None
    """None for a line that was kept before listings were."""
    refused: str | None = None
    """Why the order was refused when it was told, as a code: no case is opened about it, and it costs its seller nothing."""
    currency: str | None = None
    """Of the value. None for a line that was kept before it was."""
    terms_version: str | None = None
    """Of the seller's terms at purchase. None for a line that was kept before it was."""

    @property
    def terms(self) -> Terms:
        """When it was bought and promised, and what its seller promised."""
        return Terms(
            placed_at=self.placed_at,
            promised_by=self.promised_by,
            return_days=self.return_days,
            warranty_months=self.warranty_months,
            category=self.category,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel of a line, as its carrier last told."""

    carrier: str
    tracking_number: str
    state: str
    reported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """What a blocklist answered about the device of a line."""

    blocked: bool
    told_by: EventId
    """The event that told of it: what a decision names when it rests on the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """What the clock of the delivery guarantee last said."""

    due_by: datetime | None
    """By when the line must be delivered; None where a clock said nothing of it."""
    claimable: bool
    """That time passed without a delivery."""


@dataclass(frozen=True, slots=True)
class RecordPurchase:
    purchase: Purchase
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    delivered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordCancellation:
    cancelled_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordShipment:
    shipment: Shipment
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordDeviceAnswer:
    answer: DeviceAnswer
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordGuarantee:
    guarantee: Guarantee
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteConcern:
    """A search found the line, and its buyer was told."""

    search_id: SearchId
    at: datetime


Command = (
    RecordPurchase
    | RecordDelivery
    | RecordCancellation
    | RecordShipment
    | RecordDeviceAnswer
    | RecordGuarantee
    | NoteConcern
)


@dataclass(frozen=True, slots=True)
class PurchaseTold:
    purchase: Purchase
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryTold:
    delivered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CancellationTold:
    cancelled_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentTold:
    shipment: Shipment
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviceAnswerTold:
    answer: DeviceAnswer
    at: datetime


@dataclass(frozen=True, slots=True)
class GuaranteeTold:
    guarantee: Guarantee
    at: datetime


@dataclass(frozen=True, slots=True)
class ConcernNoted:
    search_id: SearchId
    at: datetime


Event = PurchaseTold | DeliveryTold | CancellationTold | ShipmentTold | DeviceAnswerTold | GuaranteeTold | ConcernNoted


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A delivery may be told before its purchase; until then nobody can open a case about the line."""

    purchase: Purchase | None = None
    delivered_at: datetime | None = None
    shipments: tuple[Shipment, ...] = ()
    """The parcels of the line, of which a carrier told last at the end."""

    device: DeviceAnswer | None = None
    """What a blocklist last answered about the device; None while nobody asked."""
    guarantee: Guarantee | None = None
    """None while no clock told of it."""
    cancelled_at: datetime | None = None
    """Since when it is not delivered any more: the marketplace pays it back."""
    found_by: tuple[SearchId, ...] = ()
    """The searches that found the line: each concerns its buyer once, however often the order is told."""

    @property
    def lost(self) -> bool:
        """Tell whether a parcel of the line is lost, as its carrier last told."""
        return any(shipment.state == LOST for shipment in self.shipments)

    @property
    def guarantee_claimable(self) -> bool:
        """Tell whether the time of the delivery guarantee passed, and nothing was delivered or cancelled since."""
        lapsed = self.guarantee is not None and self.guarantee.claimable
        return lapsed and self.delivered_at is None and self.cancelled_at is None


def decide(command: Command, state: OrderLine | None) -> list[Event]:
    """Return what is new; whoever tells an older thing late is not asked here. A register that says the same again says
    nothing new."""
    known = state or OrderLine()
    match command:
        case RecordPurchase(purchase, at):
            return [] if purchase == known.purchase else [PurchaseTold(purchase, at)]
        case RecordDelivery(delivered_at, at):
            return [] if delivered_at == known.delivered_at else [DeliveryTold(delivered_at, at)]
        case RecordCancellation(cancelled_at, at):
            return [] if known.cancelled_at is not None else [CancellationTold(cancelled_at, at)]
        case RecordShipment(shipment, at):
            return [] if shipment in known.shipments else [ShipmentTold(shipment, at)]
        case RecordDeviceAnswer(answer, at):
            same = known.device is not None and answer.blocked == known.device.blocked
            return [] if same else [DeviceAnswerTold(answer, at)]
        case RecordGuarantee(guarantee, at):
            due_by = guarantee.due_by or (known.guarantee.due_by if known.guarantee else None)
            said = replace(guarantee, due_by=due_by)
            return [] if said == known.guarantee else [GuaranteeTold(said, at)]
        case NoteConcern(search_id, at):
            return [] if search_id in known.found_by else [ConcernNoted(search_id, at)]
        case _:
            assert_never(command)


def evolve(state: OrderLine | None, event: Event) -> OrderLine:
    """Return the state after a fact."""
    known = state or OrderLine()
    match event:
        case PurchaseTold(purchase, _):
            return replace(known, purchase=purchase)
        case DeliveryTold(delivered_at, _):
            return replace(known, delivered_at=delivered_at)
        case CancellationTold(cancelled_at, _):
            return replace(known, cancelled_at=cancelled_at)
        case ShipmentTold(shipment, _):
            others = [s for s in known.shipments if s.tracking_number != shipment.tracking_number]
            return replace(known, shipments=(*others, shipment)[-_MOST_PARCELS:])
        case DeviceAnswerTold(answer, _):
            return replace(known, device=answer)
        case GuaranteeTold(guarantee, _):
            return replace(known, guarantee=guarantee)
        case ConcernNoted(search_id, _):
            return replace(known, found_by=(*known.found_by, search_id))
        case _:
            assert_never(event)
