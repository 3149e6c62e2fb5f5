"""Watches what staff gives in a month against each market's budget; it raises an alarm, and refuses nothing."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client import Gauge

from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.waiting import set_within
from disputes.goodwill.store import given_since
from ombud_contracts.market import Market

log = logging.getLogger(__name__)
GIVEN = Gauge("ombud_goodwill_month_minor", "Given of the platform's own money in this month of the market", ["market"])
BUDGET = Gauge("ombud_goodwill_budget_minor", "What a market may give in a month", ["market"])
_EVERY_SECONDS = 60.0


def first_of_month(at: datetime, time_zone: str) -> datetime:
    """Return the beginning of an instant's month where that zone is kept."""
    return at.astimezone(ZoneInfo(time_zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def watch_goodwill(mongo: Mongo, now: Clock, markets: Mapping[str, Market], stopping: asyncio.Event) -> None:
    """Measure the month's goodwill until told to stop."""
    while not stopping.is_set():
        try:
            for market in markets.values():
                given = await given_since(mongo, market.id, first_of_month(now(), market.time_zone))
                measure(market.id, given, market.authority.goodwill_month_minor)
        except Unavailable:
            log.warning("The month's goodwill could not be measured; it is tried again.")
        await set_within(stopping, _EVERY_SECONDS)


def measure(market: str, given_minor: int, budget_minor: int) -> bool:
    """Show what was given beside the budget, and say so when it is used up; return whether it is."""
    GIVEN.labels(market).set(given_minor)
    BUDGET.labels(market).set(budget_minor)
    if over := given_minor > budget_minor:
        log.error("The month's budget of goodwill is used up.", extra={"count": given_minor})
    return over
