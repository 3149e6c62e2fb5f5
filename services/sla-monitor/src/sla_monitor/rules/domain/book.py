"""The rules of a market in versions: of each policy and calendar, in which order they were published, and what is tried.

It keeps dates, so that of two publications at once one is refused; what a version says is a row beside it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import ombud_rulebooks.domain as rulebooks
from ombud_rulebooks.domain import Window
from sla_monitor.rules.domain.policy import refuse_overlap
from sla_monitor.rules.domain.trial import NOTHING, Totals


class Sort(StrEnum):
    """What a version is of."""

    POLICY = "policy"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Dated:
    """A version of a policy row or a calendar, and when it is in force."""

    sort: Sort
    name: str
    """The kind of clock, or the calendar's id."""
    number: int
    effective_from: datetime
    effective_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The dates of everything that was published in a market."""

    market: str
    versions: tuple[Dated, ...] = ()

    def of(self, sort: Sort, name: str) -> tuple[Dated, ...]:
        """Every version of one thing, in order."""
        return tuple(v for v in self.versions if (v.sort, v.name) == (sort, name))

    def placed(self, version: Dated) -> Dated:
        """Return the version when it follows all others of its name. Raises EffectiveDatesOverlap."""
        known = [*self.of(version.sort, version.name), version]
        dates = [(v.number, v.effective_from, v.effective_until) for v in known]
        refuse_overlap(f"{version.sort} {version.name}", dates)
        return version

    def joined_by(self, version: Dated) -> "RuleBook":
        """Return the book with one version more."""
        return replace(self, versions=(*self.versions, version))


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(rulebooks.DryRun):
    """Clocks of a window, reckoned by the rules with and without the candidate."""

    window: Window
    cursor: str = ""
    """The last clock's id."""
    clocks: int = 0
    incomplete: int = 0
    """Clocks whose history in the window is folded away in part, or that cannot be reckoned."""
    totals: Totals = NOTHING

    @property
    def judged_span(self) -> tuple[datetime, datetime]:
        """From when, and to when, facts happened."""
        return self.window.from_at, self.window.to_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(rulebooks.Candidate):
    """A version of a policy or calendar that was proposed."""

    version: Dated
    run: DryRun | None = None

    def as_version(self) -> Dated:
        """Return the version that it would be: new rounds that start from then on would run by it."""
        return self.version
