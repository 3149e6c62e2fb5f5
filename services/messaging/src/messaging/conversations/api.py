"""No reply needed, and needed after all."""

from fastapi import APIRouter
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action
from chassis.http import (
    Command,
    Id,
    Running,
    View,
    Who,
)
from messaging.conversations.access import conversation_for
from messaging.conversations.domain.command import (
    RevokeWaiver,
    WaiveReply,
)
from messaging.conversations.store import (
    CONVERSATIONS,
    conversation_id,
)
from messaging.conversations.views import (
    ConversationView,
)
from messaging.reading.screens import conversation_view


def router_for() -> APIRouter:
    """Return the routes of waivers."""
    router = APIRouter()

    @router.post("/conversations/{case_id}/waiver", response_model=ConversationView)
    async def waive_reply(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Say that no reply is needed."""
        await conversation_for(runtime, case_id, actor, Action.WAIVE_REPLY)

        async def effect(unit: Unit) -> View:
            command = WaiveReply(actor.role, runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

        return await work.run(effect, on=case_id)

    @router.post("/conversations/{case_id}/waiver-revocation", response_model=ConversationView)
    async def revoke_waiver(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Say that a reply is needed after all."""
        await conversation_for(runtime, case_id, actor, Action.WAIVE_REPLY)

        async def effect(unit: Unit) -> View:
            command = RevokeWaiver(actor.role, runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

        return await work.run(effect, on=case_id)

    return router
