"""A candidate: a version of a policy or calendar that somebody proposed, its dry run, and its publication.

What it says was read and found sound before it is kept; whether it is wise is what the dry run shows.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from sla_monitor.domain.dry_run import NOTHING, Totals, Window
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rule_book import Dated

LONGEST_WINDOW = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ProposeCandidate:
    """Propose a version. Its content was read before (`candidate_reading`)."""

    id: str
    market: str
    version: Dated
    content: str
    """JSON text."""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderDryRun:
    """Run the candidate over what happened in a window, against the book at a revision."""

    run_id: str
    window: Window
    revision: int
    replaces_since: datetime | None
    """Since when the version that the candidate replaces has been in force; None for a new name."""
    at: datetime


@dataclass(frozen=True, slots=True)
class CountPage:
    """A page of clocks was compared."""

    run_id: str
    cursor: str
    clocks: int
    incomplete: int
    totals: Totals
    at: datetime


@dataclass(frozen=True, slots=True)
class FinishDryRun:
    """All clocks were compared, or the rules changed meanwhile (`outdated`)."""

    run_id: str
    at: datetime
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class PublishCandidate:
    """Put the candidate in force from its date; `notice` is how long before that it must be published."""

    by: str
    at: datetime
    notice: timedelta


CandidateCommand = ProposeCandidate | OrderDryRun | CountPage | FinishDryRun | PublishCandidate


@dataclass(frozen=True, slots=True)
class CandidateProposed:
    """Somebody proposed a version."""

    at: datetime
    id: str
    market: str
    version: Dated
    content: str
    by: str


@dataclass(frozen=True, slots=True)
class DryRunOrdered:
    """The candidate will be compared with the rules as they are; an earlier run no longer counts."""

    at: datetime
    run_id: str
    window: Window
    revision: int


@dataclass(frozen=True, slots=True)
class PageCounted:
    """The run came as far as `cursor`."""

    at: datetime
    cursor: str
    clocks: int
    incomplete: int
    totals: Totals


@dataclass(frozen=True, slots=True)
class DryRunFinished:
    """The run is complete, or outdated."""

    at: datetime
    outdated: bool


@dataclass(frozen=True, slots=True)
class CandidatePublished:
    """The candidate is a version of the rule book now."""

    at: datetime
    by: str


CandidateEvent = CandidateProposed | DryRunOrdered | PageCounted | DryRunFinished | CandidatePublished


@dataclass(frozen=True, slots=True)
class DryRun:
    """How far a comparison has come, and what it has found."""

    id: str
    window: Window
    revision: int
    ordered_at: datetime
    cursor: str = ""
    clocks: int = 0
    incomplete: int = 0
    """Clocks whose history in the window is folded away in part, or that cannot be reckoned."""
    totals: Totals = NOTHING
    finished_at: datetime | None = None
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed version, its latest dry run, and whether it was published."""

    id: str
    market: str
    version: Dated
    content: str
    proposed_by: str
    proposed_at: datetime
    run: DryRun | None = None
    published_by: str | None = None
    published_at: datetime | None = None

    @property
    def awaits_run(self) -> bool:
        """Whether an ordered run is still to be done."""
        return self.run is not None and self.run.finished_at is None and self.published_at is None


class CandidateUnknown(SlaRefused):
    """There is no such candidate."""


class AlreadyPublished(SlaRefused):
    """The candidate is published; propose another one."""


class WindowRefused(SlaRefused):
    """The window cannot be compared; the message says why."""


class DryRunMissing(SlaRefused):
    """Nothing is published before a dry run of it has finished."""


class EffectiveTooSoon(SlaRefused):
    """Every replica must know a version before it is in force."""


def decide(command: CandidateCommand, state: Candidate | None) -> list[CandidateEvent]:
    """Events that follow from a command. Raises the refusals of this module."""
    if isinstance(command, ProposeCandidate):
        if state is not None:
            return []
        c = command
        return [CandidateProposed(c.at, c.id, c.market, c.version, c.content, c.by)]
    if state is None:
        raise CandidateUnknown("there is no such candidate")
    match command:
        case OrderDryRun():
            return _order(command, state)
        case CountPage():
            if not _runs(state, command.run_id):
                return []
            return [PageCounted(command.at, command.cursor, command.clocks, command.incomplete, command.totals)]
        case FinishDryRun():
            return [DryRunFinished(command.at, command.outdated)] if _runs(state, command.run_id) else []
        case PublishCandidate():
            return _publish(command, state)
        case _:
            assert_never(command)


def _runs(candidate: Candidate, run_id: str) -> bool:
    """Whether this is the run that counts and it is not finished; a run that was ordered later replaces it."""
    return candidate.awaits_run and candidate.run is not None and candidate.run.id == run_id


def _order(command: OrderDryRun, candidate: Candidate) -> list[CandidateEvent]:
    window = command.window
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    if window.from_at >= window.to_at or window.to_at > command.at:
        raise WindowRefused("a window begins before it ends, and ends by now: a dry run looks at what happened")
    if window.to_at - window.from_at > LONGEST_WINDOW:
        raise WindowRefused(f"a window is at most {LONGEST_WINDOW.days} days long")
    if command.replaces_since is not None and window.from_at <= command.replaces_since:
        since = command.replaces_since.isoformat()
        raise WindowRefused(f"the version that it replaces is in force since {since}; begin the window later")
    return [DryRunOrdered(command.at, command.run_id, window, command.revision)]


def _publish(command: PublishCandidate, candidate: Candidate) -> list[CandidateEvent]:
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    run = candidate.run
    if run is None or run.finished_at is None or run.outdated:
        raise DryRunMissing("a dry run of the candidate against the present rules comes first, and has to finish")
    if candidate.version.effective_from < command.at + command.notice:
        seconds = int(command.notice.total_seconds())
        raise EffectiveTooSoon(f"effective_from lies at least {seconds} s ahead of the publication; propose it anew")
    return [CandidatePublished(command.at, command.by)]


def evolve(state: Candidate | None, event: CandidateEvent) -> Candidate:
    """The state after an event; it never refuses."""
    if isinstance(event, CandidateProposed):
        return Candidate(event.id, event.market, event.version, event.content, event.by, event.at)
    if state is None:
        raise AssertionError("a candidate begins by being proposed")
    match event:
        case DryRunOrdered():
            return replace(state, run=DryRun(event.run_id, event.window, event.revision, event.at))
        case CandidatePublished():
            return replace(state, published_by=event.by, published_at=event.at)
        case PageCounted() | DryRunFinished():
            return replace(state, run=_counted(state.run, event))
        case _:
            assert_never(event)


def _counted(run: DryRun | None, event: PageCounted | DryRunFinished) -> DryRun | None:
    if run is None:
        return None
    if isinstance(event, DryRunFinished):
        return replace(run, finished_at=event.at, outdated=event.outdated)
    return replace(
        run,
        cursor=event.cursor,
        clocks=run.clocks + event.clocks,
        incomplete=run.incomplete + event.incomplete,
        totals=run.totals + event.totals,
    )
