"""What the monitor's screens show."""

from datetime import datetime

from chassis.http import View
from sla_monitor.domain.announcing import trace_round
from sla_monitor.domain.clock import Clock, verdict_at
from sla_monitor.domain.rules import Rules
from sla_monitor.publish import clock_id


class SegmentView(View):
    """A stretch of a deadline: counted or not, and why."""

    from_at: datetime
    to_at: datetime
    counted: bool
    seconds: int
    cause: str
    calendar_version: int


class TraceView(View):
    """A deadline explained: the counted segments' seconds add up exactly to the target."""

    calendar: str
    calendar_version: int
    mode: str
    target_seconds: int
    segments: list[SegmentView]


class RoundView(View):
    """One obligation: what was owed, by when, and what became of it."""

    number: int
    owner: str
    verdict: str
    started_at: datetime
    due_by: datetime
    settled_at: datetime | None
    pending_check: bool
    """A reply waits for moderation; if released, it counts from when it was submitted."""
    policy_version: int
    on_silence: str
    """What happens if the owner does nothing."""
    trace: TraceView


class ClockView(View):
    """A clock with its rounds, the newest last."""

    clock_id: str
    case_id: str
    kind: str
    title: str
    subject: str
    rounds: list[RoundView]


class ClockList(View):
    """All clocks of a case."""

    clocks: list[ClockView]


def clock_view(clock: Clock, rules: Rules, now: datetime) -> ClockView:
    """Return the screen of a clock."""
    rounds = []
    title: str = clock.ref.kind
    for told, round_ in clock.told_rounds:
        policy = rules.policies.version(clock.ref.kind, round_.policy_version)
        title = policy.title
        trace = trace_round(clock.ref.kind, round_, rules)
        rounds.append(
            RoundView(
                number=told.number,
                owner=round_.owner,
                verdict=verdict_at(round_, now),
                started_at=round_.start_at,
                due_by=round_.due_by,
                settled_at=round_.settled_at,
                pending_check=round_.pending_check,
                policy_version=round_.policy_version,
                on_silence=policy.on_silence,
                trace=TraceView(
                    calendar=trace.calendar_id,
                    calendar_version=trace.calendar_version,
                    mode=trace.mode,
                    target_seconds=trace.target_seconds,
                    segments=[
                        SegmentView(
                            from_at=s.from_at,
                            to_at=s.to_at,
                            counted=s.counted,
                            seconds=s.seconds,
                            cause=s.cause,
                            calendar_version=s.calendar_version,
                        )
                        for s in trace.segments
                    ],
                ),
            )
        )
    return ClockView(
        clock_id=clock_id(clock.ref),
        case_id=clock.ref.case_id,
        kind=clock.ref.kind,
        title=title,
        subject=clock.ref.subject,
        rounds=rounds,
    )
