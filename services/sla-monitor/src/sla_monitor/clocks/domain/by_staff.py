"""What staff may do to one clock: pause it with a cause and a cap, give a pause more time, let it run again.

Product rules, section 8: agents pause, supervisors extend. A pause never hides a breach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.clocks.domain.round import Run
from sla_monitor.rules.domain import Signal
from sla_monitor.working_time.domain import SlaRefused, micros


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop counting, for a cause (a code), until an instant or until the policy's cap is used up."""

    cause: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """Give the running pause more counted time."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Resumption:
    """Count again."""


StaffOrder = Pause | Extension | Resumption


class NothingOwed(SlaRefused):
    """Nothing runs on this clock, so nothing can be paused."""


class PauseNotForeseen(SlaRefused):
    """The clock's policy does not let staff pause it."""


class PauseCapUsedUp(SlaRefused):
    """All pauses of the round together have reached the policy's cap."""


class DeadlineHasPassed(SlaRefused):
    """A pause never hides a breach."""


class AlreadyPaused(SlaRefused):
    """The clock stands still already."""


class PauseIsOver(SlaRefused):
    """The pause would end before it begins."""


class NotPaused(SlaRefused):
    """The clock runs."""


class ExtensionTooLong(SlaRefused):
    """All extensions of a round together are at most as long as its policy's cap."""


def fact_of_order(order: StaffOrder, id: FactId, at: datetime, runs: Sequence[Run], facts: Sequence[Fact]) -> Fact:
    """The fact that a clock is told. Raises the refusals of this module; `runs` is what the clock's facts make now."""
    run = runs[-1] if runs and runs[-1].settled is None else None
    if run is None:
        raise NothingOwed("nothing is owed on this clock now")
    if Signal.PAUSED_BY_STAFF not in run.row.pauses:
        raise PauseNotForeseen("the policy of this clock does not let staff pause it")
    if micros(at) > run.due:
        raise DeadlineHasPassed("the deadline has passed; a pause cannot hide a breach")
    paused = run.pause is not None and micros(at) < run.pause_limit
    match order:
        case Pause():
            _refuse_pause(order, run, paused, at)
            return Fact(id, Signal.PAUSED_BY_STAFF, at, until=order.until, reasons=(order.cause,))
        case Extension():
            _refuse_extension(order, run, paused, facts)
            return Fact(id, Signal.PAUSE_EXTENDED, at, seconds=order.seconds)
        case Resumption():
            if not paused:
                raise NotPaused("the clock runs")
            return Fact(id, Signal.RESUMED_BY_STAFF, at)


def _refuse_pause(order: Pause, run: Run, paused: bool, at: datetime) -> None:
    if paused:
        raise AlreadyPaused("the clock is paused already")
    run.end_pause(micros(at))  # one that is over has used its share of the cap
    if run.cap_left <= 0:
        raise PauseCapUsedUp("all pauses of this round together have reached the policy's cap")
    if order.until is not None and order.until <= at:
        raise PauseIsOver("`until` must be in the future")


def _refuse_extension(order: Extension, run: Run, paused: bool, facts: Sequence[Fact]) -> None:
    if not paused:
        raise NotPaused("the clock runs; only a pause can be extended")
    cap = run.row.pause_cap_seconds or 0
    given = sum(f.seconds or 0 for f in facts if f.signal is Signal.PAUSE_EXTENDED and micros(f.at) >= run.start)
    if order.seconds + given > cap:
        raise ExtensionTooLong(f"all extensions of a round together are at most {cap} s")
