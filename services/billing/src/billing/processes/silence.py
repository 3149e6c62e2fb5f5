"""What billing does when somebody stays silent: one executor for each word of `on_silence` that is its own (S-6); and the
instant of the clock by which a charge is contested (S-5)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from billing.charges.charging import lapse
from billing.charges.domain import NoteContestWindow
from billing.charges.store import CHARGES
from billing.payouts.holding import release
from chassis.aggregate import Unit
from chassis.hearing import is_news
from ombud_contracts import Metadata
from ombud_contracts.events.sla_monitor import (
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockResumed,
    ClockStarted,
    DeadlineMoved,
    GraceEnded,
)
from ombud_words import ChargeId, HoldId

Executor = Callable[[str, Unit], Awaitable[None]]


async def _end_hold(hold_id: str, unit: Unit) -> None:
    await release(HoldId(hold_id), "time_limit", unit)


EXECUTORS: Mapping[str, Executor] = {
    "proposal_lapses": lambda charge, unit: lapse(ChargeId(charge), unit),
    "payout_hold_ends": _end_hold,
}
"""For each word what carries it out, on the subject of the clock."""


async def on_clock(clock: ClockEvent, told: Metadata, unit: Unit) -> None:
    """Carry out what silence leads to, at the breach or when the grace of its row ends; keep by when a charge is contested."""
    at = told.recorded_at
    match clock:
        case ClockBreached(still_owed=True, on_silence=word, grace_ends_at=grace) if grace is None or grace <= at:
            await _carry_out(word, clock.subject, unit)
        case GraceEnded(on_silence=word):
            await _carry_out(word, clock.subject, unit)
        case (
            ClockStarted(kind="contest_window", due_by=due_by)
            | DeadlineMoved(kind="contest_window", due_by=due_by)
            | ClockResumed(kind="contest_window", due_by=due_by)
            | ClockContinued(kind="contest_window", due_by=due_by)
        ) if await is_news("deadline", told, unit):
            await _note_contest_window(ChargeId(clock.subject), due_by, at, unit)


async def _note_contest_window(charge_id: ChargeId, due_by: datetime, at: datetime, unit: Unit) -> None:
    if await unit.read(CHARGES, charge_id) is not None:
        await unit.execute(CHARGES, charge_id, NoteContestWindow(due_by, at))


async def _carry_out(word: str, subject: str, unit: Unit) -> None:
    executor = EXECUTORS.get(word)
    if executor is not None:
        await executor(subject, unit)
