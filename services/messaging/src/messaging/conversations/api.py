"""What is done to a conversation beside writing in it: waivers, a contested reply, and a buyer's lock."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from chassis.auth import Action
from chassis.http import RequestModel, Who, Whole
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, WriteUnit, routes
from messaging.conversations.access import A_CONVERSATION, conversation_for, message_for
from messaging.conversations.domain import ContestReply, LockParty, RevokeWaiver, UnlockParty, WaiveReply
from messaging.conversations.parameters import CaseParam, MessageParam
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.conversations.views import ConversationView, conversation_view
from ombud_words import Role

router = routes("messaging")
Ground = Literal["insults", "threats", "flooding"]


class LockRequest(RequestModel):
    """Why the buyer may not write, and for how long."""

    reason: Ground
    hours: Annotated[int, Field(ge=1, le=72, strict=True), Whole]


class UnlockRequest(RequestModel):
    """Which lock ends."""

    reason: Ground


class ContestRequest(RequestModel):
    """What is wrong with a reply (R-02)."""

    ground: Literal["not_answered", "not_understood"]


@router.post("/conversations/{case_id}/waiver")
@versioned(A_CONVERSATION)
async def waive_reply(case_id: CaseParam, actor: Who, unit: WriteUnit) -> ConversationView:
    """Say that no reply is needed."""
    await conversation_for(unit, case_id, actor, Action.WAIVE_REPLY)
    command = WaiveReply(actor.role, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.post("/conversations/{case_id}/waiver-revocation")
@versioned(A_CONVERSATION)
async def revoke_waiver(case_id: CaseParam, actor: Who, unit: WriteUnit) -> ConversationView:
    """Say that a reply is needed after all; a supervisor decides so."""
    await conversation_for(unit, case_id, actor, Action.REVOKE_WAIVER)
    command = RevokeWaiver(actor.role, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.post("/messages/{message_id}/contest")
async def contest_reply(
    message_id: MessageParam, body: ContestRequest, actor: Who, unit: WriteUnit
) -> ConversationView:
    """Say that a reply does not answer, or was not understood: it is owed again."""
    message = await message_for(unit, message_id, actor, Action.CONTEST_REPLY)
    command = ContestReply(message_id, body.ground, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command))


@router.post("/conversations/{case_id}/buyer-lock")
@versioned(A_CONVERSATION)
async def lock_buyer(case_id: CaseParam, body: LockRequest, actor: Who, unit: KeyedUnit) -> ConversationView:
    """Keep the buyer from writing for some hours; they can still read. Another lock for the same reason replaces it."""
    await conversation_for(unit, case_id, actor, Action.LOCK_BUYER)
    command = LockParty(
        party=Role.BUYER,
        reason=body.reason,
        unlocked_by="staff",
        at=unit.now,
        until=unit.now + timedelta(hours=body.hours),
    )
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.post("/conversations/{case_id}/buyer-unlock")
@versioned(A_CONVERSATION)
async def unlock_buyer(case_id: CaseParam, body: UnlockRequest, actor: Who, unit: WriteUnit) -> ConversationView:
    """Let the buyer write again; nothing changes where no such lock stands."""
    await conversation_for(unit, case_id, actor, Action.LOCK_BUYER)
    command = UnlockParty(Role.BUYER, body.reason, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))
