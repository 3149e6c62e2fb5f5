"""Local days of a picture: which part of each day looks how, and where nothing happens for long, days in one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby

from sla_monitor.explaining.describe import Moment, Stretch, StretchSort, day_of, duration

LEAST_FOLDED = 3
"""So many days in a row that look alike and have nothing to mark become one line."""
_PLAIN: frozenset[StretchSort] = frozenset({"counted", "left", "closed", "late"})
_FOLDED: dict[StretchSort, str] = {
    "counted": "counted",
    "left": "left",
    "late": "late",
    "holiday": "holiday",
    "paused": "paused",
    "credited": "credited",
}
"""What a line of several days says of each look; closed time goes without saying."""


@dataclass(slots=True)
class Day:
    """A local day: pieces and marks by their place in it, 0 at its beginning and 1 at its end."""

    start: datetime
    end: datetime
    label: str
    pieces: list[tuple[float, float, StretchSort]] = field(default_factory=list)
    marks: list[tuple[float, int, Moment]] = field(default_factory=list)
    seconds: dict[StretchSort, int] = field(default_factory=dict)
    """How long the day looks how."""

    def place(self, at: datetime) -> float:
        """Where an instant lies in the day."""
        return (at - self.start) / (self.end - self.start)

    @property
    def alike(self) -> str:
        """Days with the same word can be one line: plain ones, and those that are one long pause or the like."""
        if self.marks:
            return f"marked {self.start}"
        if _PLAIN.issuperset(self.seconds):
            return "plain"
        return next(iter(self.seconds)) if len(self.seconds) == 1 else f"mixed {self.start}"


@dataclass(frozen=True, slots=True)
class Fold:
    """Several days in one line."""

    label: str


def rows_of(stretches: Sequence[Stretch], marks: Sequence[tuple[int, Moment]], zone: tzinfo) -> Iterator[Day | Fold]:
    """Yield the days of a round from its beginning to its last stretch or mark, long quiet runs folded."""
    begin = min(s.from_at for s in stretches)
    end = max([*(s.to_at for s in stretches), *(moment.at for _, moment in marks)])
    days = list(_days(begin, end, zone))
    _fill(days, stretches)
    for number, moment in marks:
        day = next((d for d in days if d.start <= moment.at < d.end), days[-1])
        day.marks.append((min(day.place(moment.at), 1.0), number, moment))
    for _alike, run in groupby(days, key=lambda day: day.alike):
        group = list(run)
        yield from [_fold(group, zone)] if len(group) >= LEAST_FOLDED else group


def _days(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[Day]:
    """Local days that touch [begin, end]; an end at midnight belongs to the day before."""
    day = begin.astimezone(zone).date()
    start = _midnight(day, zone)
    while start < end or start <= begin:
        day += timedelta(1)
        following = _midnight(day, zone)
        if following > start:  # a day that a zone skipped has no length
            hours = round((following - start) / timedelta(hours=1))
            label = day_of(start, zone) if hours == 24 else f"{day_of(start, zone)} {hours} h"
            yield Day(start, following, label)
        start = max(start, following)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The first instant of a local day, also where clocks jump over midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _fill(days: Sequence[Day], stretches: Sequence[Stretch]) -> None:
    first = 0
    for stretch in stretches:
        while days[first].end <= stretch.from_at:
            first += 1
        for day in days[first:]:
            low, high = max(stretch.from_at, day.start), min(stretch.to_at, day.end)
            if low >= high:
                break
            day.pieces.append((day.place(low), day.place(high), stretch.sort))
            lasts = round((high - low).total_seconds())
            day.seconds[stretch.sort] = day.seconds.get(stretch.sort, 0) + lasts


def _fold(days: Sequence[Day], zone: tzinfo) -> Fold:
    total: dict[StretchSort, int] = {}
    for day in days:
        for sort, seconds in day.seconds.items():
            total[sort] = total.get(sort, 0) + seconds
    told = ", ".join(f"{duration(total[sort])} {said}" for sort, said in _FOLDED.items() if sort in total)
    return Fold(f"{day_of(days[0].start, zone)} to {day_of(days[-1].start, zone)}: {told or 'closed'}")
