"""What a market's clocks run by: its policy table and its published calendars, all versions at once."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sla_monitor.rules.domain.policy import NoPolicyInForce, PolicyTable, UnknownVersion, refuse_overlap
from sla_monitor.working_time.domain import Calendar, CalendarId, WorkingTime, micros, working_time


@dataclass(frozen=True, slots=True)
class PublishedCalendar:
    """A calendar version and since when new clocks use it."""

    calendar: Calendar
    effective_from: datetime


class CalendarBook:
    """All published calendar versions, compiled. Raises EffectiveDatesOverlap."""

    def __init__(self, published: Iterable[PublishedCalendar]) -> None:
        self._versions: dict[CalendarId, list[tuple[int, WorkingTime]]] = {}
        by_date = self.published = sorted(published, key=lambda entry: (entry.calendar.id, entry.effective_from))
        for entry in by_date:
            versions = self._versions.setdefault(entry.calendar.id, [])
            versions.append((micros(entry.effective_from), working_time(entry.calendar)))
        for name in self._versions:
            dated = [(e.calendar.version, e.effective_from, None) for e in by_date if e.calendar.id == name]
            refuse_overlap(f"calendar {name}", dated)
        self._from = {name: [start for start, _ in versions] for name, versions in self._versions.items()}

    def in_force(self, calendar_id: CalendarId, at: int) -> WorkingTime:
        """The version in force at an instant (microseconds). Raises NoPolicyInForce."""
        place = bisect_right(self._from.get(calendar_id, ()), at)
        if not place:
            raise NoPolicyInForce(f"no version of calendar {calendar_id} was in force at that time")
        return self._versions[calendar_id][place - 1][1]

    def newest(self, calendar_id: CalendarId) -> WorkingTime:
        """The version with the latest effective date. Raises UnknownVersion."""
        if calendar_id not in self._versions:
            raise UnknownVersion(f"no version of calendar {calendar_id} was published")
        return self._versions[calendar_id][-1][1]

    def version(self, calendar_id: CalendarId, version: int) -> WorkingTime:
        """A version by its number. Raises UnknownVersion."""
        for _, working in self._versions.get(calendar_id, ()):
            if working.calendar.version == version:
                return working
        raise UnknownVersion(f"calendar {calendar_id} has no version {version}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a market's clocks run by: its policy table and its calendars, all versions."""

    policies: PolicyTable
    calendars: CalendarBook
