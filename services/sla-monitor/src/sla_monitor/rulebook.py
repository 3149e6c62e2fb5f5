"""The rules each market's clocks run by, read from the markets' data; every error of every market is reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from ombud_contracts.market import InvalidMarkets, Market
from sla_monitor.domain.calendar import read_calendar
from sla_monitor.domain.default_policies import default_rows
from sla_monitor.domain.policy import ClockPolicy, PolicyTable
from sla_monitor.domain.policy_reading import read_policy
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rules import CalendarBook, PublishedCalendar, Rules

DESK = "desk"
"""The platform desk's own calendar: 24/7 (R-22)."""
FIRST_RULES = "2025-01-01T00:00:00+00:00"
"""Since when the default policy table and the desk's calendar are in force."""
_ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}


Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a policy row or a calendar of a market, as plain data."""

    market: str
    sort: str
    """`policy` or `calendar`."""
    name: str
    number: int
    content: Content

    @property
    def id(self) -> str:
        """The same for the same version, wherever it is read."""
        return f"{self.market}|{self.sort}|{self.name}|{self.number}"


def versions_of(market: Market) -> list[Version]:
    """Return the versions that a market's file has now."""
    policies = [Version(market.id, "policy", row["kind"], row["version"], row) for row in _rows_of(market)]
    calendars = [Version(market.id, "calendar", c["id"], c["version"], c) for c in _calendars_of(market)]
    return [*policies, *calendars]


def read_rules(versions: Iterable[Version]) -> dict[str, Rules]:
    """Return the rules of each market, all versions at once. Raises InvalidMarkets with one line per error."""
    by_market: dict[str, list[Version]] = {}
    for version in versions:
        by_market.setdefault(version.market, []).append(version)
    rules: dict[str, Rules] = {}
    errors: list[str] = []
    for market, own in by_market.items():
        policies, refused = _policies_in(own)
        errors += [f"{market}: {error}" for error in refused]
        try:
            rules[market] = Rules(PolicyTable(policies), CalendarBook(_calendars_in(own)))
        except SlaRefused as error:
            errors.append(f"{market}: {error}")
    if errors:
        raise InvalidMarkets("\n".join(errors))
    return rules


def _rows_of(market: Market) -> list[Content]:
    since = datetime.combine(market.clocks.effective_from, time(), UTC).isoformat()
    rows: dict[str, Content] = {str(row["kind"]): row for row in default_rows(market.calendar.id, DESK, FIRST_RULES)}
    for changed in market.clocks.rows:
        kind = str(changed.get("kind"))
        base = rows.get(kind, {"calendar": market.calendar.id})
        rows[kind] = {**base, "effective_from": since, **changed, "version": market.clocks.version}
    return list(rows.values())


def _calendars_of(market: Market) -> list[Content]:
    data = market.calendar.model_dump(mode="json")
    desk = {"id": DESK, "tz": "UTC", "weekly": _ALWAYS, "version": 1, "source": "24/7", "effective_from": FIRST_RULES}
    return [{**data, "tz": market.time_zone}, desk]


def _policies_in(versions: Iterable[Version]) -> tuple[list[ClockPolicy], list[str]]:
    policies, errors = [], []
    for version in (v for v in versions if v.sort == "policy"):
        try:
            policies.append(read_policy(version.content))
        except SlaRefused as error:
            errors.append(str(error))
    return policies, errors


def _calendars_in(versions: Iterable[Version]) -> list[PublishedCalendar]:
    return [
        PublishedCalendar(
            read_calendar({k: d for k, d in v.content.items() if k != "effective_from"}),
            datetime.combine(date.fromisoformat(v.content["effective_from"][:10]), time(), UTC),
        )
        for v in versions
        if v.sort == "calendar"
    ]
