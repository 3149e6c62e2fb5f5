"""What the monitor's screens show."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from chassis.http import View
from ombud_words import CaseId, ClockId
from sla_monitor.clocks.domain.announcing import trace_round
from sla_monitor.clocks.domain.clock import Clock, verdict_at
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.round import REMINDER, Round, Verdict, share_passed
from sla_monitor.clocks.publish import clock_id
from sla_monitor.rules.domain import ClockKind, Rules, Signal
from sla_monitor.working_time.domain import CalendarId, Segment

SegmentSort = Literal["counted", "closed", "holiday", "paused", "credited"]
_CLOSED = frozenset(
    {
        "outside_hours",
        "non_working_day",
        "day_of_start",
        "rolled_by_elapsed_rolled",
        "rolled_by_end_of_next_working_day",
    }
)
_HOLIDAY = frozenset({"holiday", "closure"})
_MARKETS_OWN = ClockKind("reply")
"""The clock whose calendar is the market's own, in the market's time zone."""


class SegmentView(View):
    """A stretch of a deadline: counted or not, and why."""

    from_at: datetime
    to_at: datetime
    counted: bool
    seconds: int
    cause: str
    sort: SegmentSort
    """Counted, or why not: the calendar is closed, a holiday or closure, a pause, or time credited."""
    calendar_version: int


class TraceView(View):
    """A deadline explained: the counted segments' seconds add up exactly to the target."""

    calendar: str
    calendar_version: int
    mode: str
    target_seconds: int
    segments: list[SegmentView]
    holidays_known_until: date | None = None
    """Set when the deadline lies after the last year whose holidays the calendar knows: it may still become later."""


class WarningView(View):
    """A share of the target that was used up, or will be."""

    percent: int
    days_before: int | None = None
    """Of a reminder: so many days before the deadline; null for a share of the time."""
    at: datetime
    announced: bool


class RoundView(View):
    """One obligation: what was owed, by when, and what became of it."""

    number: int
    owner: str
    verdict: str
    provisional: bool
    """A breach that is not announced yet: an answer may still be on its way here, and then it never was one."""
    started_at: datetime
    due_by: datetime
    settled_at: datetime | None
    settled_by: str
    """The signal that ended it; empty while it is open."""
    counted_seconds: int | None
    """What was counted until it ended."""
    pending_check: bool
    """A reply waits for moderation; if released, it counts from when it was submitted."""
    paused_until_at_most: datetime | None
    """While paused: when it runs again at the latest."""
    warnings: list[WarningView]
    policy_version: int
    on_silence: str
    """What happens if the owner does nothing."""
    trace: TraceView


class ClockView(View):
    """A clock with its rounds, the newest last."""

    clock_id: ClockId
    case_id: CaseId
    kind: str
    title: str
    subject: str
    time_zone: str
    """The market's, for local times."""
    as_of: datetime
    """When this was read: verdicts are those of this instant."""
    rounds: list[RoundView]


class ClockList(View):
    """All clocks of a case."""

    clocks: list[ClockView]


def clock_view(clock: Clock, rules: Rules, now: datetime) -> ClockView:
    """Return the screen of a clock."""
    kind, shown = clock.ref.kind, clock.told_rounds
    version = shown[-1][1].policy_version if shown else None
    return ClockView(
        clock_id=clock_id(clock.ref),
        case_id=clock.ref.case_id,
        kind=kind,
        title=rules.policies.version(kind, version).title if version else kind,
        subject=clock.ref.subject,
        time_zone=_zone_of(rules, clock),
        as_of=now,
        rounds=[_round_view(clock, told, round_, rules, now) for told, round_ in shown],
    )


def _zone_of(rules: Rules, clock: Clock) -> str:
    """The market's time zone: that of the calendar by which its sellers answer."""
    own = next((row.calendar for row in rules.policies.rows if row.kind == _MARKETS_OWN), None)
    last = clock.rounds[-1] if clock.rounds else None
    name = own or (last.calendar_id if last else CalendarId(""))
    return rules.calendars.newest(name).calendar.tz.key


def _round_view(clock: Clock, told: PublicRound, round_: Round, rules: Rules, now: datetime) -> RoundView:
    policy = rules.policies.version(clock.ref.kind, round_.policy_version)
    verdict = verdict_at(round_, now)
    trace = trace_round(clock.ref.kind, round_, rules)
    credits = {f.reasons[0] if f.reasons else "credit" for f in clock.facts if f.signal is Signal.TIME_CREDITED}
    return RoundView(
        number=told.number,
        owner=round_.owner,
        verdict=verdict,
        provisional=verdict is Verdict.BREACHED and round_.settled_at is None and not told.breached,
        started_at=round_.start_at,
        due_by=round_.due_by,
        settled_at=round_.settled_at,
        settled_by=round_.cause,
        counted_seconds=round_.counted_seconds,
        pending_check=round_.pending_check,
        paused_until_at_most=round_.pause_ends_by,
        warnings=_warnings(told, round_),
        policy_version=round_.policy_version,
        on_silence=policy.on_silence,
        trace=TraceView(
            calendar=trace.calendar_id,
            calendar_version=trace.calendar_version,
            mode=trace.mode,
            target_seconds=trace.target_seconds,
            segments=[_segment_view(segment, credits) for segment in trace.segments],
            holidays_known_until=trace.holidays_known_until,
        ),
    )


def _segment_view(segment: Segment, credits: Iterable[str]) -> SegmentView:
    return SegmentView(
        from_at=segment.from_at,
        to_at=segment.to_at,
        counted=segment.counted,
        seconds=segment.seconds,
        cause=segment.cause,
        sort=_sort_of(segment, credits),
        calendar_version=segment.calendar_version,
    )


def _sort_of(segment: Segment, credits: Iterable[str]) -> SegmentSort:
    if segment.counted:
        return "counted"
    if segment.cause in _CLOSED:
        return "closed"
    if segment.cause in _HOLIDAY:
        return "holiday"
    return "credited" if segment.cause in credits else "paused"


def _warnings(told: PublicRound, round_: Round) -> list[WarningView]:
    """What was announced, and what is still to be."""
    announced = {percent: at for percent, at, _version in told.warned}
    coming = {percent: at for percent, at in round_.warnings if not told.breached and percent not in announced}
    warned = [_warning(key, at, told, round_, key in announced) for key, at in (announced | coming).items()]
    return sorted(warned, key=lambda warning: (warning.at, warning.percent))


def _warning(key: int, at: datetime, told: PublicRound, round_: Round, announced: bool) -> WarningView:
    days = key - REMINDER if key > REMINDER else None
    percent = key if days is None else share_passed(told.start_at, at, round_.due_by)
    return WarningView(percent=percent, days_before=days, at=at, announced=announced)
