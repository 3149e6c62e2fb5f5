"""Routes of messaging: a request becomes a command, its effect a view."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_role
from chassis.http import (
    Code,
    Command,
    Id,
    KeyedCommand,
    RequestModel,
    Running,
    Runtime,
    Text,
    View,
    Who,
    read_cursor,
    write_cursor,
)
from chassis.ids import new_id
from chassis.store import Document
from messaging.checks import Circumstances, advice, findings_of
from messaging.domain.conversation import (
    AppealMessage,
    ContestReply,
    Conversation,
    PostMessage,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    WaiveReply,
)
from messaging.domain.refusals import UnknownMessage
from messaging.drafts import Drafts
from messaging.posting import Posting
from messaging.sealing import Sealer, Unreadable, opened
from messaging.store import (
    CHECK_INS,
    CONVERSATIONS,
    conversation_id,
    find_conversation,
    find_message,
    list_held,
    list_owed,
    page_of_messages,
)
from messaging.views import (
    ConversationView,
    DiscussionsView,
    DraftView,
    FindingView,
    HeldView,
    LockView,
    MessagePage,
    MessageView,
    OwedReplyView,
    PostedView,
)
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience

PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]


class DraftRequest(RequestModel):
    """A first message, written before the case is opened."""

    text: Text
    market: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")]


class MessageRequest(RequestModel):
    """A message to a case's conversation."""

    text: Text
    audience: Audience = Audience.THREAD
    requests_information: bool = False
    """Ask the buyer for something that is needed; answers the obligation and pauses the resolution."""


class RejectionRequest(RequestModel):
    """Why a held message is not delivered, as codes."""

    reasons: Annotated[list[Code], Field(min_length=1, max_length=10)]


class ContestRequest(RequestModel):
    """What is wrong with a reply (R-02)."""

    ground: Literal["not_answered", "not_understood"]


class UnknownMarket(Exception):
    """There is no such market."""


def parties_of(conversation: Conversation) -> Parties:
    """Return whose matter a conversation is."""
    return Parties(conversation.market, conversation.buyer_id, conversation.seller_id)


class Routes:
    """Messaging's routes, around what they share."""

    def __init__(self, markets: Mapping[str, Market], sealer: Sealer, drafts: Drafts, posting: Posting) -> None:
        self._markets = markets
        self._sealer = sealer
        self._drafts = drafts
        self._posting = posting

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["messaging"])
        self._add_writing(router)
        self._add_reading(router)
        self._add_waivers(router)
        self._add_moderation(router)
        return router

    async def _conversation(self, runtime: Runtime, case_id: str, actor: Actor, action: Action) -> Conversation:
        conversation = await find_conversation(runtime.mongo, case_id)
        if conversation is None:
            raise NotVisible
        authorize(actor, action, parties_of(conversation))
        return conversation

    def _add_writing(self, router: APIRouter) -> None:
        @router.post("/drafts", status_code=201, response_model=DraftView)
        async def keep_draft(body: DraftRequest, actor: Who, work: KeyedCommand) -> Response:
            """Keep a first message; the case is then opened with the draft's id."""
            authorize_role(actor, Action.WRITE_MESSAGE)
            market = self._markets.get(body.market)
            if market is None:
                raise UnknownMarket
            draft_id = new_id("drf")
            found = findings_of(body.text, Circumstances(actor.role, market.languages[0], market))

            async def effect(unit: Unit) -> View:
                self._drafts.keep(draft_id, actor.id, body.text, unit)
                return DraftView(
                    draft_id=draft_id,
                    action=found.verdict,
                    findings=[FindingView(kind=f.kind, start=f.start, end=f.end) for f in found.findings],
                    advice=advice(found),
                )

            return await work.once(effect, on=draft_id, status=201)

        @router.post("/conversations/{case_id}/messages", status_code=201, response_model=PostedView)
        async def post_message(case_id: Id, body: MessageRequest, actor: Who, work: KeyedCommand) -> Response:
            """Write in a case's conversation. The answer says what was found, and what became of the message."""
            internal = body.audience != Audience.THREAD
            action = Action.WRITE_INTERNAL_NOTE if internal else Action.WRITE_MESSAGE
            message_id = new_id("msg")

            async def effect(unit: Unit) -> View:
                id = conversation_id(case_id)
                conversation = await unit.state(CONVERSATIONS, id)
                if conversation is None:
                    raise NotVisible
                authorize(actor, action, parties_of(conversation))
                letter, found, trace = await self._posting.letter(
                    message_id, body.text, body.audience, body.requests_information, actor, conversation
                )
                state = await unit.execute(CONVERSATIONS, id, PostMessage(letter, letter.submitted_at))
                self._posting.remember(letter, trace, state, unit)
                return self._posting.posted(letter, state, found)

            return await work.once(effect, on=case_id, status=201)

        @router.post("/messages/{message_id}/contest", response_model=ConversationView)
        async def contest_reply(
            message_id: Id, body: ContestRequest, actor: Who, work: Command, runtime: Running
        ) -> Response:
            """Say that a reply does not answer, or was not understood: it is owed again."""
            message = await self._own_message(runtime, message_id, actor, Action.CONTEST_REPLY)
            command = ContestReply(message_id, body.ground, runtime.now())

            async def effect(unit: Unit) -> View:
                id = conversation_id(message["case_id"])
                return conversation_view(await unit.execute(CONVERSATIONS, id, command))

            return await work.run(effect, on=message["case_id"])

    async def _own_message(self, runtime: Runtime, message_id: str, actor: Actor, action: Action) -> Document:
        message = await find_message(runtime.mongo, message_id)
        if message is None:
            raise UnknownMessage
        await self._conversation(runtime, message["case_id"], actor, action)
        if not actor.staff and message["audience"] != Audience.THREAD and message["author_id"] != actor.id:
            raise UnknownMessage
        return message

    def _add_reading(self, router: APIRouter) -> None:
        @router.get("/conversations/{case_id}")
        async def get_conversation(case_id: Id, actor: Who, runtime: Running) -> ConversationView:
            """Show who may write, and whether a reply is owed."""
            return conversation_view(await self._conversation(runtime, case_id, actor, Action.READ_CASE))

        @router.get("/conversations/{case_id}/messages")
        async def list_messages(
            case_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 30
        ) -> MessagePage:
            """Read a conversation as far as the reader may see it; newest first."""
            conversation = await self._conversation(runtime, case_id, actor, Action.READ_CASE)
            bound = f"messages|{case_id}|{actor.role}|{actor.id}"
            position = read_cursor(runtime, cursor, bound)
            before = int(position[0]) if position else None
            found = await page_of_messages(runtime.mongo, case_id, actor.role, actor.id, actor.staff, before, limit + 1)
            following = write_cursor(runtime, [found[limit - 1]["position"]], bound) if len(found) > limit else None
            return MessagePage(
                messages=[await self._message_view(m, conversation, actor) for m in found[:limit]],
                next_cursor=following,
            )

        @router.get("/discussions")
        async def get_discussions(actor: Who, work: Command, runtime: Running) -> DiscussionsView:
            """Show the replies that a seller owes; opening the list is the check-in (R-06)."""
            authorize_role(actor, Action.READ_DISCUSSIONS)
            now = runtime.now()
            before = await runtime.mongo.find_one(CHECK_INS, {"_id": actor.id})
            view = DiscussionsView(
                owed=[
                    _owed_view(o, int((o["due_by"] - now).total_seconds())) for o in await self._owed(runtime, actor)
                ],
                last_checked_at=before["at"] if before else None,
            )

            async def check_in(unit: Unit) -> View:
                unit.upsert(CHECK_INS, actor.id, {"at": now})
                return view

            await work.run(check_in, on=actor.id)
            return view

    @staticmethod
    async def _owed(runtime: Runtime, actor: Actor) -> list[Document]:
        return await list_owed(runtime.mongo, actor.id, limit=200)

    async def _message_view(self, message: Document, conversation: Conversation, actor: Actor) -> MessageView:
        own = message["author_id"] == actor.id and message["author_role"] == actor.role
        return MessageView(
            message_id=message["_id"],
            position=message["position"],
            author_role=message["author_role"],
            audience=message["audience"],
            status=message["status"],
            text=await self._text(message["original" if own else "shown"], conversation.key_id),
            redacted=message["redacted"],
            qualifies=message["qualifies"],
            not_qualifying_because=message["not_qualifying_because"],
            submitted_at=message["submitted_at"],
        )

    async def _text(self, sealed: bytes, key_id: str) -> str | None:
        try:
            return opened(await self._sealer.key(key_id), bytes(sealed))
        except Unreadable:
            return None

    def _add_waivers(self, router: APIRouter) -> None:
        @router.post("/conversations/{case_id}/waiver", response_model=ConversationView)
        async def waive_reply(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
            """Say that no reply is needed."""
            await self._conversation(runtime, case_id, actor, Action.WAIVE_REPLY)

            async def effect(unit: Unit) -> View:
                command = WaiveReply(actor.role, runtime.now())
                return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

            return await work.run(effect, on=case_id)

        @router.post("/conversations/{case_id}/waiver-revocation", response_model=ConversationView)
        async def revoke_waiver(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
            """Say that a reply is needed after all."""
            await self._conversation(runtime, case_id, actor, Action.WAIVE_REPLY)

            async def effect(unit: Unit) -> View:
                command = RevokeWaiver(actor.role, runtime.now())
                return conversation_view(await unit.execute(CONVERSATIONS, conversation_id(case_id), command))

            return await work.run(effect, on=case_id)

    def _add_moderation(self, router: APIRouter) -> None:
        @router.post("/messages/{message_id}/appeal", response_model=ConversationView)
        async def appeal_message(message_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
            """Ask a moderator to look at a message that was not delivered; only its author can."""
            message = await self._own_message(runtime, message_id, actor, Action.WRITE_MESSAGE)
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
            for message in await list_held(runtime.mongo, limit):
                conversation = await find_conversation(runtime.mongo, message["case_id"])
                if conversation and (actor.markets is None or conversation.market in actor.markets):
                    views.append(await self._message_view(message, conversation, actor))
            return HeldView(messages=views)

        @router.post("/messages/{message_id}/release", response_model=ConversationView)
        async def release_message(message_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
            """Deliver a message that waits for a check (held, or blocked and appealed); it counts from when it was submitted."""
            message = await self._own_message(runtime, message_id, actor, Action.MODERATE)

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
            message = await self._own_message(runtime, message_id, actor, Action.MODERATE)

            async def effect(unit: Unit) -> View:
                id = conversation_id(message["case_id"])
                command = RejectMessage(message_id, tuple(body.reasons), runtime.now())
                return conversation_view(await unit.execute(CONVERSATIONS, id, command))

            return await work.run(effect, on=message["case_id"])


def conversation_view(state: Conversation) -> ConversationView:
    """Return the screen of a conversation."""
    return ConversationView(
        case_id=state.case_id,
        market=state.market,
        language=state.language,
        owes_reply=state.owes_reply,
        waived=state.waived,
        locks=[LockView(party=k.party, reason=k.reason, unlocked_by=k.unlocked_by, since=k.since) for k in state.locks],
    )


def _owed_view(owed: Document, seconds_left: int) -> OwedReplyView:
    return OwedReplyView(
        case_id=owed["case_id"],
        since=owed["since"],
        due_by=owed["due_by"],
        seconds_left=seconds_left,
        breached=owed["breached"],
    )
