"""The route of tariffs: whoever has a token reads what sellers are charged, before they are."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from billing.tariffs.views import TariffList, market_tariff
from chassis.auth import markets_asked
from chassis.http import Who
from chassis.routes import provided, routes
from ombud_contracts.market import Market

router = routes("billing")


@router.get("/tariffs")
async def list_tariffs(
    _actor: Who,
    markets: Annotated[Mapping[str, Market], provided("markets")],
    market: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
) -> TariffList:
    """List the tariff of a market, or of all, in the language that is asked for or the market's first."""
    return TariffList(markets=[market_tariff(m, language) for m in markets_asked(markets, market)])
