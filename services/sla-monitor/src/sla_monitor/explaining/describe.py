"""A round in words and stretches, in the market's local time: what the picture draws and the terminal prints."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from sla_monitor.clocks.views import ClockView, RoundView, SegmentView, TraceView

StretchSort = Literal["counted", "left", "closed", "holiday", "paused", "credited", "late"]
MomentSort = Literal["start", "warning", "deadline", "in_time", "late", "ended", "now"]

STRETCHES: dict[StretchSort, str] = {
    "counted": "counted",
    "left": "would count: time left",
    "closed": "closed: not counted",
    "holiday": "holiday or closure: not counted",
    "paused": "paused: not counted",
    "credited": "credited: not counted",
    "late": "after the deadline",
}
"""Every look of a stretch, with what the legend says."""
VERDICTS = {
    "RUNNING": "running",
    "PAUSED": "paused",
    "MET": "done in time",
    "MET_LATE": "done late",
    "BREACHED": "not done in time",
    "WAIVED": "waived",
    "VOID": "no longer applies",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time of one look, and why."""

    from_at: datetime
    to_at: datetime
    sort: StretchSort
    cause: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at an instant, or will."""

    at: datetime
    sort: MomentSort
    text: str


def zone_of(clock: ClockView) -> tzinfo:
    """The market's time zone. Raises ZoneInfoNotFoundError for one that this machine does not know."""
    return ZoneInfo(clock.time_zone)


def day_of(at: datetime, zone: tzinfo) -> str:
    """A local date without its year, such as `Mon 14 Sep`; independent of the process's locale."""
    there = at.astimezone(zone)
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}"


def time_of(at: datetime, zone: tzinfo) -> str:
    """A local time of day, to the minute unless there are seconds."""
    there = at.astimezone(zone)
    return there.strftime("%H:%M:%S" if there.second or there.microsecond else "%H:%M")


def local(at: datetime, zone: tzinfo) -> str:
    """A local date and time, such as `Mon 14 Sep 10:00`."""
    return f"{day_of(at, zone)} {time_of(at, zone)}"


def span(stretch: Stretch, zone: tzinfo) -> str:
    """From when to when, the date once where both lie on one."""
    begins, ends = local(stretch.from_at, zone), local(stretch.to_at, zone)
    if day_of(stretch.from_at, zone) == day_of(stretch.to_at, zone):
        ends = time_of(stretch.to_at, zone)
    return f"{begins} to {ends}"


def duration(seconds: int) -> str:
    """A length of time in hours, minutes and seconds."""
    hours, rest = divmod(abs(seconds), 3600)
    parts = ((hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
    said = " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
    return f"-{said}" if seconds < 0 else said


def target_of(round_: RoundView) -> str:
    """The length of a round and the mode it is counted in."""
    days, rest = divmod(round_.trace.target_seconds, 86_400)
    length = f"{days} x 24 h" if days > 1 and not rest else duration(round_.trace.target_seconds)
    return f"{length}, mode {words(round_.trace.mode)}"


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def verdict_of(round_: RoundView) -> str:
    """What became of a round, in words."""
    said = VERDICTS.get(round_.verdict, words(round_.verdict.lower()))
    if round_.provisional:
        return f"{said} unless an answer is on its way; not announced yet"
    return f"{said}, a reply is being checked" if round_.pending_check else said


def unknown_holidays(trace: TraceView) -> list[str]:
    """Return a warning when the deadline lies after the last year whose holidays are known."""
    known = trace.holidays_known_until
    return [] if known is None else [f"Holidays after {known} are not known yet: the deadline may become later"]


def silence_of(round_: RoundView) -> str:
    """What happens, or would have happened, if the owner does nothing."""
    would = "If nobody acts" if round_.settled_at is None else "Had nobody acted"
    return f"{would}: {words(round_.on_silence)}"


def moments(round_: RoundView, as_of: datetime) -> list[Moment]:
    """What happened to a round and what is coming, in order of time."""
    found = [Moment(round_.started_at, "start", "begins"), Moment(round_.due_by, "deadline", "deadline")]
    for warning in round_.warnings:
        said = "warned" if warning.announced else "warning due"
        left = f"{warning.days_before} d left" if warning.days_before is not None else f"{warning.percent} % used"
        found.append(Moment(warning.at, "warning", f"{left}, {said}"))
    if round_.settled_at is not None:
        found.append(_end(round_, round_.settled_at))
    elif as_of >= round_.started_at:
        found.append(Moment(as_of, "now", "now"))
    places = {"start": 0, "warning": 1, "in_time": 2, "ended": 2, "deadline": 3, "late": 4, "now": 5}
    return sorted(found, key=lambda moment: (moment.at, places[moment.sort], moment.text))


def _end(round_: RoundView, at: datetime) -> Moment:
    sort: MomentSort = {"MET": "in_time", "MET_LATE": "late"}.get(round_.verdict, "ended")  # type: ignore[assignment]
    return Moment(at, sort, f"{VERDICTS.get(round_.verdict, round_.verdict)} ({words(round_.settled_by)})")


def stretches(round_: RoundView, as_of: datetime) -> Iterator[Stretch]:
    """The round's time in order, without gaps: its trace, cut where it ended or where it is now, and what came late."""
    reached = as_of if round_.settled_at is None else round_.settled_at
    for segment in round_.trace.segments:
        yield from _cut(segment, reached)
    if reached > round_.due_by:
        yield Stretch(round_.due_by, reached, "late", "overdue")


def stops(round_: RoundView) -> list[Stretch]:
    """When the round did not count although the calendar is usually open: holidays, pauses, credits."""
    shown = (s for s in round_.trace.segments if s.sort in ("holiday", "paused", "credited"))
    found: list[Stretch] = []
    for one in shown:
        last = found[-1] if found else None
        if last and (last.to_at, last.sort, last.cause) == (one.from_at, one.sort, one.cause):
            found[-1] = Stretch(last.from_at, one.to_at, one.sort, one.cause)
        else:
            found.append(Stretch(one.from_at, one.to_at, one.sort, one.cause))
    return found


def _cut(segment: SegmentView, reached: datetime) -> Iterator[Stretch]:
    if not segment.counted:
        yield Stretch(segment.from_at, segment.to_at, segment.sort, segment.cause)
        return
    at = min(max(reached, segment.from_at), segment.to_at)
    if segment.from_at < at:
        yield Stretch(segment.from_at, at, "counted", segment.cause)
    if at < segment.to_at:
        yield Stretch(at, segment.to_at, "left", segment.cause)
