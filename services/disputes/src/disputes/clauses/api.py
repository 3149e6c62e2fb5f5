"""The route of clauses: whoever has a token reads the rules that decisions name."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from chassis.auth import markets_asked
from chassis.http import Who
from chassis.routes import provided, routes
from disputes.clauses.views import ClauseList, market_clauses
from ombud_contracts.market import Market

router = routes("disputes")


@router.get("/clauses")
async def list_clauses(
    _actor: Who,
    markets: Annotated[Mapping[str, Market], provided("markets")],
    market: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
) -> ClauseList:
    """List the clauses of a market, or of all, in the language that is asked for or the market's first."""
    return ClauseList(markets=[market_clauses(m, language) for m in markets_asked(markets, market)])
