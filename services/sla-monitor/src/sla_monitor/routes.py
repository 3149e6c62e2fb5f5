"""Routes of the monitor, one module per noun."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter

from ombud_contracts.market import Market
from sla_monitor.adjustments import api as adjustments
from sla_monitor.clocks import api as clocks
from sla_monitor.lists import api as obligations
from sla_monitor.rules import api as policies
from sla_monitor.rules.domain.rules import Rules


def router_for(rules: Mapping[str, Rules], markets: Mapping[str, Market], notice: timedelta) -> APIRouter:
    """Return all of the monitor's routes; `notice` is how long before it is in force a version is published."""
    router = APIRouter(tags=["sla-monitor"])
    router.include_router(clocks.router_for(rules))
    router.include_router(obligations.router_for(rules))
    router.include_router(policies.router_for(rules, markets, notice))
    router.include_router(adjustments.router_for(rules, markets))
    return router
