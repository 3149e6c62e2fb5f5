"""The list of orders that were refused at intake."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from billing.lines.store import refused_orders
from billing.lines.views import RefusedOrderList, refused_orders_view
from chassis.auth import Action, readable_markets
from chassis.http import Who
from chassis.routes import ReadUnit, provided, routes
from ombud_contracts.market import Market

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]


@router.get("/refused-orders")
async def list_refused_orders(
    actor: Who, unit: ReadUnit, markets: Markets, market: Annotated[str | None, Query(max_length=16)] = None
) -> RefusedOrderList:
    """List orders whose currency is not their market's: nothing can be charged or refunded for them."""
    asked = readable_markets(actor, Action.READ_REFUSED_ORDERS, market, markets)
    return refused_orders_view(await refused_orders(unit, asked))
