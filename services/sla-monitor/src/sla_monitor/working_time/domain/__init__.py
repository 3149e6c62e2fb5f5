"""Calendars, and the arithmetic of counted time: pure."""

from sla_monitor.working_time.domain.calendar import (
    Calendar,
    CalendarId,
    CalendarUnreadable,
    CalendarWithoutOpenTime,
    UnknownTimeZone,
    read_calendar,
)
from sla_monitor.working_time.domain.counted_time import (
    Mode,
    Target,
    UnknownMode,
    WorkingTime,
    compiled,
    read_mode,
    working_time,
)
from sla_monitor.working_time.domain.deadline_trace import Segment, Stopped, Trace, trace, trace_deadline
from sla_monitor.working_time.domain.microseconds import SECOND, InstantOutOfRange, instant, iso, micros, within_years
from sla_monitor.working_time.domain.open_time import EVERY_MOMENT
from sla_monitor.working_time.domain.refusal import SlaRefused

__all__ = [
    "EVERY_MOMENT",
    "SECOND",
    "Calendar",
    "CalendarId",
    "CalendarUnreadable",
    "CalendarWithoutOpenTime",
    "InstantOutOfRange",
    "Mode",
    "Segment",
    "SlaRefused",
    "Stopped",
    "Target",
    "Trace",
    "UnknownMode",
    "UnknownTimeZone",
    "WorkingTime",
    "compiled",
    "instant",
    "iso",
    "micros",
    "read_calendar",
    "read_mode",
    "trace",
    "trace_deadline",
    "within_years",
    "working_time",
]
