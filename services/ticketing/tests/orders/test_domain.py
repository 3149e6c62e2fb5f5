"""An order line is what the marketplace told of it, in whichever order it did."""

from datetime import timedelta

from chassis.testing import NOON, fold
from ombud_words import Terms
from ticketing.orders.domain import OrderLine, Purchase, PurchaseTold, RecordDelivery, RecordPurchase
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
