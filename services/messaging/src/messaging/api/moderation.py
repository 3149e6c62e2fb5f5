"""Messages that wait for a person: appeals, the queue, release and rejection."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_role
from chassis.http import (
    Code,
    Command,
    Id,
    RequestModel,
    Running,
    View,
    Who,
)
from messaging.api.access import PageSize, message_for
from messaging.api.screens import conversation_view, message_view, names_in
from messaging.domain.conversation_command import (
    AppealMessage,
    RejectMessage,
    ReleaseMessage,
)
from messaging.domain.refusals import UnknownMessage
from messaging.sealing import Sealer
from messaging.store import (
    CONVERSATIONS,
    conversation_id,
    find_conversation,
    list_held,
)
from messaging.views import (
    ConversationView,
    HeldView,
)


class RejectionRequest(RequestModel):
    """Why a held message is not delivered, as codes."""

    reasons: Annotated[list[Code], Field(min_length=1, max_length=10)]


def router_for(sealer: Sealer) -> APIRouter:
    """Return the routes of moderation."""
    router = APIRouter()

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
    async def get_held(actor: Who, runtime: Running, limit: PageSize = 30) -> HeldView:
        """List messages that wait for a check, oldest first."""
        authorize_role(actor, Action.MODERATE)
        views = []
        held = await list_held(runtime.mongo, limit)
        names = await names_in(runtime, held)
        for message in held:
            conversation = await find_conversation(runtime.mongo, message["case_id"])
            if conversation and (actor.markets is None or conversation.market in actor.markets):
                views.append(await message_view(message, conversation, actor, sealer, names))
        return HeldView(messages=views)

    @router.post("/messages/{message_id}/release", response_model=ConversationView)
    async def release_message(message_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Deliver a message that waits for a check (held, or blocked and appealed); it counts from when it was submitted."""
        message = await message_for(runtime, message_id, actor, Action.MODERATE)

        async def effect(unit: Unit) -> View:
            id = conversation_id(message["case_id"])
            command = ReleaseMessage(message_id, runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, id, command))

        return await work.run(effect, on=message["case_id"])

    @router.post("/messages/{message_id}/rejection", response_model=ConversationView)
    async def reject_message(
        message_id: Id, body: RejectionRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide that a held message is not delivered."""
        message = await message_for(runtime, message_id, actor, Action.MODERATE)

        async def effect(unit: Unit) -> View:
            id = conversation_id(message["case_id"])
            command = RejectMessage(message_id, tuple(body.reasons), runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, id, command))

        return await work.run(effect, on=message["case_id"])

    return router
