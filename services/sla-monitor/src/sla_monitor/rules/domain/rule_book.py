"""The rule book of a market: which versions of policies and calendars were published, in which order.

It keeps dates, so that of two publications at once one is refused; what a version says is a row beside it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from sla_monitor.rules.domain.policy import refuse_overlap
from sla_monitor.working_time.domain.refusal import SlaRefused


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
class Publish:
    """Publish a version. `revision` is that of the book it was tried against; None for what a market's file brings."""

    market: str
    version: Dated
    content: str
    """JSON text."""
    by: str
    at: datetime
    revision: int | None = None
    candidate_id: str | None = None


RuleBookCommand = Publish


@dataclass(frozen=True, slots=True)
class VersionPublished:
    """A version is known from now on, and in force from its date."""

    at: datetime
    market: str
    version: Dated
    content: str
    by: str
    candidate_id: str | None


RuleBookEvent = VersionPublished


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The dates of everything that was published in a market."""

    market: str
    versions: tuple[Dated, ...] = ()

    @property
    def revision(self) -> int:
        """Grows with every publication."""
        return len(self.versions)

    def of(self, sort: Sort, name: str) -> tuple[Dated, ...]:
        """Every version of one thing, in order."""
        return tuple(v for v in self.versions if (v.sort, v.name) == (sort, name))


class RulesHaveChanged(SlaRefused):
    """Something was published in this market since the dry run; its result no longer holds."""


def decide(command: RuleBookCommand, state: RuleBook | None) -> list[RuleBookEvent]:
    """Events that follow from a command. Raises RulesHaveChanged, EffectiveDatesOverlap."""
    match command:
        case Publish():
            return _publish(command, state or RuleBook(command.market))
        case _:
            assert_never(command)


def _publish(command: Publish, book: RuleBook) -> list[RuleBookEvent]:
    version = command.version
    if command.revision not in (None, book.revision):
        raise RulesHaveChanged("rules of this market were published since the dry run; run it again")
    if version in book.versions:
        return []
    refuse_overlapping(book, version)
    c = command
    return [VersionPublished(c.at, c.market, version, c.content, c.by, c.candidate_id)]


def refuse_overlapping(book: RuleBook, version: Dated) -> None:
    """Return when a version follows all others of its name. Raises EffectiveDatesOverlap."""
    known = [*book.of(version.sort, version.name), version]
    dates = [(v.number, v.effective_from, v.effective_until) for v in known]
    refuse_overlap(f"{version.sort} {version.name}", dates)


def evolve(state: RuleBook | None, event: RuleBookEvent) -> RuleBook:
    """The state after an event; it never refuses."""
    book = state or RuleBook(event.market)
    return replace(book, versions=(*book.versions, event.version))
