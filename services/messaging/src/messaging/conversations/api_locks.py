"""A lock for a buyer who insults, threatens or floods: for hours, with a reason; staff end it, or it ends by itself."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action
from chassis.http import Command, Id, KeyedCommand, RequestModel, Running, View, Who, Whole
from messaging.conversations.access import conversation_for
from messaging.conversations.domain.command import LockParty, UnlockParty
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.conversations.views import ConversationView
from messaging.reading.screens import conversation_view
from ombud_contracts.vocabulary import Role

Ground = Literal["insults", "threats", "flooding"]


class LockRequest(RequestModel):
    """Why the buyer may not write, and for how long."""

    reason: Ground
    hours: Annotated[int, Field(ge=1, le=72, strict=True), Whole]


class UnlockRequest(RequestModel):
    """Which lock ends."""

    reason: Ground


def router_for() -> APIRouter:
    """Return the routes that lock a buyer out of writing, and end that."""
    router = APIRouter()

    @router.post("/conversations/{case_id}/buyer-lock", response_model=ConversationView)
    async def lock_buyer(case_id: Id, body: LockRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Let the buyer read and not write for some hours. Another lock for the same reason replaces it."""
        await conversation_for(runtime, case_id, actor, Action.LOCK_BUYER)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            command = LockParty(Role.BUYER, body.reason, "staff", now, now + timedelta(hours=body.hours))
            return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

        return await work.once(effect, on=case_id)

    @router.post("/conversations/{case_id}/buyer-unlock", response_model=ConversationView)
    async def unlock_buyer(case_id: Id, body: UnlockRequest, actor: Who, work: Command, runtime: Running) -> Response:
        """Let the buyer write again; nothing where no such lock stands."""
        await conversation_for(runtime, case_id, actor, Action.LOCK_BUYER)

        async def effect(unit: Unit) -> View:
            command = UnlockParty(Role.BUYER, body.reason, runtime.now())
            return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

        return await work.run(effect, on=case_id)

    return router
