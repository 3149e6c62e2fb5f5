"""From a calendar's local windows to open stretches in UTC: where zones, clock changes and closures are met."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla_monitor.working_time.domain.calendar import Calendar, date_of_wall, merged, wall_second
from sla_monitor.working_time.domain.microseconds import DAY_SECONDS, SECOND, instant, micros

_OFFSET_STEP = 6 * 3600
"""Seconds between probes for a change of offset; no zone has ever changed twice within six hours."""


class Counted(Enum):
    """Which stretches of a calendar the clock runs on."""

    HOURS = auto()
    """Inside the opening windows."""
    WORKING_DAYS = auto()
    """All clock hours of local days that have an opening and are not a holiday."""


def open_spans(calendar: Calendar, kind: Counted, first: int, last: int) -> list[tuple[int, int]]:
    """Open (start, end) seconds UTC inside [first, last), disjoint, sorted, touching ones joined."""
    walls = _wall_hours(calendar, first, last) if kind is Counted.HOURS else _wall_days(calendar, first, last)
    return _without(_utc_spans(calendar.tz, walls, first, last), calendar.closed_spans)


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
    """A local date with any opening, no holiday, and not closed by closures for all of its openings. An opening that
    lies in the hour that a clock change leaves out is none."""
    if not calendar.opens_on(day):
        return False
    midnight = wall_second(day)
    near = [c for c in calendar.closed_spans if c[0] < midnight + 3 * DAY_SECONDS and c[1] > midnight - DAY_SECONDS]
    if not near and not _changes_near(calendar.tz, midnight):
        return True
    windows = merged((midnight + w.start_second, midnight + w.end_second) for w in calendar.windows_on(day))
    opened = _utc_spans(calendar.tz, windows, midnight - 2 * DAY_SECONDS, midnight + 4 * DAY_SECONDS)
    return bool(_without(opened, near))


def _changes_near(zone: ZoneInfo, midnight: int) -> bool:
    year = instant(midnight * SECOND).year
    return any(midnight - DAY_SECONDS < at < midnight + 3 * DAY_SECONDS for at in _changes_of_year(zone, year))


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
