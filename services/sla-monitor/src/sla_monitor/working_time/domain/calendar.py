"""A working calendar as published data: weekly hours, holidays, dates with hours of their own, closures, a zone.

It answers questions about local dates only; counting time over it is `open_time`'s business.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import NewType
from zoneinfo import ZoneInfo

from sla_monitor.working_time.domain.microseconds import DAY_SECONDS, SECOND, micros
from sla_monitor.working_time.domain.refusal import SlaRefused

CalendarId = NewType("CalendarId", str)

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class CalendarRefused(SlaRefused):
    """The calendar cannot be used as published."""


class CalendarWithoutOpenTime(CalendarRefused):
    """No window is ever open, so no deadline could ever be reached."""


class UnknownTimeZone(CalendarRefused):
    """The zone is not in the IANA time zone database."""


class CalendarUnreadable(CalendarRefused):
    """A field is missing or is not in the published format; the message names the field."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open from `start_second` to `end_second` of a local day; an end above 86400 lies on the following date."""

    start_second: int
    end_second: int

    def __post_init__(self) -> None:
        if not (0 <= self.start_second < DAY_SECONDS and 0 < self.end_second - self.start_second <= DAY_SECONDS):
            raise CalendarUnreadable("a window starts inside its day and is open for at most 24 hours")


@dataclass(frozen=True, slots=True, order=True)
class Closure:
    """No service from one instant to another, to the second (an outage of the desk, an evacuation)."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if micros(self.end_at) <= micros(self.start_at):
            raise CalendarUnreadable("a closure ends after it starts")
        if self.start_at.microsecond or self.end_at.microsecond:
            raise CalendarUnreadable("closures are given to the second")


@dataclass(frozen=True)
class Calendar:
    """One immutable version of a market's calendar (product section 3). Refuses to exist without open time.

    `weekly[0]` is Monday. A window belongs to the date it starts on. A holiday closes its whole local date, also for a
    window that began the evening before. `overrides` are a date's own windows: they replace the weekly ones, and open
    a holiday; in `working_days` a holiday stays a holiday.
    """

    id: CalendarId
    version: int
    zone: str
    weekly: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    overrides: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    closures: tuple[Closure, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise CalendarUnreadable("weekly hours are given for seven days, Monday first")
        _ = self.tz
        if not (any(self.weekly) or any(self.overrides.values())):
            raise CalendarWithoutOpenTime(f"calendar {self.id} version {self.version} has no open time")

    @cached_property
    def tz(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise UnknownTimeZone(f"calendar {self.id}: the time zone is not in the IANA database") from None

    @cached_property
    def closed_spans(self) -> tuple[tuple[int, int], ...]:
        """Closures as merged, sorted (start, end) seconds since the epoch, UTC."""
        return merged((micros(c.start_at) // SECOND, micros(c.end_at) // SECOND) for c in self.closures)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows that start on this local date, before closures."""
        own = self.overrides.get(day)
        if own is not None:
            return own
        return self.weekly[day.weekday()]

    def shuts(self, day: date) -> bool:
        """Whether the whole local date is closed as a holiday (a date with windows of its own is not)."""
        return day in self.holidays and day not in self.overrides

    def opens_on(self, day: date) -> bool:
        """Whether the date is a working day before closures: some opening, and no holiday."""
        return day not in self.holidays and bool(self.windows_on(day))

    @cached_property
    def known_until(self) -> date | None:
        """The last date whose holidays are known: holidays are published by year. None when there are none at all."""
        return date(max(self.holidays).year, 12, 31) if self.holidays else None

    def has_endless_hours(self) -> bool:
        """Whether open time goes on for ever; otherwise only single dates are open."""
        return any(self.weekly)


def merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The union of half-open spans, sorted, touching ones joined, empty ones dropped."""
    union: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return tuple(union)


def wall_second(day: date) -> int:
    """Local midnight of a date as seconds on the wall-clock axis (a UTC-like count that knows no zone)."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_SECONDS


def date_of_wall(second: int) -> date:
    """The local date at a second of the wall-clock axis."""
    return date.fromordinal(second // DAY_SECONDS + _EPOCH_ORDINAL)


def first_instant_of(calendar: Calendar, day: date) -> int:
    """When a local date begins, in microseconds UTC; a date the zone skips begins where the next one does."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=calendar.tz).astimezone(UTC))


def read_calendar(data: Mapping[str, object]) -> Calendar:
    """Build a calendar from its published form (JSON or TOML tables).

    Keys: `id`, `tz`, `weekly` (weekday "0".."6" to lists of ["HH:MM[:SS]", "HH:MM[:SS]"], an end not after its start
    lies on the next date, "24:00" ends the day), and optionally `version` (1), `holidays` (ISO dates), `overrides`
    (ISO date to windows), `closures` (pairs of ISO instants; without offset they are local time), `source`.
    Raises CalendarUnreadable, UnknownTimeZone or CalendarWithoutOpenTime.
    """
    name, zone, version, source = data.get("id"), data.get("tz"), data.get("version", 1), data.get("source", "")
    if not (isinstance(name, str) and name and isinstance(zone, str) and isinstance(source, str)):
        raise CalendarUnreadable("a calendar needs the texts id and tz; source is a text")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise CalendarUnreadable(f"calendar {name}: version is a whole number from 1")
    weekly = _table(data, "weekly", name)
    if unknown := set(weekly) - set("0123456"):
        raise CalendarUnreadable(f"calendar {name}: weekly has {len(unknown)} key(s) that are not 0 to 6")
    overrides = _table(data, "overrides", name)
    try:
        tz = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise UnknownTimeZone(f"calendar {name}: the time zone is not in the IANA database") from None
    return Calendar(
        id=CalendarId(name),
        version=version,
        zone=zone,
        weekly=tuple(_windows(weekly.get(str(day), ()), name, "weekly") for day in range(7)),
        holidays=frozenset(_date(text, name, "holidays") for text in _list(data.get("holidays", ()), name, "holidays")),
        overrides={
            _date(day, name, "overrides"): _windows(hours, name, "overrides") for day, hours in overrides.items()
        },
        closures=tuple(_closure(pair, tz, name) for pair in _list(data.get("closures", ()), name, "closures")),
        source=source,
    )


def _table(data: Mapping[str, object], key: str, name: str) -> Mapping[str, object]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise CalendarUnreadable(f"calendar {name}: {key} is a table")
    return value


def _list(value: object, name: str, key: str) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise CalendarUnreadable(f"calendar {name}: {key} holds a list")
    return value


def _pair(value: object, name: str, key: str) -> tuple[str, str]:
    pair = _list(value, name, key)
    if len(pair) != 2 or not isinstance(pair[0], str) or not isinstance(pair[1], str):
        raise CalendarUnreadable(f"calendar {name}: {key} holds pairs of texts")
    return pair[0], pair[1]


def _windows(value: object, name: str, key: str) -> tuple[Window, ...]:
    pairs = [_pair(item, name, key) for item in _list(value, name, key)]
    return tuple(sorted(_window(start, end, name, key) for start, end in pairs))


def _window(start: str, end: str, name: str, key: str) -> Window:
    opens = _seconds_of_day(start, name, key)
    shuts = DAY_SECONDS if end == "24:00" else _seconds_of_day(end, name, key)
    if opens == shuts:
        raise CalendarUnreadable(f"calendar {name}: {key} has a window that ends where it starts; write 00:00 to 24:00")
    return Window(opens, shuts if shuts > opens else shuts + DAY_SECONDS)


def _seconds_of_day(text: str, name: str, key: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise CalendarUnreadable(f"calendar {name}: {key} has a time that is not HH:MM or HH:MM:SS")
    hour, minute, second = match.groups(default="0")
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def _date(text: object, name: str, key: str) -> date:
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise CalendarUnreadable(f"calendar {name}: {key} has a date that is not YYYY-MM-DD") from None


def _closure(value: object, tz: ZoneInfo, name: str) -> Closure:
    try:
        start, end = (datetime.fromisoformat(text) for text in _pair(value, name, "closures"))
    except ValueError:
        raise CalendarUnreadable(f"calendar {name}: closures has an instant that is not ISO 8601") from None
    return Closure(_aware(start, tz), _aware(end, tz))


def _aware(at: datetime, tz: ZoneInfo) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(UTC)
