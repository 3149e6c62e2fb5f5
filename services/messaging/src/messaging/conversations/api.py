"""What is done to a conversation beside writing in it: waivers, a contested reply, and a buyer's lock."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from chassis.auth import Action, readable_markets
from chassis.http import Code, RequestModel, Who, Whole
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, routes
from messaging.conversations.access import A_CONVERSATION, conversation_for, message_for
from messaging.conversations.domain import (
    AcceptWaiver,
    ContestReply,
    LockParty,
    ProposeWaiver,
    RefuseWaiver,
    RevokeWaiver,
    UnlockParty,
    WaiveReply,
)
from messaging.conversations.parameters import CaseParam, MarketId, Markets, MessageParam, PageSize
from messaging.conversations.store import CONVERSATIONS, conversation_id, waivers_to_decide
from messaging.conversations.views import ConversationView, WaiverProposalList, conversation_view, proposal_view
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


class WaiverProposalRequest(RequestModel):
    """Why no reply is needed, or why one is, as a code."""

    reason: Code


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


@router.post("/conversations/{case_id}/waiver-proposal")
@versioned(A_CONVERSATION)
async def propose_waiver(
    case_id: CaseParam, body: WaiverProposalRequest, actor: Who, unit: WriteUnit
) -> ConversationView:
    """Say as the seller that no reply is needed: a supervisor decides, and until then the reply is owed all the same."""
    await conversation_for(unit, case_id, actor, Action.PROPOSE_WAIVER)
    command = ProposeWaiver(body.reason, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.post("/conversations/{case_id}/waiver-proposal/acceptance")
@versioned(A_CONVERSATION)
async def accept_waiver(case_id: CaseParam, actor: Who, unit: WriteUnit) -> ConversationView:
    """Decide as the seller proposed: no reply is needed."""
    await conversation_for(unit, case_id, actor, Action.DECIDE_WAIVER)
    command = AcceptWaiver(actor.role, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.post("/conversations/{case_id}/waiver-proposal/refusal")
@versioned(A_CONVERSATION)
async def refuse_waiver(
    case_id: CaseParam, body: WaiverProposalRequest, actor: Who, unit: WriteUnit
) -> ConversationView:
    """Decide against the seller's proposal: the reply is owed, and no waiver of it is proposed again."""
    await conversation_for(unit, case_id, actor, Action.DECIDE_WAIVER)
    command = RefuseWaiver(actor.role, body.reason, unit.now)
    return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))


@router.get("/waiver-proposals")
async def list_waiver_proposals(
    actor: Who, unit: ReadUnit, markets: Markets, market: MarketId = None, limit: PageSize = 30
) -> WaiverProposalList:
    """List the waivers that wait for a supervisor, the oldest first."""
    readable = readable_markets(actor, Action.DECIDE_WAIVER, market, markets)
    found = await waivers_to_decide(unit, readable, limit)
    return WaiverProposalList(proposals=[shown for c in found if (shown := proposal_view(c)) is not None])


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
