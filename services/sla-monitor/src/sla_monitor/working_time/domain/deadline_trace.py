"""How a deadline came about: stretches counted or not, with their cause, whose counted seconds add up to the target.

The same facts always give the same bytes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sla_monitor.working_time.domain.calendar import CalendarId, first_instant_of
from sla_monitor.working_time.domain.counted_time import Mode, Target, WorkingTime
from sla_monitor.working_time.domain.microseconds import SECOND, instant, iso, micros
from sla_monitor.working_time.domain.open_time import EVERY_MOMENT, OpenTime

Piece = tuple[int, int, bool, str]
"""From, to (microseconds), counted, cause."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a trace. Where instants have fractions, `seconds` are whole: the rest is carried to the next stretch
    of its sort, so that they still add up."""

    from_at: datetime
    to_at: datetime
    counted: bool
    seconds: int
    cause: str
    calendar_version: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A deadline explained: the counted segments' seconds add up exactly to `target_seconds`."""

    calendar_id: CalendarId
    calendar_version: int
    mode: Mode
    started_at: datetime
    due_by: datetime
    target_seconds: int
    segments: tuple[Segment, ...]
    holidays_known_until: date | None = None
    """Set when the deadline lies later: it may fall on a holiday that nobody has entered yet."""

    def as_data(self) -> dict[str, object]:
        """The trace as JSON types, instants in RFC 3339 UTC."""
        known = self.holidays_known_until
        return ({} if known is None else {"holidays_known_until": known.isoformat()}) | {
            "calendar": self.calendar_id,
            "calendar_version": self.calendar_version,
            "mode": str(self.mode),
            "started_at": iso(micros(self.started_at)),
            "due_by": iso(micros(self.due_by)),
            "target_seconds": self.target_seconds,
            "segments": [
                {
                    "from": iso(micros(segment.from_at)),
                    "to": iso(micros(segment.to_at)),
                    "counted": segment.counted,
                    "seconds": segment.seconds,
                    "cause": segment.cause,
                    "calendar_version": segment.calendar_version,
                }
                for segment in self.segments
            ],
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON (sorted keys, no spaces, UTF-8)."""
        return json.dumps(self.as_data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stretch in which the clock stood still although the calendar was open: a pause, a credit. Microseconds."""

    start: int
    end: int
    cause: str


def trace_deadline(working: WorkingTime, start: datetime, seconds: float, mode: Mode) -> Trace:
    """The deadline of `WorkingTime.deadline`, explained. Raises what that raises."""
    target = working.target(micros(start), round(seconds * SECOND), mode)
    return trace(working, micros(start), target, target.amount, ())


def trace(
    working: WorkingTime, start: int, target: Target, amount: int, stopped: Sequence[Stopped], due: int | None = None
) -> Trace:
    """Explain the deadline at which `amount` microseconds are counted from a target's start, leaving out `stopped`
    (sorted, disjoint). A `due` that is already known is taken as it is."""
    pieces = list(_counted_pieces(working, target, amount, stopped))
    reached = pieces[-1][1] if pieces else target.start
    if due is None:
        due = working.rolled(reached, target.mode)
    if start < target.start:
        pieces.insert(0, (start, target.start, False, "day_of_start"))
    if reached < due:
        pieces.append((reached, due, False, f"rolled_by_{target.mode}"))
    segments = tuple(_segments(_joined(pieces), working.calendar.version))
    return Trace(
        calendar_id=working.calendar.id,
        calendar_version=working.calendar.version,
        mode=target.mode,
        started_at=instant(start),
        due_by=instant(due),
        target_seconds=amount // SECOND,
        segments=segments,
        holidays_known_until=_known_before(working, target, due),
    )


def _known_before(working: WorkingTime, target: Target, due: int) -> date | None:
    """The last date with known holidays, when a deadline that depends on them lies after it."""
    known = working.calendar.known_until
    depends = target.counting is not EVERY_MOMENT or target.mode is Mode.ELAPSED_ROLLED
    return known if depends and known is not None and working.local_date(due) > known else None


def _counted_pieces(working: WorkingTime, target: Target, amount: int, stopped: Sequence[Stopped]) -> Iterator[Piece]:
    """Pieces from the target's start until the amount is counted."""
    counting, cursor, left = target.counting, target.start, amount
    horizon = counting.reached(counting.counted(cursor) + amount + sum(_counted_in(target, s) for s in stopped))
    cause = "running" if not isinstance(counting, OpenTime) else "open" if counting is working.hours else "working_day"
    for low, high in counting.spans(target.start, horizon):
        yield from _closed_pieces(working, target, cursor, low)
        for start, end, why in _split(low, high, stopped):
            if why is None:
                end = min(end, start + left)
                left -= end - start
            yield start, end, why is None, why or cause
            if not left:
                return
        cursor = high


def _counted_in(target: Target, stopped: Stopped) -> int:
    start, end = max(stopped.start, target.start), max(stopped.end, target.start)
    return target.counting.counted(end) - target.counting.counted(start)


def _split(low: int, high: int, stopped: Sequence[Stopped]) -> Iterator[tuple[int, int, str | None]]:
    """An open stretch cut where the clock stood still; None where it ran."""
    for stop in stopped:
        start, end = max(stop.start, low), min(stop.end, high)
        if start >= end:
            continue
        if low < start:
            yield low, start, None
        yield start, end, stop.cause
        low = end
    if low < high:
        yield low, high, None


def _closed_pieces(working: WorkingTime, target: Target, start: int, end: int) -> Iterator[Piece]:
    """Why a closed stretch is closed, local date by local date."""
    calendar, in_days = working.calendar, target.counting is working.days
    closures = [Stopped(low * SECOND, high * SECOND, "closure") for low, high in calendar.closed_spans]
    while start < end:
        day = working.local_date(start)
        upto = min(first_instant_of(calendar, day + timedelta(1)), end)
        if upto <= start:
            upto = end
        holiday = day in calendar.holidays if in_days else calendar.shuts(day)
        works = not in_days and bool(calendar.windows_on(day))
        cause = "holiday" if holiday else "outside_hours" if works else "non_working_day"
        for low, high, shut in _split(start, upto, closures):
            yield low, high, False, shut or cause
        start = upto


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for start, end, counted, cause in pieces:
        if joined and joined[-1][1] == start and joined[-1][2:] == (counted, cause):
            joined[-1] = (joined[-1][0], end, counted, cause)
        elif start < end:
            joined.append((start, end, counted, cause))
    return joined


def _segments(pieces: Iterable[Piece], version: int) -> Iterator[Segment]:
    carried = {True: 0, False: 0}
    for start, end, counted, cause in pieces:
        before = carried[counted]
        carried[counted] = after = before + end - start
        seconds = after // SECOND - before // SECOND
        yield Segment(instant(start), instant(end), counted, seconds, cause, version)
