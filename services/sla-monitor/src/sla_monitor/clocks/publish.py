"""Domain events as contract events; None for facts that are the monitor's own."""

from functools import lru_cache
from typing import Any, assert_never

from chassis.ids import derived_id
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import sla_monitor as contract
from ombud_contracts.events.ticketing import TraceSegment
from ombud_words import ClockId, OrderId
from sla_monitor.clocks.domain import clock_event as domain
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.domain.round import REMINDER, share_passed
from sla_monitor.working_time.domain import Trace


@lru_cache(maxsize=4096)
def clock_id(ref: domain.ClockRef) -> ClockId:
    """Return the id of a clock: always the same for a case, kind and subject."""
    return ClockId(derived_id("clk", ref.case_id, ref.kind, ref.subject))


def publish(event: domain.ClockEvent, state: Clock) -> ContractEvent | None:
    """Return what others hear of a clock."""
    match event:
        case (
            domain.FactRecorded()
            | domain.SellerNamed()
            | domain.FactsFolded()
            | domain.AnnouncementsRestored()
            | domain.ClockJoined()
            | domain.ReplyHeld()
        ):
            return None
        case domain.ClockStarted():
            return contract.ClockStarted(
                **_head(event, state),
                started_at=event.at,
                due_by=event.due_by,
                mode=event.mode,
                target_seconds=event.target_seconds,
                policy_version=str(event.policy_version),
                calendar_version=str(event.calendar_version),
                on_silence=event.on_silence,
            )
        case domain.ClockWarned():
            return _warning(event, state)
        case domain.ClockBreached():
            return contract.ClockBreached(
                **_head(event, state),
                due_by=event.due_by,
                emitted_late=event.late,
                still_owed=event.still_owed,
                on_silence=event.on_silence,
                grace_ends_at=event.grace_ends_at,
                policy_version=str(event.policy_version),
                calendar_version=str(event.calendar_version),
                trace=_segments(event.trace),
            )
        case domain.StaffOrdered(fact=fact):
            return contract.StaffOrderGiven(
                **_head(event, state),
                order_id=OrderId(fact.id),
                order=fact.signal.value,
                cause=fact.reasons[0] if fact.reasons else None,
                until=fact.until,
                extended_by_seconds=fact.seconds,
                ordered_at=event.at,
            )
        case domain.ReplyNotCounted():
            return contract.ReplyNotCounted(
                **_head(event, state), message_id=event.message_id, reasons=event.reasons, replied_at=event.at
            )
        case _:
            return _publish_change(event, state)


def _warning(event: domain.ClockWarned, state: Clock) -> contract.ClockWarned:
    reminder = event.percent > REMINDER
    began = next((t.start_at for t in state.told if t.number == event.number), event.at)
    return contract.ClockWarned(
        **_head(event, state),
        percent=share_passed(began, event.at, event.due_by) if reminder else event.percent,
        reached_at=event.at,
        due_by=event.due_by,
        days_before=event.percent - REMINDER if reminder else None,
    )


def _publish_change(
    event: domain.ClockPaused
    | domain.ClockResumed
    | domain.ClockContinued
    | domain.ClockOwnerMoved
    | domain.DeadlineMoved
    | domain.BreachWithdrawn
    | domain.GraceEnded
    | domain.ClockSatisfied
    | domain.ClockWaived
    | domain.ClockVoided
    | domain.BreachClosed
    | domain.RoundSuperseded,
    state: Clock,
) -> ContractEvent:
    head = _head(event, state)
    match event:
        case domain.ClockPaused(cause=cause, until_at_most=until):
            return contract.ClockPaused(**head, cause=cause, paused_at=event.at, until_at_most=until)
        case domain.ClockResumed(due_by=due_by):
            return contract.ClockResumed(**head, resumed_at=event.at, due_by=due_by)
        case domain.ClockContinued(cause=cause, due_by=due_by):
            return contract.ClockContinued(**head, cause=cause, continued_at=event.at, due_by=due_by)
        case domain.ClockOwnerMoved():
            return contract.ClockOwnerMoved(**head, moved_at=event.at)
        case domain.DeadlineMoved():
            return contract.DeadlineMoved(
                **head,
                cause=event.cause,
                was_due_by=event.was_due_by,
                due_by=event.due_by,
                calendar_version=str(event.trace_after.calendar_version),
                trace_before=_segments(event.trace_before) if event.trace_before else (),
                trace_after=_segments(event.trace_after),
            )
        case domain.BreachWithdrawn(cause=cause):
            return contract.BreachWithdrawn(**head, cause=cause, withdrawn_at=event.at)
        case domain.GraceEnded(on_silence=on_silence):
            return contract.GraceEnded(**head, on_silence=on_silence, ended_at=event.at)
        case domain.ClockSatisfied(verdict=verdict, due_by=due_by):
            return contract.ClockSatisfied(**head, verdict=verdict, satisfied_at=event.at, due_by=due_by)
        case domain.ClockWaived():
            return contract.ClockWaived(**head, waived_at=event.at)
        case domain.ClockVoided(cause=cause):
            return contract.ClockVoided(**head, cause=cause, voided_at=event.at)
        case domain.BreachClosed(cause=cause):
            return contract.BreachClosed(**head, cause=cause, closed_at=event.at)
        case domain.RoundSuperseded(cause=cause):
            return contract.RoundSuperseded(**head, cause=cause, superseded_at=event.at)
        case _:
            assert_never(event)


def _head(event: domain.RoundEvent, state: Clock) -> dict[str, Any]:
    told = next((t for t in state.told if t.number == event.number), None)
    return {
        "clock_id": clock_id(state.ref),
        "case_id": state.ref.case_id,
        "kind": state.ref.kind,
        "subject": state.ref.subject,
        "about": state.about.value,
        "owner": told.owner if told else "unknown",
        "round": event.number,
    }


def _segments(trace: Trace) -> tuple[TraceSegment, ...]:
    return tuple(
        TraceSegment(
            from_at=s.from_at,
            to_at=s.to_at,
            counted=s.counted,
            seconds=s.seconds,
            cause=s.cause,
            calendar_version=str(s.calendar_version),
        )
        for s in trace.segments
    )
