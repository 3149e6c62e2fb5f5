"""Versions of policies and calendars as plain data, read as rules; every error of every market is reported at once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from chassis.store import Document
from ombud_contracts.market import InvalidMarkets
from sla_monitor.rules.domain.book import Dated, Sort
from sla_monitor.rules.domain.content import Content, as_text, instant_of
from sla_monitor.rules.domain.policy import ClockPolicy, PolicyTable
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules
from sla_monitor.working_time.domain import SlaRefused, read_calendar


@dataclass(frozen=True, slots=True)
class PlainVersion:
    """One version of a policy row or a calendar of a market, as plain data."""

    market: str
    sort: str
    """`policy` or `calendar`."""
    name: str
    number: int
    content: Content

    @property
    def dated(self) -> Dated:
        """The version as the rule book knows it."""
        until = self.content.get("effective_until")
        since = instant_of(str(self.content["effective_from"]))
        return Dated(Sort(self.sort), self.name, self.number, since, instant_of(str(until)) if until else None)

    @property
    def text(self) -> str:
        """The content as it is kept and compared."""
        return as_text(self.content)

    def means_the_same(self, other: "PlainVersion") -> bool:
        """Whether both say the same, in these words or others. Raises SlaRefused for a row that cannot be read."""
        if self.sort == other.sort == "policy":
            return read_policy(self.content) == read_policy(other.content)
        return self.text == other.text


def version_of(d: Document) -> PlainVersion:
    """Return a version as its row says it."""
    return PlainVersion(d["market"], d["sort"], d["name"], d["number"], json.loads(d["content"]))


def read_rules(versions: Iterable[PlainVersion]) -> dict[str, Rules]:
    """Return the rules of each market, all versions at once. Raises InvalidMarkets with one line per error."""
    by_market: dict[str, list[PlainVersion]] = {}
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


def _policies_in(versions: Iterable[PlainVersion]) -> tuple[list[ClockPolicy], list[str]]:
    policies, errors = [], []
    for version in (v for v in versions if v.sort == "policy"):
        try:
            policies.append(read_policy(version.content))
        except SlaRefused as error:
            errors.append(str(error))
    return policies, errors


def _calendars_in(versions: Iterable[PlainVersion]) -> list[PublishedCalendar]:
    return [
        PublishedCalendar(
            read_calendar({k: d for k, d in v.content.items() if k != "effective_from"}),
            instant_of(str(v.content["effective_from"])),
        )
        for v in versions
        if v.sort == "calendar"
    ]
