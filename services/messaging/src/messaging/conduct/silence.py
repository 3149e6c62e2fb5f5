"""What messaging does when a clock about a complaint says that its time is over, or that it was not (S-3, S-5): one executor for
each word of `on_silence` that is its own (S-6)."""

from collections.abc import Awaitable, Callable, Mapping

from chassis.aggregate import Unit
from chassis.hearing import is_news
from messaging.conduct.domain import CloseComplaint, ContinueHearing, EndHearing
from messaging.conduct.finding import note_finding
from messaging.conduct.store import COMPLAINTS
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, GraceEnded
from ombud_words import ComplaintId, Silence


async def on_clock_of_complaint(received: Received, unit: Unit) -> None:
    """Carry out what the row says of silence, if the word is about complaints, and undo it when the breach was none. What comes
    late of a round is no news of it."""
    match received.event:
        case ClockBreached(about="conduct_complaint", still_owed=True, on_silence=word, grace_ends_at=grace) as clock:
            if await _is_news(clock, received, unit) and (grace is None or grace <= unit.now):
                await _carry_out(word, clock, received, unit)
        case GraceEnded(about="conduct_complaint", on_silence=word) as clock:
            if await _is_news(clock, received, unit):
                await _carry_out(word, clock, received, unit)
        case BreachWithdrawn(about="conduct_complaint", kind="conduct_hearing") as clock:
            if await _is_news(clock, received, unit):
                await _continue_hearing(clock, received, unit)


async def _is_news(clock: ClockEvent, received: Received, unit: Unit) -> bool:
    return await is_news(f"silence|{clock.round}", received.metadata, unit)


async def _carry_out(word: str, clock: ClockEvent, received: Received, unit: Unit) -> None:
    executor = EXECUTORS.get(word)
    if executor is not None:
        await executor(clock, received, unit)


async def end_hearing(clock: ClockEvent, received: Received, unit: Unit) -> None:
    """End the hearing of a seller who could answer to the end of it: once what is alleged is erased, nobody can."""
    conversation = await unit.guard(CONVERSATIONS, conversation_id(clock.case_id))
    if conversation.erased_at is None or received.at <= conversation.erased_at:
        await unit.execute(COMPLAINTS, clock.subject, EndHearing(clock.round, received.at))


async def close_complaint(clock: ClockEvent, received: Received, unit: Unit) -> None:
    """Close what nobody appealed."""
    await unit.execute(COMPLAINTS, clock.subject, CloseComplaint(received.at))


async def _continue_hearing(clock: ClockEvent, received: Received, unit: Unit) -> None:
    id = ComplaintId(clock.subject)
    before = await unit.read(COMPLAINTS, id)
    if before is not None:
        after = await unit.execute(COMPLAINTS, id, ContinueHearing(clock.round, received.at))
        await note_finding(before, after, unit)


EXECUTORS: Mapping[str, Callable[[ClockEvent, Received, Unit], Awaitable[None]]] = {
    Silence.CONDUCT_HEARING_ENDS: end_hearing,
    Silence.CONDUCT_COMPLAINT_CLOSES: close_complaint,
}
"""For each word what carries it out, on the complaint that the clock is about."""
