"""What billing does when somebody stays silent: one executor for each word of `on_silence` that is its own (S-6)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from billing.charges.charging import lapse
from chassis.aggregate import Unit
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent, GraceEnded
from ombud_words import ChargeId

Executor = Callable[[str, Unit], Awaitable[None]]
EXECUTORS: Mapping[str, Executor] = {"proposal_lapses": lambda charge, unit: lapse(ChargeId(charge), unit)}
"""For each word what carries it out, on the subject of the clock."""


async def on_clock(clock: ClockEvent, at: datetime, unit: Unit) -> None:
    """Carry out what silence leads to: at the breach, or when the grace of its row ends."""
    match clock:
        case ClockBreached(still_owed=True, on_silence=word, grace_ends_at=grace) if grace is None or grace <= at:
            await _carry_out(word, clock.subject, unit)
        case GraceEnded(on_silence=word):
            await _carry_out(word, clock.subject, unit)


async def _carry_out(word: str, subject: str, unit: Unit) -> None:
    executor = EXECUTORS.get(word)
    if executor is not None:
        await executor(subject, unit)
