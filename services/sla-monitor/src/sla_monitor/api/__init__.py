"""Routes of the monitor, one module per noun."""

from collections.abc import Mapping

from fastapi import APIRouter

from sla_monitor.api import clocks, obligations
from sla_monitor.domain.rules import Rules


def router_for(rules: Mapping[str, Rules]) -> APIRouter:
    """Return all of the monitor's routes."""
    router = APIRouter(tags=["sla-monitor"])
    router.include_router(clocks.router_for(rules))
    router.include_router(obligations.router_for(rules))
    return router
