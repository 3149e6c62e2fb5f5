"""Contract events as commands of ticketing, and as entries of the timelines."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.aggregate import Kind, Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import HEARD, heard_id, is_ended, is_news, note_end
from chassis.mongo import Mongo
from ombud_contracts import Received, groups
from ombud_contracts.events.marketplace import OrderDelivered, OrderPlaced
from ombud_contracts.events.messaging import MessageDelivered, SanctionImposed, SanctionLifted
from ombud_contracts.events.sla_monitor import (
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockPaused,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    ClockWaived,
    DeadlineMoved,
    GraceEnded,
    RoundSuperseded,
)
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience, Role
from ticketing.off_platform import TAKEOVER_STEP, propose_after_sanction, withdraw_after_sanction
from ticketing.processes import reopen, take_over_after_breach, take_over_missed_deadline, undo_after_withdrawal
from ticketing.store import (
    CASES,
    DEADLINES,
    DELIVERIES,
    ORDER_LINES,
    TIMELINE,
    find_breach,
    line_document,
    line_key,
    round_key,
)
from ticketing.timeline import entry_of, readers_of


def casework(markets: Mapping[str, Market], mongo: Mongo) -> Consumer:
    """Return ticketing's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        entry = entry_of(received)
        if entry is not None:
            unit.upsert(TIMELINE, received.metadata.id, entry)
        await _act(received, markets, mongo, unit)

    return Consumer(groups.TICKETING_CASEWORK, handle, _touches)


_ABOUT_A_CASE = ClockBreached | BreachWithdrawn | GraceEnded | MessageDelivered


def _touches(received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    if received.metadata.case_id and isinstance(received.event, _ABOUT_A_CASE):
        yield CASES, received.metadata.case_id
    if isinstance(received.event, ClockEvent):
        yield HEARD, heard_id(f"round|{received.event.round}", received.metadata.subject)
    if isinstance(received.event, SanctionImposed) and received.event.step == TAKEOVER_STEP:
        yield CASES, received.event.case_id


async def _act(received: Received, markets: Mapping[str, Market], mongo: Mongo, unit: Unit) -> None:
    match received.event:
        case OrderPlaced() as order if await is_news("order", received.metadata, unit):
            for line in order.lines:
                unit.upsert(ORDER_LINES, line_key(order.order_id, line.line_id), line_document(order, line))
        case OrderDelivered(order_id=order_id, line_id=line_id, delivered_at=at):
            if await is_news(f"delivery|{line_id}", received.metadata, unit):
                unit.upsert(DELIVERIES, line_key(order_id, line_id), {"at": at})
        case ClockBreached() as breach if received.metadata.case_id:
            if not await _is_news_of_round(breach, received, unit):
                return  # withdrawn, answered or closed since
            # Decided when the breach was announced, not at the deadline: nobody owned the contact in between but the seller.
            _note_deadline(breach, _breached(breach, received.metadata.id), received, unit)
            await take_over_after_breach(breach, received.metadata.id, received.metadata.recorded_at, markets, unit)
        case GraceEnded() as ended if received.metadata.case_id:
            if await _is_news_of_round(ended, received, unit):
                await _end_grace(ended, received, markets, mongo, unit)
        case BreachWithdrawn() as withdrawn if received.metadata.case_id:
            if await _is_news_of_round(withdrawn, received, unit):
                _note_deadline(withdrawn, _WITHDRAWN, received, unit)
            await undo_after_withdrawal(withdrawn, received.metadata, unit)
        case RoundSuperseded() as gone:
            if await _is_news_of_round(gone, received, unit):
                unit.delete(DEADLINES, round_key(gone.clock_id, gone.round))
        case ClockEvent() as clock if received.metadata.case_id:  # an account's clock is about no case
            told = _told(clock)
            if told is not None and await _is_news_of_round(clock, received, unit):
                _note_deadline(clock, told, received, unit)
        case MessageDelivered(author_role=Role.BUYER, audience=Audience.THREAD, case_id=case_id):
            await reopen(case_id, "buyer_message", received.at, unit)
        case SanctionImposed() as imposed:
            if not await is_ended("sanction", received.metadata, unit):
                await propose_after_sanction(imposed, received.metadata.recorded_at, markets, unit)
        case SanctionLifted() as lifted:
            await note_end("sanction", received.metadata, unit)
            await withdraw_after_sanction(lifted, received.metadata.recorded_at, unit)


_WITHDRAWN: dict[str, Any] = {"verdict": "RUNNING", "breach": None}


async def _is_news_of_round(clock: ClockEvent, received: Received, unit: Unit) -> bool:
    return await is_news(f"round|{clock.round}", received.metadata, unit)


def _breached(breach: ClockBreached, event_id: str) -> dict[str, Any]:
    trace = [segment.model_dump() for segment in breach.trace]
    kept = {"event_id": event_id, "trace": trace}
    return {"verdict": "BREACHED", "due_by": breach.due_by, "breach": kept}


async def _end_grace(
    ended: GraceEnded, received: Received, markets: Mapping[str, Market], mongo: Mongo, unit: Unit
) -> None:
    known, breach = await find_breach(mongo, ended.clock_id, ended.round)
    if not known:
        raise NotYet(ended.clock_id)
    if breach is None:
        return  # it was withdrawn: its grace means nothing
    trace = [TraceSegment.model_validate(segment) for segment in breach["trace"]]
    await take_over_missed_deadline(ended, breach["event_id"], trace, received.metadata.recorded_at, markets, unit)


def _told(clock: ClockEvent) -> dict[str, Any] | None:
    match clock:
        case ClockStarted(due_by=due_by, on_silence=on_silence):
            return {"verdict": "RUNNING", "due_by": due_by, "on_silence": on_silence}
        case ClockSatisfied(verdict=verdict, due_by=due_by):
            return {"verdict": verdict, "due_by": due_by}
        case ClockPaused(until_at_most=until):
            return {"verdict": "PAUSED", "due_by": until}
        case ClockResumed(due_by=due_by) | DeadlineMoved(due_by=due_by) | ClockContinued(due_by=due_by):
            return {"verdict": "RUNNING", "due_by": due_by}
        case ClockWaived():
            return {"verdict": "WAIVED"}
        case ClockVoided():
            return {"verdict": "VOID"}
        case _:
            return None


def _note_deadline(clock: ClockEvent, told: dict[str, Any], received: Received, unit: Unit) -> None:
    """Keep what a clock last said of a round, so that each side sees who owes what by when (R-34)."""
    head = {
        "case_id": clock.case_id,
        "clock_id": clock.clock_id,
        "round": clock.round,
        "kind": clock.kind,
        "owner": str(clock.owner),
        "visible_to": list(readers_of(received)),
    }
    unit.upsert(DEADLINES, round_key(clock.clock_id, clock.round), head | told)
