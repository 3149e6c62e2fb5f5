"""Open time of a calendar, compiled: prefix sums over open intervals, found by bisection.

An instant is open when its local wall-clock reading lies in a window; so an hour that happens twice is open twice if
its reading is inside, and an hour that never happens never counts. Nothing here loops over minutes or days of a span.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sla_monitor.domain.calendar import Calendar, date_of_wall, merged, wall_second
from sla_monitor.domain.instant import DAY_SECONDS, EPOCH, SECOND, instant, micros
from sla_monitor.domain.refusal import SlaRefused

FIRST_YEAR, END_YEAR = 1900, 2200
_OFFSET_STEP = 6 * 3600
"""Seconds between probes for a change of offset; no zone has ever changed twice within six hours."""


class OutsideSupportedTime(SlaRefused):
    """Working time is computed for the years 1900 to 2199."""


class NoMoreOpenTime(SlaRefused):
    """The calendar has no open time left (or before) that could reach the target."""


class Counted(Enum):
    """Which stretches of a calendar the clock runs on."""

    HOURS = auto()
    """Inside the opening windows."""
    WORKING_DAYS = auto()
    """All clock hours of local days that have an opening and are no holiday."""


class Counting(Protocol):
    """A way of counting time; instants and durations in microseconds."""

    def counted(self, at: int) -> int:
        """Counted microseconds from a fixed origin to an instant; differences of it are elapsed time."""

    def reached(self, counted: int) -> int:
        """The earliest instant at which that much is counted: exactly at closing time it is closing time."""

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The counted (start, end) stretches inside a span, in order."""


class EveryMoment:
    """Counting that never stops: plain elapsed time."""

    __slots__ = ()

    def counted(self, at: int) -> int:
        return at

    def reached(self, counted: int) -> int:
        return counted

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        if start < end:
            yield start, end


EVERY_MOMENT = EveryMoment()


class Table(NamedTuple):
    """One compiled horizon. `points` alternate opening and closing; odd positions are open.

    Counted time at `t` in position `k` is `offsets[k]`, plus `t` itself where `k` is odd.
    """

    start: int
    end: int
    points: list[int]
    offsets: list[int]
    reached_at_opening: list[int]
    total: int
    years: tuple[int, int]


_NOTHING = Table(0, 0, [], [0], [], 0, (0, 0))


class OpenTime:
    """Counting on the open time of one calendar version. The horizon grows on demand; results never depend on it."""

    __slots__ = ("_calendar", "_kind", "_origin_year", "_table")

    def __init__(self, calendar: Calendar, kind: Counted) -> None:
        self._calendar = calendar
        self._kind = kind
        self._table = _NOTHING
        self._origin_year = 0

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Open seconds between two aware instants, exact to the microsecond; negative when reversed."""
        since = start - EPOCH
        a = (since.days * 86400 + since.seconds) * 1000000 + since.microseconds
        since = end - EPOCH
        b = (since.days * 86400 + since.seconds) * 1000000 + since.microseconds
        first, last, points, offsets, _, _, _ = self._table
        if not first <= a <= b < last:
            return (self.counted(b) - self.counted(a)) / SECOND
        i = bisect_right(points, a)
        j = bisect_right(points, b)
        return ((offsets[j] + b if j & 1 else offsets[j]) - (offsets[i] + a if i & 1 else offsets[i])) / 1000000

    def add(self, start: datetime, seconds: float) -> datetime:
        """The instant (UTC) at which `seconds` of open time have passed; negative goes back, zero is `start` itself."""
        since = start - EPOCH
        a = (since.days * 86400 + since.seconds) * 1000000 + since.microseconds
        first, last, points, offsets, openings, total, _ = self._table
        if seconds > 0 and first <= a < last:
            i = bisect_right(points, a)
            sought = (offsets[i] + a if i & 1 else offsets[i]) + round(seconds * 1000000)
            if sought <= total:
                return datetime.fromtimestamp((sought - offsets[2 * bisect_left(openings, sought) - 1]) / 1000000, UTC)
        return instant(self._add(a, round(seconds * SECOND)))

    def _add(self, start: int, amount: int) -> int:
        if amount == 0:
            return start
        sought = self.counted(start) + amount
        return self.reached(sought) if amount > 0 else self._opened(sought)

    def counted(self, at: int) -> int:
        table = self._covering(at)
        k = bisect_right(table.points, at)
        return table.offsets[k] + at if k & 1 else table.offsets[k]

    def reached(self, counted: int) -> int:
        table = self._table if self._table.points else self._grown(EPOCH.year, EPOCH.year)
        while counted > table.total:
            table = self._later(table)
        while not table.reached_at_opening or counted <= table.reached_at_opening[0]:
            table = self._earlier(table)
        return counted - table.offsets[2 * bisect_left(table.reached_at_opening, counted) - 1]

    def _opened(self, counted: int) -> int:
        """The latest instant before which that much is counted: exactly at an opening it is the opening."""
        table = self._table
        while counted >= table.total:
            table = self._later(table)
        while not table.reached_at_opening or counted < table.reached_at_opening[0]:
            table = self._earlier(table)
        return counted - table.offsets[2 * bisect_right(table.reached_at_opening, counted) - 1]

    def is_open(self, at: int) -> bool:
        """Whether an instant is inside open time; a closing instant is not."""
        return bool(bisect_right(self._covering(at).points, at) & 1)

    def next_working_moment(self, at: int) -> int:
        """The instant itself when it is open or exactly a closing time, otherwise the next opening."""
        table = self._covering(at)
        while True:
            k = bisect_right(table.points, at)
            if k & 1 or (k and table.points[k - 1] == at):
                return at
            if k < len(table.points):
                return table.points[k]
            table = self._later(table)

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        self._covering(start)
        points = self._covering(end).points
        k = bisect_right(points, start)
        k -= k & 1
        while k < len(points) and points[k] < end:
            low, high = max(points[k], start), min(points[k + 1], end)
            if low < high:
                yield low, high
            k += 2

    def compiled(self, start: int, end: int) -> Table:
        """The table, grown to cover both instants; for the batch form."""
        self._covering(start)
        return self._covering(end)

    def _covering(self, at: int) -> Table:
        table = self._table
        if table.start <= at < table.end:
            return table
        year = instant(at).year
        if not table.points:
            return self._grown(year - 1, year + 2)
        low, high = table.years
        return self._grown(min(low, year - 1), max(high, year + 2))

    def _later(self, table: Table) -> Table:
        low, high = table.years
        last = max(self._calendar.overrides, default=date.min).year + 2
        if high >= END_YEAR or not (self._calendar.has_endless_hours() or high < last):
            raise NoMoreOpenTime(f"calendar {self._calendar.id} has no open time left to reach the target")
        return self._grown(low, high + max(2, high - low))

    def _earlier(self, table: Table) -> Table:
        low, high = table.years
        if low <= FIRST_YEAR:
            raise NoMoreOpenTime(f"calendar {self._calendar.id} has no open time that early")
        return self._grown(low - max(2, high - low), high)

    def _grown(self, first_year: int, end_year: int) -> Table:
        first_year, end_year = max(first_year, FIRST_YEAR), min(end_year, END_YEAR)
        if first_year >= end_year:
            raise OutsideSupportedTime(f"working time is computed for {FIRST_YEAR} to {END_YEAR - 1}")
        old = self._table
        self._origin_year = self._origin_year or first_year
        self._table = _table(self._calendar, self._kind, (first_year, end_year), self._origin_year)
        if old.years == self._table.years:
            raise OutsideSupportedTime(f"working time is computed for {FIRST_YEAR} to {END_YEAR - 1}")
        return self._table


def _table(calendar: Calendar, kind: Counted, years: tuple[int, int], origin_year: int) -> Table:
    """Compile [first year, end year) of a calendar; counted time is zero at the start of the origin year."""
    first, last = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in years)
    origin = micros(datetime(origin_year, 1, 1, tzinfo=UTC))
    spans = _open_spans(calendar, kind, first // SECOND, last // SECOND)
    points, offsets, openings, total = [], [0], [], 0
    for start, end in spans:
        points += (start * SECOND, end * SECOND)
        openings.append(total)
        offsets += (total - start * SECOND, total + (end - start) * SECOND)
        total += (end - start) * SECOND
    k = bisect_right(points, origin)
    shift = offsets[k] + origin if k & 1 else offsets[k]
    return Table(first, last, points, [o - shift for o in offsets], [o - shift for o in openings], total - shift, years)


def _open_spans(calendar: Calendar, kind: Counted, first: int, last: int) -> list[tuple[int, int]]:
    """Open (start, end) seconds UTC inside [first, last), disjoint, sorted, touching ones joined."""
    hours = _without(_utc_spans(calendar.tz, _wall_hours(calendar, first, last), first, last), calendar.closed_spans)
    if kind is Counted.HOURS:
        return hours
    days = _utc_spans(calendar.tz, _wall_days(calendar, first, last), first, last)
    return _without(days, calendar.closed_spans)


def _dates(first: int, last: int) -> Iterator[date]:
    """All local dates that could touch a span of UTC seconds, in any zone, and one before (windows over midnight)."""
    low, high = first // DAY_SECONDS - 2, last // DAY_SECONDS + 2
    return (date_of_wall(day * DAY_SECONDS) for day in range(low, high))


def _wall_hours(calendar: Calendar, first: int, last: int) -> Sequence[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for day in _dates(first, last):
        midnight = wall_second(day)
        windows = calendar.windows_on(day)
        if not windows:
            continue
        today_shut, tomorrow_shut = calendar.shuts(day), calendar.shuts(day + timedelta(1))
        for window in windows:
            start, end = window.start_second, window.end_second
            if today_shut:
                start = max(start, DAY_SECONDS)
            if tomorrow_shut:
                end = min(end, DAY_SECONDS)
            spans.append((midnight + start, midnight + end))
    return merged(spans)


def _wall_days(calendar: Calendar, first: int, last: int) -> Sequence[tuple[int, int]]:
    working = (day for day in _dates(first, last) if is_working_day(calendar, day))
    return merged((wall_second(day), wall_second(day) + DAY_SECONDS) for day in working)


def is_working_day(calendar: Calendar, day: date) -> bool:
    """A local date with any opening, no holiday, and not closed by closures for all of its openings."""
    if not calendar.opens_on(day):
        return False
    midnight = wall_second(day)
    near = [c for c in calendar.closed_spans if c[0] < midnight + 3 * DAY_SECONDS and c[1] > midnight - DAY_SECONDS]
    if not near:
        return True
    windows = merged((midnight + w.start_second, midnight + w.end_second) for w in calendar.windows_on(day))
    opened = _utc_spans(calendar.tz, windows, midnight - 2 * DAY_SECONDS, midnight + 4 * DAY_SECONDS)
    return bool(_without(opened, near))


def _utc_spans(zone: ZoneInfo, walls: Sequence[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """Wall-clock spans as UTC spans inside [first, last): each stretch of constant offset shows its own part."""
    ends = [end for _, end in walls]
    spans: list[tuple[int, int]] = []
    for low, high, offset in _offset_stretches(zone, first, last):
        k = bisect_right(ends, low + offset)
        while k < len(walls) and walls[k][0] < high + offset:
            spans.append((max(walls[k][0] - offset, low), min(walls[k][1] - offset, high)))
            k += 1
    return list(merged(spans))


def _without(spans: list[tuple[int, int]], holes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    for hole_start, hole_end in holes:
        k = bisect_right(spans, hole_start, key=lambda span: span[1])
        stop = k
        kept: list[tuple[int, int]] = []
        while stop < len(spans) and spans[stop][0] < hole_end:
            start, end = spans[stop]
            kept += [piece for piece in ((start, hole_start), (hole_end, end)) if piece[0] < piece[1]]
            stop += 1
        spans[k:stop] = kept
    return spans


def _offset_stretches(zone: ZoneInfo, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """(from, to, offset seconds) covering [first, last) of UTC seconds, one per stretch of constant offset."""
    low, offset = first, _offset(zone, first)
    for changed_at in _changes(zone, first, last):
        yield low, changed_at, offset
        low, offset = changed_at, _offset(zone, changed_at)
    yield low, last, offset


def _changes(zone: ZoneInfo, first: int, last: int) -> Iterator[int]:
    years = range(instant(first * SECOND).year, instant((last - 1) * SECOND).year + 1)
    return (at for year in years for at in _changes_of_year(zone, year) if first < at < last)


@lru_cache(maxsize=8192)
def _changes_of_year(zone: ZoneInfo, year: int) -> tuple[int, ...]:
    """Every second of a UTC year at which the zone's offset changes, found by probing and halving."""
    start, end = (micros(datetime(y, 1, 1, tzinfo=UTC)) // SECOND for y in (year, year + 1))
    changes: list[int] = []
    before, was = start - 1, _offset(zone, start - 1)
    for probe in range(start, end + _OFFSET_STEP, _OFFSET_STEP):
        at = min(probe, end - 1)
        offset = _offset(zone, at)
        if offset != was:
            changes.append(_first_with_other_offset(zone, before, at, was))
        before, was = at, offset
    return tuple(changes)


def _first_with_other_offset(zone: ZoneInfo, low: int, high: int, offset: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    shift = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if shift is None else shift.days * DAY_SECONDS + shift.seconds
