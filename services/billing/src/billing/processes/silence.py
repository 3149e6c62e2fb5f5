"""What billing does when somebody stays silent: one executor for each word of `on_silence` that is its own (S-6), and what undoes
it when the time had not passed (S-3); and the instant of the clock by which a charge is contested (S-5)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from billing.charges.charging import lapse
from billing.charges.domain import NoteContestWindow
from billing.charges.store import CHARGES
from billing.payouts.holding import expire, restore
from billing.refunds.ordering import revive
from chassis.aggregate import Unit
from chassis.hearing import is_ended, is_news, note_end
from ombud_contracts import Metadata
from ombud_contracts.events.sla_monitor import (
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockResumed,
    ClockStarted,
    DeadlineMoved,
    GraceEnded,
)
from ombud_words import ChargeId, HoldId

_SILENCE = "silence"
"""Under which it is remembered what was heard last of a clock's silences: one that is told again after a later one is no news."""
Executor = Callable[[str, datetime, Unit], Awaitable[None]]
"""What to do about a subject, and until when it was silent: what began afterwards has a time of its own."""


EXECUTORS: Mapping[str, Executor] = {
    "proposal_lapses": lambda charge, silent_until, unit: lapse(ChargeId(charge), silent_until, unit),
    "payout_hold_ends": lambda hold, silent_until, unit: expire(HoldId(hold), silent_until, unit),
}
"""For each word what carries it out, on the subject of the clock."""
WITHDRAWALS: Mapping[str, Callable[[str, Unit], Awaitable[None]]] = {
    "charge_approval": lambda charge, unit: revive(ChargeId(charge), unit),
    "payout_hold": lambda hold, unit: restore(HoldId(hold), unit),
}
"""For each kind of clock what takes back what its silence led to."""


async def on_clock(clock: ClockEvent, told: Metadata, unit: Unit) -> None:
    """Carry out what silence leads to, at the breach or when the grace of its row ends, and undo it when the breach is
    withdrawn; keep by when a charge is contested."""
    at = told.recorded_at
    match clock:
        case ClockBreached(still_owed=True, on_silence=word, grace_ends_at=grace) if grace is None or grace <= at:
            await _carry_out(word, clock, clock.due_by, told, unit)
        case GraceEnded(on_silence=word, ended_at=ended_at):
            await _carry_out(word, clock, ended_at, told, unit)
        case BreachWithdrawn(kind=kind) if kind in WITHDRAWALS:
            await note_end(_round(clock), told, unit)
            if await is_news(_SILENCE, told, unit):
                await WITHDRAWALS[kind](clock.subject, unit)
        case (
            ClockStarted(kind="contest_window", due_by=due_by)
            | DeadlineMoved(kind="contest_window", due_by=due_by)
            | ClockResumed(kind="contest_window", due_by=due_by)
            | ClockContinued(kind="contest_window", due_by=due_by)
        ) if await is_news("deadline", told, unit):
            await _note_contest_window(ChargeId(clock.subject), due_by, at, unit)


async def _carry_out(word: str, clock: ClockEvent, silent_until: datetime, told: Metadata, unit: Unit) -> None:
    if word in EXECUTORS and not await _is_late(clock, told, unit):
        await EXECUTORS[word](clock.subject, silent_until, unit)


async def _is_late(clock: ClockEvent, told: Metadata, unit: Unit) -> bool:
    """Whether the round's end, or anything later of the clock's silences, was heard before."""
    return await is_ended(_round(clock), told, unit) or not await is_news(_SILENCE, told, unit)


def _round(clock: ClockEvent) -> str:
    return f"{_SILENCE}|{clock.round}"


async def _note_contest_window(charge_id: ChargeId, due_by: datetime, at: datetime, unit: Unit) -> None:
    if await unit.read(CHARGES, charge_id) is not None:
        await unit.execute(CHARGES, charge_id, NoteContestWindow(due_by, at))
