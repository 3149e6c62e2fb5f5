"""The rules each market's clocks run by, read from versions as plain data; every error of every market is reported at
once. A `Rulebook` is what one replica knows of them, and refuses to be asked when it has not looked for too long."""

import json
import time as monotonic
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from chassis.store import Unavailable
from ombud_contracts.market import InvalidMarkets, Market
from sla_monitor.adjustments.domain import Standing
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import ClockPolicy, PolicyTable
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rule_book import Dated, Sort
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules
from sla_monitor.working_time.domain.calendar import read_calendar
from sla_monitor.working_time.domain.refusal import SlaRefused

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
    def dated(self) -> Dated:
        """The version as the rule book knows it."""
        until = self.content.get("effective_until")
        since = instant_of(str(self.content["effective_from"]))
        return Dated(Sort(self.sort), self.name, self.number, since, instant_of(str(until)) if until else None)

    @property
    def text(self) -> str:
        """The content as it is kept and compared."""
        return as_text(self.content)


def as_text(content: Mapping[str, Any]) -> str:
    """Return a content as canonical JSON text."""
    return json.dumps(content, sort_keys=True, default=str)


def instant_of(text: str) -> datetime:
    """Return an ISO instant, or the UTC midnight that begins an ISO date."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class UnknownMarket(SlaRefused):
    """The market has no rules here."""


class Rulebook(Mapping[str, Rules]):
    """What this replica knows of the rules: each market's, and the adjustments that later clocks are told of.

    Others hold a reference to it and always see the newest. Raises Unavailable for every look while it has not been
    confirmed for `fresh_seconds`: a replica that may have missed a publication does not decide with what was before.
    """

    def __init__(self, fresh_seconds: float, elapsed: Callable[[], float] = monotonic.monotonic) -> None:
        self.elapsed = elapsed
        self.known: tuple[int, int] | None = None
        """How many versions and adjustments it was made of."""
        self._fresh_seconds = fresh_seconds
        self._fresh_until: float | None = None
        self._rules: dict[str, Rules] = {}
        self._revisions: dict[str, int] = {}
        self._standing: dict[str, Standing] = {}

    def __getitem__(self, market: str) -> Rules:
        self._refuse_stale()
        try:
            return self._rules[market]
        except KeyError:
            raise UnknownMarket("the market has no rules here; add its market file") from None

    def __contains__(self, market: object) -> bool:
        self._refuse_stale()
        return market in self._rules

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def revision(self, market: str) -> int:
        """How many versions of the market it knows."""
        return self._revisions.get(market, 0)

    def standing(self, market: str) -> Standing:
        """What clocks of the market that become known later are told."""
        return self._standing.get(market, _NONE)

    def take(self, rules: Mapping[str, Rules], revisions: Mapping[str, int], standing: Mapping[str, Standing]) -> None:
        """Know these markets' rules from now on, and all adjustments."""
        self._rules.update(rules)
        self._revisions.update(revisions)
        self._standing = dict(standing)

    def confirm(self, asked_at: float) -> None:
        """Everything that was published before `asked_at` (of `elapsed`) is known."""
        self._fresh_until = asked_at + self._fresh_seconds

    def _refuse_stale(self) -> None:
        if self._fresh_until is None or self.elapsed() > self._fresh_until:
            raise Unavailable("this replica has not seen the newest rules")


_NONE = Standing()


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
            instant_of(str(v.content["effective_from"])),
        )
        for v in versions
        if v.sort == "calendar"
    ]
