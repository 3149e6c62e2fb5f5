"""Warns a year before the holidays of a calendar in use end, once a day: after that year deadlines may fall on holidays."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from prometheus_client import Gauge

from chassis.clock import Clock
from chassis.store import Unavailable
from chassis.waiting import set_within
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.working_time.domain import Calendar

log = logging.getLogger(__name__)

NOTICE = timedelta(days=366)
"""Holidays of a year are decided, published, tried and taken over by then."""
_EVERY_SECONDS = 86_400.0
_SOON_AGAIN_SECONDS = 5.0
KNOWN_SECONDS = Gauge(
    "ombud_sla_calendar_known_seconds", "Time until the first calendar in use has no known holidays; alarm below a year"
)


def newest_of(rules: Rules) -> list[Calendar]:
    """Return the latest version of each calendar of a market."""
    newest = {entry.calendar.id: entry.calendar for entry in rules.calendars.published}
    return [rules.calendars.newest(name).calendar for name in newest]


def ending_within(calendars: Iterable[Calendar], today: date, notice: timedelta) -> list[Calendar]:
    """Return the calendars whose holidays are known for less than `notice` from now on."""
    return [c for c in calendars if c.known_until is not None and c.known_until - today < notice]


class CalendarEnds:
    """The warning of one replica."""

    def __init__(self, rules: Mapping[str, Rules], now: Clock) -> None:
        self._rules = rules
        self._now = now

    async def run(self, stopping: asyncio.Event) -> None:
        """Look at the start and once a day until told to stop."""
        while not stopping.is_set():
            try:
                self.look()
                rest = _EVERY_SECONDS
            except Unavailable:
                rest = _SOON_AGAIN_SECONDS  # the rules are not known yet
            await set_within(stopping, rest)

    def look(self) -> list[tuple[str, Calendar]]:
        """Warn of each calendar that ends within a year, and return them with their markets. Raises Unavailable."""
        today = self._now().date()
        in_use = [(market, calendar) for market in self._rules for calendar in newest_of(self._rules[market])]
        ends = [calendar.known_until for _, calendar in in_use if calendar.known_until is not None]
        if ends:
            KNOWN_SECONDS.set((min(ends) - today).total_seconds())
        ending = [(m, c) for m, c in in_use if ending_within([c], today, NOTICE)]
        for market, calendar in ending:
            log.warning(
                "the holidays of a calendar end within a year; publish a later version",
                extra={"work": f"{market}/{calendar.id}", "reason": f"known until {calendar.known_until}"},
            )
        return ending
