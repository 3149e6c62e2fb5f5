"""Routes of ticketing, one module per noun: a request becomes a command, its effect a view."""

from collections.abc import Mapping

from fastapi import APIRouter

from ombud_contracts.market import Market
from ticketing.api import cases, reading, takeovers


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return all of ticketing's routes."""
    router = APIRouter(tags=["ticketing"])
    router.include_router(cases.router_for(markets))
    router.include_router(reading.router_for(markets))
    router.include_router(takeovers.router_for(markets))
    return router
