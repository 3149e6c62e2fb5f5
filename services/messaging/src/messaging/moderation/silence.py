"""By when somebody must look at a message that waits, as its clock says (S-5), and what messaging does when nobody does: one
executor for each word of `on_silence` that is its own (S-6)."""

from collections.abc import Awaitable, Callable, Mapping

from chassis.aggregate import Unit
from chassis.hearing import is_ended, is_news, note_end
from messaging.conversations.domain import ReleaseMessage
from messaging.conversations.store import CONVERSATIONS, MESSAGES, conversation_id, find_message
from messaging.moderation.domain import NoteDecision
from messaging.moderation.store import ASSIGNMENTS
from messaging.sanctions.sanctioning import note_released
from ombud_contracts import Received
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
from ombud_words import CaseId, MessageId, PersonId, Silence

_BY_RULE = PersonId("system")
_REASONS = ("nobody_looked_in_time",)


async def on_clock_of_message(received: Received, unit: Unit) -> None:
    """Show by when somebody must look, and carry out what the row says of silence, if the word is messaging's."""
    match received.event:
        case (
            ClockStarted(about="message", due_by=due_by)
            | DeadlineMoved(about="message", due_by=due_by)
            | ClockResumed(about="message", due_by=due_by)
            | ClockContinued(about="message", due_by=due_by)
        ) as clock:
            if await is_news("deadline", received.metadata, unit):
                unit.upsert(MESSAGES, clock.subject, {"due_by": due_by})
        case ClockBreached(still_owed=True, on_silence=word, grace_ends_at=grace) as clock:
            if grace is None or grace <= unit.now:
                await _carry_out(word, clock, received, unit)
        case GraceEnded(on_silence=word) as clock:
            await _carry_out(word, clock, received, unit)
        case BreachWithdrawn() as clock if clock.about == "message":
            await note_end(_round(clock), received.metadata, unit)


async def _carry_out(word: str, clock: ClockEvent, received: Received, unit: Unit) -> None:
    executor = EXECUTORS.get(word)
    if executor is not None and not await is_ended(_round(clock), received.metadata, unit):
        await executor(clock.case_id, MessageId(clock.subject), unit)


def _round(clock: ClockEvent) -> str:
    return f"silence|{clock.round}"


async def release(case_id: CaseId, message_id: MessageId, unit: Unit) -> None:
    """Deliver a message that nobody looked at in time, whoever has it; nothing when it was decided by now."""
    id = conversation_id(case_id)
    conversation = await unit.read(CONVERSATIONS, id)
    waiting = conversation.waiting_message(message_id) if conversation else None
    written = await find_message(unit, message_id)
    if waiting is None or written is None:
        return
    decision = NoteDecision(message_id=message_id, by=_BY_RULE, reasons=_REASONS, at=unit.now, overrides=True)
    await unit.execute(ASSIGNMENTS, message_id, decision)
    state = await unit.execute(CONVERSATIONS, id, ReleaseMessage(message_id, unit.now))
    await note_released(waiting, PersonId(written["author_id"]), state.market, _REASONS, unit)


EXECUTORS: Mapping[str, Callable[[CaseId, MessageId, Unit], Awaitable[None]]] = {
    Silence.MESSAGE_IS_RELEASED: release,
}
"""For each word what carries it out, on the message that the clock is about."""
