"""A candidate: enforcement rows that somebody proposed for a market, their dry run, and their publication.

What it says was read before it is kept; whether it is wise is what the dry run shows.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from messaging.domain.policy_trial import Change, summed
from messaging.domain.refusals import AlreadyPublished, DryRunMissing, EffectiveTooSoon, UnknownCandidate, WindowRefused

LONGEST_WINDOW = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ProposeCandidate:
    id: str
    market: str
    number: int
    """The version that it would be."""
    effective_from: datetime
    content: str
    """JSON text."""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderDryRun:
    """Judge the messages of a window, against the book at a revision."""

    run_id: str
    from_at: datetime
    to_at: datetime
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CountPage:
    """A page of messages was judged."""

    run_id: str
    cursor: tuple[str, str]
    """The last message's instant (ISO) and id."""
    messages: int
    changed: int
    changes: tuple[Change, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FinishDryRun:
    """All messages were judged, or the rules changed meanwhile (`outdated`)."""

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
    proposed: ProposeCandidate
    at: datetime


@dataclass(frozen=True, slots=True)
class DryRunOrdered:
    """An earlier run no longer counts."""

    ordered: OrderDryRun
    at: datetime


@dataclass(frozen=True, slots=True)
class PageCounted:
    page: CountPage
    at: datetime


@dataclass(frozen=True, slots=True)
class DryRunFinished:
    outdated: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CandidatePublished:
    by: str
    at: datetime


CandidateEvent = CandidateProposed | DryRunOrdered | PageCounted | DryRunFinished | CandidatePublished


@dataclass(frozen=True, slots=True)
class DryRun:
    """How far a run has come, and what it has found."""

    id: str
    from_at: datetime
    to_at: datetime
    revision: int
    ordered_at: datetime
    cursor: tuple[str, str] | None = None
    messages: int = 0
    changed: int = 0
    """Messages that something else would become of."""
    changes: tuple[Change, ...] = ()
    finished_at: datetime | None = None
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    id: str
    market: str
    number: int
    effective_from: datetime
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


def decide(command: CandidateCommand, state: Candidate | None) -> list[CandidateEvent]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, ProposeCandidate):
        return [] if state else [CandidateProposed(command, command.at)]
    if state is None:
        raise UnknownCandidate("there is no such candidate")
    match command:
        case OrderDryRun():
            return _order(command, state)
        case CountPage():
            return [PageCounted(command, command.at)] if _runs(state, command.run_id) else []
        case FinishDryRun(run_id, at, outdated):
            return [DryRunFinished(outdated, at)] if _runs(state, run_id) else []
        case PublishCandidate():
            return _publish(command, state)
        case _:
            assert_never(command)


def _runs(candidate: Candidate, run_id: str) -> bool:
    """Whether this is the run that counts and it is not finished; a run that was ordered later replaces it."""
    return candidate.awaits_run and candidate.run is not None and candidate.run.id == run_id


def _order(command: OrderDryRun, candidate: Candidate) -> list[CandidateEvent]:
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    if command.from_at >= command.to_at or command.to_at > command.at:
        raise WindowRefused("a window begins before it ends, and ends by now: a dry run looks at what was written")
    if command.to_at - command.from_at > LONGEST_WINDOW:
        raise WindowRefused(f"a window is at most {LONGEST_WINDOW.days} days long")
    return [DryRunOrdered(command, command.at)]


def _publish(command: PublishCandidate, candidate: Candidate) -> list[CandidateEvent]:
    if candidate.published_at is not None:
        raise AlreadyPublished("the candidate is published; propose another one")
    run = candidate.run
    if run is None or run.finished_at is None or run.outdated:
        raise DryRunMissing("a dry run of the candidate against the present rules comes first, and has to finish")
    if candidate.effective_from < command.at + command.notice:
        seconds = int(command.notice.total_seconds())
        raise EffectiveTooSoon(f"effective_from lies at least {seconds} s ahead of the publication; propose it anew")
    return [CandidatePublished(command.by, command.at)]


def evolve(state: Candidate | None, event: CandidateEvent) -> Candidate:
    """Return the state after a fact."""
    if isinstance(event, CandidateProposed):
        p = event.proposed
        return Candidate(p.id, p.market, p.number, p.effective_from, p.content, p.by, p.at)
    assert state is not None, "a candidate begins by being proposed"
    match event:
        case DryRunOrdered(o):
            return replace(state, run=DryRun(o.run_id, o.from_at, o.to_at, o.revision, o.at))
        case PageCounted(page):
            return replace(state, run=_counted(state.run, page))
        case DryRunFinished(outdated, at):
            finished = replace(state.run, finished_at=at, outdated=outdated) if state.run else None
            return replace(state, run=finished)
        case CandidatePublished(by, at):
            return replace(state, published_by=by, published_at=at)
        case _:
            assert_never(event)


def _counted(run: DryRun | None, page: CountPage) -> DryRun | None:
    if run is None:
        return None
    return replace(
        run,
        cursor=page.cursor,
        messages=run.messages + page.messages,
        changed=run.changed + page.changed,
        changes=summed(run.changes, page.changes),
    )
