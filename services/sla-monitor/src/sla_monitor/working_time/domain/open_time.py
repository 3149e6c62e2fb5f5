"""Open time of a calendar, compiled: prefix sums over open intervals, found by bisection.

An instant is open when its local wall-clock reading lies in a window; so an hour that happens twice is open twice if
its reading is inside, and an hour that never happens never counts. Nothing here loops over minutes or days of a span.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol

from sla_monitor.working_time.domain.calendar import Calendar
from sla_monitor.working_time.domain.microseconds import EPOCH, SECOND, instant, micros
from sla_monitor.working_time.domain.open_spans import Counted, open_spans
from sla_monitor.working_time.domain.refusal import SlaRefused

FIRST_YEAR, END_YEAR = 1900, 2200


class OutsideSupportedTime(SlaRefused):
    """Working time is computed for the years 1900 to 2199."""


class NoMoreOpenTime(SlaRefused):
    """The calendar has no open time left (or before) that could reach the target."""


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
    spans = open_spans(calendar, kind, first // SECOND, last // SECOND)
    points: list[int] = []
    offsets, openings, total = [0], list[int](), 0
    for start, end in spans:
        points += (start * SECOND, end * SECOND)
        openings.append(total)
        offsets += (total - start * SECOND, total + (end - start) * SECOND)
        total += (end - start) * SECOND
    k = bisect_right(points, origin)
    shift = offsets[k] + origin if k & 1 else offsets[k]
    return Table(first, last, points, [o - shift for o in offsets], [o - shift for o in openings], total - shift, years)
