"""A phone that a buyer bought and had delivered, and the people around it."""

from datetime import timedelta

from chassis.testing import NOON
from chassis.testing.desk import received
from ombud_contracts.events import marketplace

BUYER, SELLER, AGENT, SUPERVISOR = "buyer:buy_1", "seller:sel_2", "agent:agt_5:lv", "supervisor:sup_7:lv"
STRANGER, ELSEWHERE = "buyer:buy_9", "agent:agt_6:pt"
LINE = marketplace.OrderLine(
    line_id="lin_4",
    listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
    quantity=2,
    price_minor=12_500,
    shipping_minor=490,
    promised_by=NOON - timedelta(days=5),
    terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
)
PLACED = marketplace.OrderPlaced(
    order_id="ord_3",
    buyer_id="buy_1",
    seller_id="sel_2",
    market="lv",
    currency="EUR",
    placed_at=NOON - timedelta(days=9),
    lines=(LINE,),
)
BOUGHT = received(PLACED, NOON, subject="ord_3")
DELIVERED = marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON - timedelta(days=6))
CONTACT = {"order_id": "ord_3", "line_id": "lin_4", "reason": "DEFECTIVE", "draft_id": "drf_7"}
