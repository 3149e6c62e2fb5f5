"""Deadlines in the five named modes of product section 3, on one calendar version.

Windows are local, time is counted in UTC. A deadline that falls exactly on closing time is that closing time.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sla_monitor.working_time.domain.batch import elapsed_many
from sla_monitor.working_time.domain.calendar import Calendar, CalendarWithoutOpenTime, first_instant_of
from sla_monitor.working_time.domain.microseconds import DAY_SECONDS, SECOND, instant, micros
from sla_monitor.working_time.domain.open_spans import Counted
from sla_monitor.working_time.domain.open_time import EVERY_MOMENT, Counting, NoMoreOpenTime, OpenTime
from sla_monitor.working_time.domain.refusal import SlaRefused

_CACHED_CALENDARS = 256
_LONGEST_SEARCH_DAYS = 4000
"""A working day further away than this is as good as none."""


class Mode(StrEnum):
    """How a target is counted. A deadline always shows its mode; modes are never mixed silently."""

    WORKING_DAYS = "working_days"
    """Clock hours that run only on working days: whole local days with any opening and no holiday."""
    BUSINESS_HOURS = "business_hours"
    """Only inside opening hours."""
    END_OF_NEXT_WORKING_DAY = "end_of_next_working_day"
    """The local midnight that ends the next working day; each further started 24 h of target add a working day."""
    ELAPSED = "elapsed"
    """24/7."""
    ELAPSED_ROLLED = "elapsed_rolled"
    """24/7, then rolled forward to a working moment (an opening hour, its closing time included)."""


class TargetNotPositive(SlaRefused):
    """A deadline needs a target of at least one second."""


class UnknownMode(SlaRefused):
    """The mode is not one of the five."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a mode makes of a start and a target: where counting starts, how much is counted, on what. Microseconds."""

    counting: Counting
    start: int
    amount: int
    mode: Mode


class WorkingTime:
    """All questions of working time on one calendar version. Get it from `working_time`, which compiles it once."""

    __slots__ = ("calendar", "days", "hours")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.hours = OpenTime(calendar, Counted.HOURS)
        self.days = OpenTime(calendar, Counted.WORKING_DAYS)

    def deadline(self, start: datetime, seconds: float, mode: Mode) -> datetime:
        """When a target that starts at an aware instant is due (UTC).

        Raises TargetNotPositive, NaiveInstant, NoMoreOpenTime or OutsideSupportedTime.
        """
        target = self.target(micros(start), round(seconds * SECOND), mode)
        return instant(self.due(target, target.amount))

    def add(self, start: datetime, seconds: float, mode: Mode = Mode.BUSINESS_HOURS) -> datetime:
        """The instant at which `seconds` are counted in the mode; zero is the start itself, negative goes back."""
        counting = self.counting(mode)
        if isinstance(counting, OpenTime):
            return counting.add(start, seconds)
        return instant(micros(start) + round(seconds * SECOND))

    def elapsed(self, start: datetime, end: datetime, mode: Mode = Mode.BUSINESS_HOURS) -> float:
        """Counted seconds between two aware instants in the mode, negative when reversed."""
        counting = self.counting(mode)
        if isinstance(counting, OpenTime):
            return counting.elapsed(start, end)
        return (micros(end) - micros(start)) / SECOND

    def elapsed_many(
        self, starts: Sequence[datetime], ends: Sequence[datetime], mode: Mode = Mode.BUSINESS_HOURS
    ) -> list[float]:
        """`elapsed` of many spans; for arrays call `batch.elapsed_many`."""
        counting = self.counting(mode)
        if isinstance(counting, OpenTime):
            return elapsed_many(counting, starts, ends)
        return [self.elapsed(start, end, mode) for start, end in zip(starts, ends, strict=True)]

    def counting(self, mode: Mode) -> Counting:
        """What time is counted on in a mode."""
        if mode is Mode.BUSINESS_HOURS:
            return self.hours
        if mode is Mode.ELAPSED or mode is Mode.ELAPSED_ROLLED:
            return EVERY_MOMENT
        return self.days

    def target(self, start: int, amount: int, mode: Mode) -> Target:
        """Resolve a start and an amount of time (microseconds) in a mode. Raises TargetNotPositive."""
        if amount <= 0:
            raise TargetNotPositive("a target is at least one second")
        if mode is Mode.END_OF_NEXT_WORKING_DAY:
            begin, end = self._working_days_after(start, -(-amount // (DAY_SECONDS * SECOND)))
            return Target(self.days, begin, self.days.counted(end) - self.days.counted(begin), mode)
        return Target(self.counting(mode), start, amount, mode)

    def due(self, target: Target, counted: int) -> int:
        """When `counted` microseconds after the target's start are reached and rolled as the mode says."""
        reached = target.counting.reached(target.counting.counted(target.start) + counted)
        return self.rolled(reached, target.mode)

    def rolled(self, at: int, mode: Mode) -> int:
        """Move an instant forward to where the mode lets a deadline fall."""
        if mode is Mode.ELAPSED_ROLLED:
            return self.hours.next_working_moment(at)
        if mode is Mode.END_OF_NEXT_WORKING_DAY:
            return self._end_of_day(at)
        return at

    def local_date(self, at: int) -> date:
        """The local date of an instant."""
        return instant(at).astimezone(self.calendar.tz).date()

    def _end_of_day(self, at: int) -> int:
        return first_instant_of(self.calendar, self.local_date(at - 1) + timedelta(1))

    def _working_days_after(self, start: int, days: int) -> tuple[int, int]:
        """From the midnight after the start's local date to the midnight that ends the n-th working day after it."""
        day = self.local_date(start)
        begin = first_instant_of(self.calendar, day + timedelta(1))
        ends = begin
        for _ in range(_LONGEST_SEARCH_DAYS):
            day += timedelta(1)
            begins, ends = ends, first_instant_of(self.calendar, day + timedelta(1))
            if self.days.counted(begins) < self.days.counted(ends):
                days -= 1
            if not days:
                return begin, ends
        raise NoMoreOpenTime(f"calendar {self.calendar.id} has too few working days ahead")


class CompiledCalendars:
    """A bounded store of compiled calendars, least recently used first out."""

    def __init__(self, size: int = _CACHED_CALENDARS) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, int], WorkingTime] = OrderedDict()

    def get(self, calendar: Calendar) -> WorkingTime:
        """The compiled calendar; compiled anew when the same id and version come with other content."""
        key = (calendar.id, calendar.version)
        kept = self._kept.get(key)
        if kept is None or (kept.calendar is not calendar and kept.calendar != calendar):
            kept = self._kept[key] = compiled(calendar)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept

    def __len__(self) -> int:
        return len(self._kept)


def compiled(calendar: Calendar) -> WorkingTime:
    """Compile a calendar, refusing one whose only openings are closed again. Raises CalendarWithoutOpenTime."""
    working = WorkingTime(calendar)
    if not calendar.has_endless_hours():
        first = micros(datetime(min(calendar.overrides).year, 1, 1, tzinfo=UTC))
        last = micros(datetime(max(calendar.overrides).year + 1, 12, 31, tzinfo=UTC))
        if working.hours.counted(last) == working.hours.counted(first):
            raise CalendarWithoutOpenTime(f"calendar {calendar.id} version {calendar.version} has no open time")
    return working


_compiled = CompiledCalendars()


def working_time(calendar: Calendar) -> WorkingTime:
    """The calendar ready for questions, compiled once per (id, version) and kept in a bounded store."""
    return _compiled.get(calendar)


def read_mode(text: str) -> Mode:
    """The mode of a published name. Raises UnknownMode."""
    try:
        return Mode(text)
    except ValueError:
        raise UnknownMode(f"a mode is one of {', '.join(Mode)}") from None
