"""A candidate: rules that somebody proposed for a market, their dry run, and their publication. Pure.

A service adds as fields what it proposes and what a run finds. What is proposed was read before it is kept; whether it
is wise is what the dry run shows.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from ombud_rulebooks.domain.book import Version
from ombud_rulebooks.domain.refusal import RulebookRefused

LONGEST_WINDOW = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(ABC):
    """How far a run over stored facts has come. A service adds where it stands and what it has found."""

    id: str
    revision: int
    """Of the market's rule book, which it is judged against."""
    ordered_at: datetime
    finished_at: datetime | None = None
    outdated: bool = False
    """Rules of the market were published since; it has to be run again."""

    @property
    @abstractmethod
    def judged_span(self) -> tuple[datetime, datetime]:
        """From when, and to when, facts are judged."""

    @property
    def stage(self) -> Literal["running", "finished", "outdated"]:
        """What has become of it."""
        if self.finished_at is None:
            return "running"
        return "outdated" if self.outdated else "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(ABC):
    """A proposed version, its latest dry run, and whether it was published. A service adds the version."""

    id: str
    market: str
    content: str
    """JSON text."""
    proposed_by: str
    proposed_at: datetime
    run: DryRun | None = None
    published_by: str | None = None
    published_at: datetime | None = None

    @abstractmethod
    def as_version(self) -> Version:
        """Return the version that it would be."""

    @property
    def stage(self) -> Literal["proposed", "published"]:
        """What has become of it."""
        return "proposed" if self.published_at is None else "published"

    @property
    def awaits_run(self) -> bool:
        """Whether an ordered run is still to be done."""
        return self.run is not None and self.run.finished_at is None and self.published_at is None


@dataclass(frozen=True, slots=True)
class ProposeCandidate:
    candidate: Candidate
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderDryRun:
    """Try the candidate; an earlier run of it no longer counts."""

    run: DryRun
    at: datetime


@dataclass(frozen=True, slots=True)
class AdvanceDryRun:
    """The run came from where it was to where it is. From elsewhere it changes nothing: another process went on with it,
    or another run was ordered."""

    was: DryRun
    now: DryRun
    at: datetime


@dataclass(frozen=True, slots=True)
class PublishCandidate:
    """Put the candidate in force from its date; `notice` is how long before that it must be published."""

    by: str
    at: datetime
    notice: timedelta


CandidateCommand = ProposeCandidate | OrderDryRun | AdvanceDryRun | PublishCandidate


@dataclass(frozen=True, slots=True)
class CandidateProposed:
    candidate: Candidate
    at: datetime


@dataclass(frozen=True, slots=True)
class DryRunOrdered:
    run: DryRun
    at: datetime


@dataclass(frozen=True, slots=True)
class DryRunAdvanced:
    run: DryRun
    at: datetime


@dataclass(frozen=True, slots=True)
class CandidatePublished:
    by: str
    at: datetime


CandidateEvent = CandidateProposed | DryRunOrdered | DryRunAdvanced | CandidatePublished


class UnknownCandidate(RulebookRefused):
    """There is no such candidate."""


class AlreadyPublished(RulebookRefused):
    """The candidate is published; propose another one."""


class WindowRefused(RulebookRefused):
    """The window cannot be judged; the message says why."""


class DryRunMissing(RulebookRefused):
    """Nothing is published before a dry run of it has finished."""


class EffectiveTooSoon(RulebookRefused):
    """Every replica must know a version before it is in force."""


def decide(command: CandidateCommand, state: Candidate | None) -> list[CandidateEvent]:
    """Return what happens. Raises RulebookRefused."""
    if isinstance(command, ProposeCandidate):
        return [] if state else [CandidateProposed(command.candidate, command.at)]
    if state is None:
        raise UnknownCandidate("there is no such candidate")
    match command:
        case OrderDryRun(run, at):
            _refuse_run(run, at, state)
            return [DryRunOrdered(run, at)]
        case AdvanceDryRun(was, now, at):
            return [DryRunAdvanced(now, at)] if state.awaits_run and state.run == was else []
        case PublishCandidate(by, at):
            _refuse_publication(command, state)
            return [CandidatePublished(by, at)]
        case _:
            assert_never(command)


def _refuse_run(run: DryRun, at: datetime, candidate: Candidate) -> None:
    from_at, to_at = run.judged_span
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    if from_at >= to_at or to_at > at:
        raise WindowRefused("a window must begin before it ends, and must have ended: a dry run looks at what happened")
    if to_at - from_at > LONGEST_WINDOW:
        raise WindowRefused(f"a window is at most {LONGEST_WINDOW.days} days long")


def _refuse_publication(command: PublishCandidate, candidate: Candidate) -> None:
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    if candidate.run is None or candidate.run.stage != "finished":
        raise DryRunMissing("a dry run of the candidate against the present rules must finish first")
    if candidate.as_version().effective_from < command.at + command.notice:
        seconds = int(command.notice.total_seconds())
        raise EffectiveTooSoon(
            f"effective_from must be at least {seconds} s after the publication; propose it again with a later date"
        )


def evolve(state: Candidate | None, event: CandidateEvent) -> Candidate:
    """Return the state after a fact."""
    if isinstance(event, CandidateProposed):
        return event.candidate
    assert state is not None, "a candidate begins by being proposed"
    match event:
        case DryRunOrdered(run) | DryRunAdvanced(run):
            return replace(state, run=run)
        case CandidatePublished(by, at):
            return replace(state, published_by=by, published_at=at)
        case _:
            assert_never(event)
