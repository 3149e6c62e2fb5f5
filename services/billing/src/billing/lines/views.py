"""What the screens show of orders that were not taken."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ombud_words import OrderId


class RefusedOrderView(View):
    """An order that was refused when it was told."""

    order_id: OrderId
    market: str
    currency: str
    reason: str
    """`currency_of_another_market` or `unknown_market`."""
    at: datetime


class RefusedOrderList(View):
    """Orders that were refused, newest first."""

    orders: list[RefusedOrderView]


def refused_orders_view(rows: list[Document]) -> RefusedOrderList:
    """Return the screen of refused orders."""
    return RefusedOrderList(
        orders=[
            RefusedOrderView(
                order_id=row["_id"],
                market=row["market"],
                currency=row["currency"],
                reason=row["reason"],
                at=row["at"],
            )
            for row in rows
        ]
    )
