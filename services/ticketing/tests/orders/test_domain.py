"""An order line is what the marketplace told of it, in whichever order it did."""

from datetime import timedelta

from chassis.testing import NOON, fold
from ombud_words import Terms
from ticketing.orders.domain.line import (
    OrderLine,
    Purchase,
    PurchaseTold,
    RecordDelivery,
    RecordPurchase,
    RecordShipment,
    Shipment,
)
from ticketing.orders.store import LINES

PROMISED = NOON + timedelta(days=3)
PURCHASE = Purchase(
    order_id="ord_1",
    buyer_id="buy_1",
    seller_id="sel_1",
    market="lv",
    placed_at=NOON,
    value_minor=12_990,
    promised_by=PROMISED,
    return_days=30,
    warranty_months=12,
    category="phones",
)
BOUGHT, DELIVERED = RecordPurchase(PURCHASE, NOON), RecordDelivery(PROMISED, NOON)


def test_a_delivery_that_is_told_before_its_purchase_is_kept() -> None:
    for told in ([BOUGHT, DELIVERED], [DELIVERED, BOUGHT]):
        events, state = fold(LINES, told)
        assert len(events) == 2
        assert state == OrderLine(purchase=PURCHASE, delivered_at=PROMISED)


def test_what_is_told_again_is_not_new() -> None:
    events, _ = fold(LINES, [BOUGHT, BOUGHT, DELIVERED, DELIVERED])
    assert [type(event) for event in events][:1] == [PurchaseTold]
    assert len(events) == 2


def test_a_later_delivery_takes_the_place_of_an_earlier_one() -> None:
    moved = RecordDelivery(PROMISED + timedelta(days=1), NOON)
    _, state = fold(LINES, [BOUGHT, DELIVERED, moved])
    assert state == OrderLine(purchase=PURCHASE, delivered_at=moved.delivered_at)


def test_the_terms_are_those_of_the_purchase() -> None:
    assert PURCHASE.terms == Terms(
        placed_at=NOON, promised_by=PROMISED, return_days=30, warranty_months=12, category="phones"
    )


def parcel(number: str, state: str, hours: int) -> RecordShipment:
    reported = NOON + timedelta(hours=hours)
    return RecordShipment(Shipment(carrier="dpd", tracking_number=number, state=state, reported_at=reported), NOON)


def test_of_each_parcel_the_last_word_of_its_carrier_is_kept() -> None:
    left, way, other = parcel("0530", "handed_over", 1), parcel("0530", "in_transit", 2), parcel("0531", "lost", 3)
    events, state = fold(LINES, [left, other, way, way])
    assert len(events) == 3
    assert state == OrderLine(shipments=(other.shipment, way.shipment))


def test_of_very_many_parcels_the_newest_are_kept() -> None:
    told = [parcel(f"{number}", "in_transit", number) for number in range(25)]
    _, state = fold(LINES, told)
    assert state == OrderLine(shipments=tuple(t.shipment for t in told[5:]))
