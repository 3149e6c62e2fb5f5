"""What the monitor tells of reply clocks, as a seller's list of owed replies and the deadline that both sides see."""

from collections.abc import Iterator

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import heard_id, is_news
from chassis.store import Document
from messaging.conversations.domain import NoteDeadline
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.discussions.store import OWED
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import (
    BreachClosed,
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockOwnerMoved,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    ClockWaived,
    DeadlineMoved,
    RoundSuperseded,
)
from ombud_words import Role


def what_is_heard(received: Received) -> Iterator[str]:
    """Return the ids under which a reply clock's event is known as news, for the hint what it will touch."""
    if isinstance(received.event, ClockEvent) and received.event.kind == "reply":
        for what in (_of_round(received.event), "deadline"):
            yield heard_id(what, received.metadata.subject)


async def on_clock(received: Received, unit: Unit) -> None:
    """Keep the seller's list of owed replies (R-06): a row per round of the reply clock, which says whether it is owed."""
    match received.event:
        case ClockStarted(kind="reply", owner=Role.SELLER) as started:
            await _note_started(started, received, unit)
        case ClockEvent(kind="reply") as clock:
            noted = _noted(clock)
            if noted is not None and await is_news(_of_round(clock), received.metadata, unit):
                unit.upsert(OWED, _owed_id(clock), noted)
                await _note_deadline(clock, noted, received, unit)


def _of_round(clock: ClockEvent) -> str:
    return f"owed|{clock.round}"


async def _note_started(started: ClockStarted, received: Received, unit: Unit) -> None:
    id = conversation_id(started.case_id)
    conversation = await unit.read(CONVERSATIONS, id)
    if conversation is None:
        raise NotYet(id)
    if conversation.seller_id is None or not await is_news(_of_round(started), received.metadata, unit):
        return
    document = {
        "seller_id": conversation.seller_id,
        "market": conversation.market,
        "case_id": started.case_id,
        "since": started.started_at,
        "due_by": started.due_by,
        "breached": False,
        "owed": True,
    }
    unit.upsert(OWED, _owed_id(started), document)
    if await is_news("deadline", received.metadata, unit):
        await unit.execute(CONVERSATIONS, id, NoteDeadline(started.due_by, started.started_at))


async def _note_deadline(clock: ClockEvent, noted: Document, received: Received, unit: Unit) -> None:
    """Both sides see by when the seller must answer (R-34)."""
    owed, due_by = noted.get("owed", clock.owner == Role.SELLER), noted.get("due_by")
    if (owed and due_by is None) or await unit.read(CONVERSATIONS, conversation_id(clock.case_id)) is None:
        return
    if await is_news("deadline", received.metadata, unit):
        command = NoteDeadline(due_by if owed else None, received.at)
        await unit.execute(CONVERSATIONS, conversation_id(clock.case_id), command)


def _owed_id(clock: ClockEvent) -> str:
    return f"{clock.clock_id}|{clock.round}"


def _noted(clock: ClockEvent) -> Document | None:
    match clock:
        case ClockContinued(due_by=due_by):
            return {"owed": clock.owner == Role.SELLER, "due_by": due_by}
        case ClockOwnerMoved():
            return {"owed": clock.owner == Role.SELLER}
        case DeadlineMoved(due_by=due_by) | ClockResumed(due_by=due_by):
            return {"due_by": due_by}
        case ClockBreached():
            return {"breached": True}
        case BreachWithdrawn():
            return {"breached": False}
        case ClockSatisfied() | ClockVoided() | ClockWaived() | BreachClosed() | RoundSuperseded():
            return {"owed": False}
        case _:
            return None
