"""Messages that wait for a person: appeals, the queue, who looks at what, release and rejection."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import ALLOWED, Action, readable_markets
from chassis.http import (
    Code,
    Command,
    Id,
    RequestModel,
    Running,
    Runtime,
    View,
    Who,
    read_cursor,
    write_cursor,
)
from chassis.sealing import Sealer
from chassis.store import Document
from messaging.conversations.access import Cursor, MarketId, PageSize, message_for
from messaging.conversations.domain.command import (
    AppealMessage,
    RejectMessage,
    ReleaseMessage,
)
from messaging.conversations.domain.event import Known
from messaging.conversations.domain.refusals import MessageNotHeld, UnknownMessage
from messaging.conversations.store import ASSIGNMENTS, CONVERSATIONS, assigned_at, conversation_id, page_of_held
from messaging.conversations.views import ConversationView
from messaging.moderation.domain import Assign, NoteDecision, Unassign
from messaging.moderation.held import assignment_view, held_views
from messaging.moderation.views import AssignmentView, HeldView
from messaging.reading.screens import conversation_view
from messaging.sanctions.sanctioning import note_rejected, note_released
from ombud_contracts.market import Market

_OVERRIDES = ALLOWED[Action.ASSIGN_MODERATION]
Reasons = Annotated[list[Code], Field(max_length=10)]


class RejectionRequest(RequestModel):
    """Why a held message is not delivered, as codes."""

    reasons: Annotated[list[Code], Field(min_length=1, max_length=10)]


class ReleaseRequest(RequestModel):
    """Why a held message is delivered after all, as codes."""

    reasons: Reasons = Field(default_factory=list)


class AssignmentRequest(RequestModel):
    """Who looks at the message: oneself when left out; a supervisor may name another."""

    to: Id | None = None


def router_for(sealer: Sealer, markets: Mapping[str, Market], assigned_seconds: float) -> APIRouter:
    """Return the routes of moderation; an assignment ends by itself after so many seconds."""
    router = APIRouter()
    _add_queue(router, sealer, markets)
    _add_assigning(router, timedelta(seconds=assigned_seconds))
    _add_deciding(router)
    return router


def _add_queue(router: APIRouter, sealer: Sealer, markets: Mapping[str, Market]) -> None:
    @router.post("/messages/{message_id}/appeal", response_model=ConversationView)
    async def appeal_message(message_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Ask a moderator to look at a message that was not delivered; only its author can."""
        message = await message_for(runtime, message_id, actor, Action.WRITE_MESSAGE)
        if message["author_id"] != actor.id or message["author_role"] != actor.role:
            raise UnknownMessage

        async def effect(unit: Unit) -> View:
            id = conversation_id(message["case_id"])
            command = AppealMessage(message_id, runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, id, command))

        return await work.run(effect, on=message["case_id"])

    @router.get("/moderation/held")
    async def get_held(
        actor: Who,
        runtime: Running,
        market: MarketId = None,
        mine: bool = False,
        cursor: Cursor = None,
        limit: PageSize = 30,
    ) -> HeldView:
        """List messages that wait for a check, those first that are due first; `mine`: those assigned to the reader."""
        readable = readable_markets(actor, Action.MODERATE, market, markets)
        bound, now = f"held|{market}|{mine}|{actor.id}", runtime.now()
        position = read_cursor(runtime, cursor, bound)
        after = (datetime.fromisoformat(position[0]), str(position[1])) if position else None
        narrowed: Document = assigned_at(actor.id, now) if mine else {}
        found = await page_of_held(runtime.mongo, readable, narrowed, after, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        following = write_cursor(runtime, [last["due_by"].isoformat(), last["_id"]], bound) if last else None
        return HeldView(messages=await held_views(runtime, found[:limit], actor, sealer), next_cursor=following)


def _add_assigning(router: APIRouter, lasts: timedelta) -> None:
    @router.post("/messages/{message_id}/assignment", response_model=AssignmentView)
    async def assign_message(
        message_id: Id, actor: Who, work: Command, runtime: Running, body: AssignmentRequest | None = None
    ) -> Response:
        """Take a message that waits; a supervisor may give it to somebody, and take it from whoever has it."""
        to = (body or AssignmentRequest()).to or actor.id
        action = Action.MODERATE if to == actor.id else Action.ASSIGN_MODERATION
        message = await message_for(runtime, message_id, actor, action)

        async def effect(unit: Unit) -> View:
            await _waiting(message, unit)
            now, overrides = runtime.now(), action is Action.ASSIGN_MODERATION or actor.role in _OVERRIDES
            state = await unit.execute(ASSIGNMENTS, message_id, Assign(message_id, to, now + lasts, overrides, now))
            return assignment_view(state, now)

        return await work.run(effect, on=message["case_id"])

    @router.post("/messages/{message_id}/unassignment", response_model=AssignmentView)
    async def unassign_message(message_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Give a message back to the queue."""
        message = await message_for(runtime, message_id, actor, Action.MODERATE)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            command = Unassign(actor.id, actor.role in _OVERRIDES, now)
            return assignment_view(await unit.execute(ASSIGNMENTS, message_id, command), now)

        return await work.run(effect, on=message["case_id"])


def _add_deciding(router: APIRouter) -> None:
    @router.post("/messages/{message_id}/release", response_model=ConversationView)
    async def release_message(
        message_id: Id, actor: Who, work: Command, runtime: Running, body: ReleaseRequest | None = None
    ) -> Response:
        """Deliver a message that waits for a check (held, or blocked and appealed); it counts from when it was submitted.

        What followed from it for its author is undone.
        """
        message = await message_for(runtime, message_id, actor, Action.MODERATE)
        reasons = tuple((body or ReleaseRequest()).reasons)

        async def effect(unit: Unit) -> View:
            before = await _decidable(message, actor.id, reasons, runtime, unit)
            id = conversation_id(message["case_id"])
            state = await unit.execute(CONVERSATIONS, id, ReleaseMessage(message_id, runtime.now()))
            if before is not None:
                await note_released(before, message["author_id"], state.market, reasons, unit)
            return conversation_view(state)

        return await work.run(effect, on=message["case_id"])

    @router.post("/messages/{message_id}/rejection", response_model=ConversationView)
    async def reject_message(
        message_id: Id, body: RejectionRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide that a held message is not delivered. It counts as a breach of its author."""
        message = await message_for(runtime, message_id, actor, Action.MODERATE)
        reasons = tuple(body.reasons)

        async def effect(unit: Unit) -> View:
            before = await _decidable(message, actor.id, reasons, runtime, unit)
            id = conversation_id(message["case_id"])
            state = await unit.execute(CONVERSATIONS, id, RejectMessage(message_id, reasons, runtime.now()))
            if before is not None:
                author, market = message["author_id"], state.market
                await note_rejected(before, author, state.case_id, market, reasons, unit)
            return conversation_view(state)

        return await work.run(effect, on=message["case_id"])


async def _decidable(
    message: Document, actor_id: str, reasons: tuple[str, ...], runtime: Runtime, unit: Unit
) -> Known | None:
    """Note who decides a message that waits, and return it; None when nothing waits. Raises AssignedToAnother."""
    known = await _known(message, unit)
    if known is None or known.status != "HELD":
        return None  # the conversation says what is wrong with that, or that it was decided so before
    await unit.execute(ASSIGNMENTS, known.id, NoteDecision(known.id, actor_id, reasons, runtime.now()))
    return known


async def _waiting(message: Document, unit: Unit) -> None:
    known = await _known(message, unit)
    if known is None or known.status != "HELD":
        raise MessageNotHeld("the message does not wait for a check")


async def _known(message: Document, unit: Unit) -> Known | None:
    conversation = await unit.read(CONVERSATIONS, conversation_id(message["case_id"]))
    return conversation.message(message["_id"]) if conversation else None
