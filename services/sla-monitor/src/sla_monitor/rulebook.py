"""The rules each market's clocks run by, read from the markets' data; every error of every market is reported at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from ombud_contracts.market import InvalidMarkets, Market
from sla_monitor.domain.calendar import read_calendar
from sla_monitor.domain.default_policies import default_rows
from sla_monitor.domain.policy import ClockPolicy, PolicyTable
from sla_monitor.domain.policy_reading import read_policy
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rules import CalendarBook, PublishedCalendar, Rules

DESK = "desk"
"""The platform desk's own calendar: 24/7 (R-22)."""
_ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}


def read_rules(markets: Mapping[str, Market]) -> dict[str, Rules]:
    """Return the rules of each market. Raises InvalidMarkets with one line per error."""
    rules: dict[str, Rules] = {}
    errors: list[str] = []
    for market in markets.values():
        rows, refused = _rows_of(market)
        errors += [f"{market.id}: {error}" for error in refused]
        try:
            rules[market.id] = Rules(PolicyTable(rows), CalendarBook(_calendars_of(market)))
        except SlaRefused as error:
            errors.append(f"{market.id}: {error}")
    if errors:
        raise InvalidMarkets("\n".join(errors))
    return rules


def _rows_of(market: Market) -> tuple[list[ClockPolicy], list[str]]:
    since = datetime.combine(market.clocks.effective_from, time(), UTC).isoformat()
    rows = {row["kind"]: row for row in default_rows(market.calendar.id, DESK, since)}
    for changed in market.clocks.rows:
        kind = changed.get("kind")
        base = rows.get(kind, {"calendar": market.calendar.id, "effective_from": since})
        rows[kind] = {**base, **changed, "version": market.clocks.version}
    policies, errors = [], []
    for row in rows.values():
        try:
            policies.append(read_policy(row))
        except SlaRefused as error:
            errors.append(str(error))
    return policies, errors


def _calendars_of(market: Market) -> list[PublishedCalendar]:
    since = datetime.combine(market.calendar.effective_from, time(), UTC)
    data = market.calendar.model_dump(mode="json", exclude={"effective_from"})
    own = read_calendar({**data, "tz": market.time_zone})
    desk = read_calendar({"id": DESK, "tz": "UTC", "weekly": _ALWAYS, "version": 1, "source": "24/7"})
    return [PublishedCalendar(own, since), PublishedCalendar(desk, since)]
