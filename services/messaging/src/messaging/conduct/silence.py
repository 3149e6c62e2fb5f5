"""What messaging does when a clock about a complaint says that its time is over (S-5): one executor for each word of
`on_silence` that is its own (S-6)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.hearing import is_ended, note_end
from messaging.conduct.domain import CloseComplaint, EndHearing
from messaging.conduct.store import COMPLAINTS
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, GraceEnded
from ombud_words import Silence

EXECUTORS: Mapping[str, Callable[[datetime], EndHearing | CloseComplaint]] = {
    Silence.CONDUCT_HEARING_ENDS: EndHearing,
    Silence.CONDUCT_COMPLAINT_CLOSES: CloseComplaint,
}
"""For each word the command that carries it out, on the complaint that the clock is about."""


async def on_clock_of_complaint(received: Received, unit: Unit) -> None:
    """Carry out what the row says of silence, if the word is about complaints."""
    match received.event:
        case ClockBreached(about="conduct_complaint", still_owed=True, on_silence=word, grace_ends_at=grace) as clock:
            if grace is None or grace <= unit.now:
                await _carry_out(word, clock, received, unit)
        case GraceEnded(about="conduct_complaint", on_silence=word) as clock:
            await _carry_out(word, clock, received, unit)
        case BreachWithdrawn(about="conduct_complaint") as clock:
            await note_end(_round(clock), received.metadata, unit)


async def _carry_out(word: str, clock: ClockEvent, received: Received, unit: Unit) -> None:
    executor = EXECUTORS.get(word)
    if executor is not None and not await is_ended(_round(clock), received.metadata, unit):
        await unit.execute(COMPLAINTS, clock.subject, executor(received.at))


def _round(clock: ClockEvent) -> str:
    return f"silence|{clock.round}"
