"""A promise: OPEN → KEPT | BROKEN | WITHDRAWN. One that is broken can still be kept; one that was broken by a deadline which
had not passed is open again (R-32, S-3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from ombud_words import CaseId, Promised, PromiseId, Role
from ticketing.cases.domain import Refusal

LONGEST_AHEAD = timedelta(days=90)
"""Further ahead nobody watches, and no clock runs."""
MOST_OPEN = 10
"""In one case."""


class Status(StrEnum):
    """Where a promise is."""

    OPEN = "OPEN"
    KEPT = "KEPT"
    BROKEN = "BROKEN"
    WITHDRAWN = "WITHDRAWN"


class UnknownPromise(Refusal):
    """There is no such promise."""


class PromiseOutOfTime(Refusal):
    """A promise is about the future, and about one that somebody watches."""

    def __init__(self) -> None:
        super().__init__(f"Name an instant in the future, at most {LONGEST_AHEAD.days} days ahead.")
        self.facts = {"longest_days": LONGEST_AHEAD.days}


class TooManyPromises(Refusal):
    """As many promises of the case are open as one can watch."""

    def __init__(self) -> None:
        super().__init__(f"{MOST_OPEN} promises of this case are open. Keep or withdraw one first.")


class PromiseEnded(Refusal):
    """It was kept or withdrawn before."""


class PromiseOfOther(Refusal):
    """Each side speaks for what it promised itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePromise:
    promise_id: PromiseId
    case_id: CaseId
    market: str
    what: Promised
    by: Role
    due_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class KeepPromise:
    """It is done."""

    at: datetime


@dataclass(frozen=True, slots=True)
class BreakPromise:
    """Its time passed, as its clock tells."""

    round: int
    """Of the clock."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RestorePromise:
    """The deadline of a round had not passed, as the clock tells (S-3)."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawPromise:
    """It will not be done, or is not needed any more."""

    reason: str
    at: datetime


Command = MakePromise | KeepPromise | BreakPromise | RestorePromise | WithdrawPromise


@dataclass(frozen=True, slots=True)
class PromiseMade:
    made: MakePromise

    @property
    def at(self) -> datetime:
        return self.made.at


@dataclass(frozen=True, slots=True)
class PromiseKept:
    at: datetime


@dataclass(frozen=True, slots=True)
class PromiseBroken:
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokenByLaterRound:
    """It was broken already; from now on it is by this round. Private: nothing changes for anybody."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PromiseRestored:
    at: datetime


@dataclass(frozen=True, slots=True)
class PromiseWithdrawn:
    reason: str
    at: datetime


Event = PromiseMade | PromiseKept | PromiseBroken | BrokenByLaterRound | PromiseRestored | PromiseWithdrawn


@dataclass(frozen=True, slots=True)
class Promise:
    made: MakePromise
    status: Status = Status.OPEN
    ended_at: datetime | None = None
    broken_times: int = 0
    """How often it was called broken."""
    broken_in: int | None = None
    """The round of the clock by which it is broken: the withdrawal of no other one restores it. None before this was kept."""
    reason: str | None = None
    """Why it was withdrawn, as a code."""

    @property
    def id(self) -> PromiseId:
        return self.made.promise_id

    @property
    def was_broken(self) -> bool:
        """True when its time passed before it was kept or withdrawn."""
        return self.status == Status.BROKEN or (self.ended_at is not None and self.ended_at > self.made.due_by)

    @property
    def owner(self) -> str:
        """Return the side that keeps it: `seller` or `platform`."""
        return owner_of(self.made.by)


def owner_of(by: Role) -> str:
    """Return for which side somebody promises."""
    return Role.SELLER.value if by == Role.SELLER else "platform"


def expect_own(promise: Promise, by: Role) -> None:
    """Refuse to a seller what the platform promised; staff speaks for both. Raises PromiseOfOther."""
    if by == Role.SELLER and promise.owner != Role.SELLER:
        raise PromiseOfOther("The platform made this promise, and keeps it.")


def decide(command: Command, state: Promise | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, MakePromise):
        return _make(command) if state is None else []
    if state is None:
        raise UnknownPromise("There is no such promise.")
    match command:
        case KeepPromise(at):
            _expect_live(state, Status.KEPT)
            return [PromiseKept(at)] if state.status != Status.KEPT else []
        case WithdrawPromise(reason, at):
            _expect_live(state, Status.WITHDRAWN)
            return [PromiseWithdrawn(reason, at)] if state.status != Status.WITHDRAWN else []
        case BreakPromise(round, at):
            return _break(state, round, at)
        case RestorePromise(round, at):
            broken = state.status == Status.BROKEN and state.broken_in in (None, round)
            return [PromiseRestored(at)] if broken else []
        case _:
            assert_never(command)


def _make(command: MakePromise) -> list[Event]:
    if not command.at < command.due_by <= command.at + LONGEST_AHEAD:
        raise PromiseOutOfTime
    return [PromiseMade(command)]


def _break(state: Promise, round: int, at: datetime) -> list[Event]:
    if state.status == Status.OPEN:
        return [PromiseBroken(round, at)]
    later = state.status == Status.BROKEN and (state.broken_in is None or state.broken_in < round)
    return [BrokenByLaterRound(round, at)] if later else []


def _expect_live(state: Promise, repeated: Status) -> None:
    if state.status not in (Status.OPEN, Status.BROKEN, repeated):
        raise PromiseEnded(f"The promise is {state.status.lower()}.")


def evolve(state: Promise | None, event: Event) -> Promise:
    """Return the state after a fact."""
    if isinstance(event, PromiseMade):
        return Promise(event.made)
    assert state is not None, "a promise is born by PromiseMade"
    match event:
        case PromiseKept(at):
            return replace(state, status=Status.KEPT, ended_at=at)
        case PromiseBroken(round=round):
            return replace(state, status=Status.BROKEN, broken_times=state.broken_times + 1, broken_in=round)
        case BrokenByLaterRound(round=round):
            return replace(state, broken_in=round)
        case PromiseRestored():
            return replace(state, status=Status.OPEN, broken_in=None)
        case PromiseWithdrawn(reason, at):
            return replace(state, status=Status.WITHDRAWN, ended_at=at, reason=reason)
        case _:
            assert_never(event)
