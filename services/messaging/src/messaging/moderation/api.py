"""Moderation: appeals of messages, the queue of those that wait, who looks at each, and what is decided about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import ALLOWED, Action, Actor, readable_markets
from chassis.http import Code, RequestModel, Running, Who, read_cursor, write_cursor
from chassis.preconditions import rests_on
from chassis.routes import ReadUnit, WriteUnit, provided, routes
from chassis.store import Document
from messaging.conversations.access import A_MESSAGE, hold_message, message_for
from messaging.conversations.domain import (
    AppealMessage,
    Known,
    MessageNotHeld,
    RejectMessage,
    ReleaseMessage,
    UnknownMessage,
)
from messaging.conversations.parameters import Cursor, MarketId, Markets, MessageParam, PageSize, PersonParam, Seals
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.conversations.views import ConversationView, conversation_view
from messaging.moderation.domain import Assign, NoteDecision, Unassign
from messaging.moderation.store import ASSIGNMENTS, assigned_at, page_of_held
from messaging.moderation.views import AssignmentView, HeldView, assignment_view, held_views
from messaging.sanctions.sanctioning import note_rejected, note_released
from ombud_words import MessageId, PersonId

router = routes("enforcement")
_OVERRIDES = ALLOWED[Action.ASSIGN_MODERATION]


class RejectionRequest(RequestModel):
    """Why a held message is not delivered, as codes."""

    reasons: Annotated[list[Code], Field(min_length=1, max_length=10)]


async def _hold_with_assignment(unit: Unit, message_id: MessageId) -> None:
    if await unit.version(ASSIGNMENTS, message_id):
        await unit.guard(ASSIGNMENTS, message_id)
    await hold_message(unit, message_id)


A_WAITING_MESSAGE = replace(A_MESSAGE, hold=_hold_with_assignment)


class ReleaseRequest(RequestModel):
    """Why a held message is delivered after all, as codes."""

    reasons: Annotated[list[Code], Field(max_length=10)] = Field(default_factory=list)


class AssignmentRequest(RequestModel):
    """Who looks at the message: oneself when left out; a supervisor may name another."""

    to: PersonParam | None = None


@router.post("/messages/{message_id}/appeal")
@rests_on(A_WAITING_MESSAGE)
async def appeal_message(message_id: MessageParam, actor: Who, unit: WriteUnit) -> ConversationView:
    """Ask a moderator to look at a message that was not delivered; only its author can."""
    message = await message_for(unit, message_id, actor, Action.WRITE_MESSAGE)
    if message["author_id"] != actor.id or message["author_role"] != actor.role:
        raise UnknownMessage
    command = AppealMessage(message_id, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command))


@router.get("/moderation/held")
async def get_held(
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    sealer: Seals,
    markets: Markets,
    market: MarketId = None,
    mine: bool = False,
    cursor: Cursor = None,
    limit: PageSize = 30,
) -> HeldView:
    """List messages that wait for a check, those first that are due first; `mine`: those assigned to the reader."""
    readable = readable_markets(actor, Action.MODERATE, market, markets)
    bound = f"held|{market}|{mine}|{actor.id}"
    position = read_cursor(runtime, cursor, bound)
    after = (datetime.fromisoformat(position[0]), str(position[1])) if position else None
    narrowed: Document = assigned_at(actor.id, unit.now) if mine else {}
    found = await page_of_held(unit, readable, narrowed, after, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    following = write_cursor(runtime, [last["due_by"].isoformat(), last["_id"]], bound) if last else None
    return HeldView(messages=await held_views(found[:limit], actor, sealer, unit), next_cursor=following)


@router.post("/messages/{message_id}/assignment")
@rests_on(A_WAITING_MESSAGE)
async def assign_message(
    message_id: MessageParam,
    actor: Who,
    unit: WriteUnit,
    lasts: Annotated[timedelta, provided("assignment_lasts")],
    body: AssignmentRequest | None = None,
) -> AssignmentView:
    """Take a message that waits; a supervisor may give it to somebody, and take it from whoever has it."""
    to = (body.to if body else None) or actor.id
    action = Action.MODERATE if to == actor.id else Action.ASSIGN_MODERATION
    message = await message_for(unit, message_id, actor, action)
    await _expect_waiting(message, unit)
    overrides = actor.role in _OVERRIDES
    command = Assign(message_id=message_id, to=to, until=unit.now + lasts, overrides=overrides, at=unit.now)
    return assignment_view(await unit.execute(ASSIGNMENTS, message_id, command), unit.now)


@router.post("/messages/{message_id}/unassignment")
@rests_on(A_WAITING_MESSAGE)
async def unassign_message(message_id: MessageParam, actor: Who, unit: WriteUnit) -> AssignmentView:
    """Give a message back to the queue."""
    await message_for(unit, message_id, actor, Action.MODERATE)
    command = Unassign(actor.id, actor.role in _OVERRIDES, unit.now)
    return assignment_view(await unit.execute(ASSIGNMENTS, message_id, command), unit.now)


@router.post("/messages/{message_id}/release")
@rests_on(A_WAITING_MESSAGE)
async def release_message(
    message_id: MessageParam, actor: Who, unit: WriteUnit, body: ReleaseRequest | None = None
) -> ConversationView:
    """Deliver a message that waits for a check (held, or blocked and appealed); it counts from when it was submitted.

    What followed from it for its author is undone.
    """
    message = await message_for(unit, message_id, actor, Action.MODERATE)
    reasons = tuple(body.reasons) if body else ()
    waited = await _decided(message, actor, reasons, unit)
    command = ReleaseMessage(message_id, unit.now)
    state = await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command)
    if waited is not None:
        await note_released(waited, PersonId(message["author_id"]), state.market, reasons, unit)
    return conversation_view(state)


@router.post("/messages/{message_id}/rejection")
@rests_on(A_WAITING_MESSAGE)
async def reject_message(
    message_id: MessageParam, body: RejectionRequest, actor: Who, unit: WriteUnit
) -> ConversationView:
    """Decide that a held message is not delivered. It counts as a breach of its author."""
    message = await message_for(unit, message_id, actor, Action.MODERATE)
    reasons = tuple(body.reasons)
    waited = await _decided(message, actor, reasons, unit)
    command = RejectMessage(message_id, reasons, unit.now)
    state = await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command)
    if waited is not None:
        await note_rejected(waited, PersonId(message["author_id"]), state.case_id, state.market, reasons, unit)
    return conversation_view(state)


async def _decided(message: Document, actor: Actor, reasons: tuple[str, ...], unit: Unit) -> Known | None:
    """Note who decides a message that waits, and return it; None when nothing waits. Raises AssignedToAnother."""
    conversation = await unit.read(CONVERSATIONS, conversation_id(message["case_id"]))
    waiting = conversation.waiting_message(message["_id"]) if conversation else None
    if waiting is None:
        return None  # the conversation says what is wrong with that, or that it was decided so before
    command = NoteDecision(message_id=waiting.id, by=actor.id, reasons=reasons, at=unit.now)
    await unit.execute(ASSIGNMENTS, waiting.id, command)
    return waiting


async def _expect_waiting(message: Document, unit: Unit) -> None:
    """Refuse what rests on a message that waits; it must still wait when this is committed."""
    conversation = await unit.guard(CONVERSATIONS, conversation_id(message["case_id"]))
    if conversation.waiting_message(message["_id"]) is None:
        raise MessageNotHeld("the message does not wait for a check")
