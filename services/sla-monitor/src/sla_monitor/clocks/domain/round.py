"""One round of a clock: an obligation with its start, stops, deadline and verdict, as the facts make it.

It knows nothing of what was announced, and nothing of now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sla_monitor.clocks.domain.fact import Fact, FactId, Hold
from sla_monitor.rules.domain import ClockPolicy
from sla_monitor.working_time.domain import SECOND, CalendarId, Mode, Stopped, Target, WorkingTime, instant, micros

_DAY = 86_400 * SECOND
_FIRST_LATE = 1000
"""Microseconds after the deadline at which an answer is late: instants have milliseconds, and the deadline is in time."""


class Verdict(StrEnum):
    """What became of a round."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    MET_LATE = "MET_LATE"
    BREACHED = "BREACHED"
    WAIVED = "WAIVED"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Stop:
    """A stretch that does not count although the calendar is open, with its cause."""

    from_at: datetime
    to_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Round:
    """One obligation as the facts make it. Until it is settled its deadline passes whatever nobody says."""

    start_id: FactId
    start_at: datetime
    owner: str
    policy_version: int
    calendar_id: CalendarId
    calendar_version: int
    mode: Mode
    target_seconds: int
    """What is counted until the deadline: the policy's target, and what a floor added."""
    due_by: datetime
    warnings: tuple[tuple[int, datetime], ...]
    breach_at: datetime
    """When a breach may be announced: just after the deadline, or later while a reply waits for moderation."""
    grace_ends_at: datetime | None
    stops: tuple[Stop, ...]
    paused_at: datetime | None
    pause_cause: str
    pause_ends_by: datetime | None
    pending_check: bool
    verdict: Verdict
    settled_at: datetime | None
    cause: str
    """The signal that settled it."""
    deadline_given: bool = False
    counted_seconds: int | None = None
    """What was counted until it was settled, pauses and closed time left out, rounded down."""


class Run:
    """A round being reckoned; times in microseconds."""

    __slots__ = (
        "_due",
        "_origin",
        "_target",
        "cap_left",
        "cause",
        "credits",
        "given",
        "ids",
        "owner",
        "pause",
        "pause_cause",
        "pause_limit",
        "row",
        "settled",
        "start",
        "start_id",
        "stops",
        "topped_up",
        "verdict",
        "working",
    )

    def __init__(self, fact: Fact, start: int, row: ClockPolicy, working: WorkingTime, credits: list[Stopped]) -> None:
        self.start_id = fact.id
        self.ids = [fact.id]
        self.start = start
        self.row = row
        self.working = working
        self.owner = fact.owner or row.owner
        self.given = self._deadline_named_by(fact)
        self.credits = credits
        self.stops: list[Stopped] = []
        self.pause: int | None = None
        self.pause_cause = ""
        self.pause_limit = 0
        self.cap_left = (row.pause_cap_seconds or 0) * SECOND
        self.topped_up = 0
        self.verdict = Verdict.RUNNING
        self.settled: int | None = None
        self.cause = ""
        self._target: Target | None = None
        self._origin = 0
        self._due: int | None = None

    def _deadline_named_by(self, fact: Fact) -> int | None:
        """The deadline that a starting fact names, or that is counted from the instant that it names; never before the fact."""
        row = self.row
        if not row.deadline_given or fact.until is None:
            return None
        if row.counted_from_given:
            return micros(self.working.deadline(max(fact.until, fact.at), row.target_seconds, row.mode))
        return micros(fact.until) if fact.until > fact.at else None

    def promise_anew(self, fact: Fact) -> None:
        """Take an earlier deadline that is named before this one has passed; whoever relied on it is not put off by a later one."""
        named = self._deadline_named_by(fact)
        if named is not None and micros(fact.at) <= self.due and named < self.due:
            self.given = named
            self._target = self._due = None

    @property
    def target(self) -> Target:
        if self._target is None:
            if self.given is not None and self.row.given_at_most:
                natural = self.working.deadline(instant(self.start), self.row.target_seconds, self.row.mode)
                self.given = self.given if self.given < micros(natural) else None
            amount = self.row.target_seconds * SECOND if self.given is None else self.given - self.start
            mode = self.row.mode if self.given is None else Mode.ELAPSED
            self._target = self.working.target(self.start, amount, mode)
            self._origin = self._target.counting.counted(self._target.start)
        return self._target

    @property
    def amount(self) -> int:
        return self.target.amount + self.topped_up

    @property
    def due(self) -> int:
        if self._due is None:
            self._due = self.reached(self.amount)
        return self._due

    def reached(self, amount: int) -> int:
        """When so much of the target has been counted, stops left out."""
        target = self._target or self.target
        counted = target.counting.counted
        sought = self._origin + amount
        for stop in self.all_stops():
            begins = counted(max(stop.start, target.start))
            if begins >= sought:
                break
            sought += counted(max(stop.end, target.start)) - begins
        return self.working.rolled(target.counting.reached(sought), target.mode)

    def all_stops(self) -> list[Stopped]:
        """Pauses, gaps and credits in order; where two overlap the earlier one keeps the stretch."""
        if not self.stops and not self.credits and self.pause is None:
            return []
        every = [*self.stops, *(c for c in self.credits if c.end > self.start)]
        if self.pause is not None:
            every.append(Stopped(self.pause, self.pause_limit, self.pause_cause))
        every.sort(key=lambda stop: (stop.start, stop.end, stop.cause))
        disjoint: list[Stopped] = []
        free_from = self.start
        for stop in every:
            start = max(stop.start, free_from)
            if start < stop.end:
                disjoint.append(Stopped(start, stop.end, stop.cause) if start != stop.start else stop)
                free_from = stop.end
        return disjoint

    def left(self, at: int) -> int:
        """What remains to be counted at an instant."""
        target = self.target
        counted = target.counting.counted
        used = max(0, counted(at) - self._origin)
        for stop in self.all_stops():
            start, end = max(stop.start, target.start), min(max(stop.end, target.start), at)
            used -= max(0, counted(end) - counted(start))
        return self.amount - used

    def begin_pause(self, at: int, cause: str, until: int | None) -> None:
        """Stop counting, at most until the cap is used up; not after the deadline: a pause cannot hide a breach."""
        if self.pause is not None and at < self.pause_limit:
            return
        self.end_pause(at)
        if at >= self.due or self.cap_left <= 0:
            return
        self.pause, self.pause_cause = at, cause
        self._limit_pause(until)

    def _limit_pause(self, until: int | None = None) -> None:
        counting, pause = self.target.counting, self.pause or 0
        limit = counting.reached(counting.counted(pause) + self.cap_left)
        self.pause_limit = limit if until is None else max(min(limit, until), pause)
        self._due = None

    def end_pause(self, at: int) -> None:
        """Count again, from `at` or from when the cap was used up."""
        if self.pause is None:
            return
        counted = self.target.counting.counted
        end = min(at, self.pause_limit)
        self.cap_left -= counted(end) - counted(self.pause)
        if end > self.pause:
            self.stops.append(Stopped(self.pause, end, self.pause_cause))
        self.pause = None
        self._due = None

    def extend_pause(self, at: int, seconds: int) -> None:
        """Give pauses more time (supervisor); a pause with a planned end goes on for so long after it."""
        self.cap_left += seconds * SECOND
        if self.pause is not None and at <= self.pause_limit:
            counting = self.target.counting
            self.pause_limit = counting.reached(counting.counted(self.pause_limit) + seconds * SECOND)
            self._due = None

    def settle(self, at: int, verdict: Verdict, cause: str) -> None:
        """Answered, waived or void at `at`. What comes after the deadline is late, or leaves the breach as it is."""
        late = at > self.due
        self.end_pause(at)
        if late:
            verdict = Verdict.MET_LATE if verdict is Verdict.MET else Verdict.BREACHED
        self.verdict, self.settled, self.cause = verdict, at, cause

    def annul(self, at: int, cause: str) -> None:
        """What started it was taken back: void, also after the deadline."""
        self.end_pause(at)
        self.verdict, self.settled, self.cause = Verdict.VOID, at, cause

    def continue_from(self, at: int, cause: str) -> None:
        """Run again with the remaining time, never below the floor; the stretch in between does not count."""
        if self.settled is not None and self.settled < at:
            self.stops.append(Stopped(self.settled, at, cause))
        self.verdict, self.settled, self.cause = Verdict.RUNNING, None, ""
        self._due = None
        self.keep_floor(at, SECOND)

    def keep_floor(self, at: int, least: int = 0) -> None:
        """Add what is missing to the floor."""
        missing = max(self.row.floor_seconds * SECOND, least) - self.left(at)
        if missing > 0:
            self.topped_up += missing
            self._due = None

    def begin_earlier(self, at: int) -> None:
        """The earliest start wins (merged cases)."""
        if at < self.start:
            self.start = at
            self._target = self._due = None

    def correct(self, working: WorkingTime) -> None:
        """Take a corrected calendar if it makes the deadline later; earlier is not allowed."""
        before, kept = self.due, self.working
        self.working, self._target, self._due = working, None, None
        if self.due <= before:
            self.working, self._target, self._due = kept, None, before

    def migrate(self, row: ClockPolicy, working: WorkingTime, at: int) -> None:
        """Take another version of the policy, explicitly; what is left never falls below the floor."""
        self.cap_left += ((row.pause_cap_seconds or 0) - (self.row.pause_cap_seconds or 0)) * SECOND
        self.row, self.working, self._target, self._due = row, working, None, None
        if self.pause is not None:
            self._limit_pause()
        self.keep_floor(at)


REMINDER = 100
"""Among thresholds, what stands above is a reminder: so many days before the deadline."""


def share_passed(since: datetime, at: datetime, until: datetime) -> int:
    """How much of the time between two instants has passed, in percent, rounded down."""
    return (at - since) * 100 // (until - since)


def _warnings(run: Run) -> list[tuple[int, datetime]]:
    """The thresholds in order of time: shares of what is counted, and days before the deadline that lie after the start."""
    row, amount = run.row, run.amount
    shares = [(percent, run.reached(amount * percent // 100)) for percent in row.warnings_percent]
    reminders = [(REMINDER + days, run.due - days * _DAY) for days in row.reminder_days]
    known = [*shares, *((key, at) for key, at in reminders if at > run.start)]
    return [(key, instant(at)) for key, at in sorted(known, key=lambda one: one[1])]


def as_round(run: Run, holds: Sequence[Hold]) -> Round:
    """A reckoned run as the value that is kept and compared. A reply that began to wait in time keeps a breach away."""
    row, due = run.row, run.due
    open_now = run.settled is None
    due_by, start_at = instant(due), instant(run.start)
    pending = open_now and bool(holds) and any(start_at <= h.submitted_at and h.waits_since <= due_by for h in holds)
    amount = run.amount
    warnings = _warnings(run) if open_now else ()
    return Round(
        start_id=run.start_id,
        start_at=start_at,
        owner=run.owner,
        policy_version=row.version,
        calendar_id=run.working.calendar.id,
        calendar_version=run.working.calendar.version,
        mode=run.target.mode,
        target_seconds=amount // SECOND,
        due_by=due_by,
        warnings=tuple(warnings),
        breach_at=instant(due + _FIRST_LATE + (row.hold_cap_seconds * SECOND if pending else 0)),
        grace_ends_at=instant(run.reached(amount + row.grace_seconds * SECOND)) if row.grace_seconds else None,
        stops=tuple([Stop(instant(s.start), instant(s.end), s.cause) for s in run.all_stops()]),
        paused_at=None if run.pause is None else instant(run.pause),
        pause_cause=run.pause_cause if run.pause is not None else "",
        pause_ends_by=None if run.pause is None else instant(run.pause_limit),
        pending_check=pending,
        verdict=Verdict.PAUSED if run.pause is not None else run.verdict,
        settled_at=None if run.settled is None else instant(run.settled),
        cause=run.cause,
        deadline_given=run.given is not None,
        counted_seconds=None if run.settled is None else max(0, amount - run.left(run.settled)) // SECOND,
    )
