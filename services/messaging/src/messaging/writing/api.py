"""Writing: drafts, messages, and a buyer's word that a reply does not answer."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, NotVisible, authorize, authorize_role
from chassis.http import (
    Command,
    Id,
    KeyedCommand,
    RequestModel,
    Running,
    Text,
    View,
    Who,
)
from chassis.ids import new_id
from chassis.limits import Limited
from messaging.conversations.access import message_for, parties_of
from messaging.conversations.domain.command import (
    ContestReply,
    PostMessage,
)
from messaging.conversations.store import (
    CONVERSATIONS,
    conversation_id,
)
from messaging.conversations.views import (
    ConversationView,
    DraftView,
    FindingView,
    PostedView,
)
from messaging.reading.screens import conversation_view
from messaging.sanctions.sanctioning import note_posted, under_sanction
from messaging.writing.checks import advice
from messaging.writing.drafts import Drafts
from messaging.writing.posting import Posting
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience


class DraftRequest(RequestModel):
    """A first message, written before the case is opened."""

    text: Text
    market: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")]


def _may_be_missing(schema: dict[str, Any]) -> None:
    """What stands for a missing member is none that could be sent."""
    schema.pop("default")


def _unique(schema: dict[str, Any]) -> None:
    _may_be_missing(schema)
    schema["uniqueItems"] = True


class MessageRequest(RequestModel):
    """A message to a case's conversation: a text, files, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["text"]}, {"required": ["attachments"]}]})

    text: Annotated[Text, Field(json_schema_extra=_may_be_missing)] = ""
    attachments: Annotated[tuple[Id, ...], Field(min_length=1, max_length=20, json_schema_extra=_unique)] = ()
    """Files that were uploaded to this conversation before."""
    audience: Audience = Audience.THREAD
    requests_information: bool = False
    """Ask the buyer for something that is needed; answers the obligation and pauses the resolution."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and not self.attachments:
            raise ValueError("a message has a text, attachments or both")
        if len(set(self.attachments)) < len(self.attachments):
            raise ValueError("an attachment is named once")
        return self


class ContestRequest(RequestModel):
    """What is wrong with a reply (R-02)."""

    ground: Literal["not_answered", "not_understood"]


class UnknownMarket(Exception):
    """There is no such market."""


def router_for(markets: Mapping[str, Market], drafts: Drafts, posting: Posting) -> APIRouter:
    """Return the routes that write."""
    router = APIRouter()

    @router.post("/drafts", status_code=201, response_model=DraftView)
    async def keep_draft(body: DraftRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Keep a first message; the case is then opened with the draft's id."""
        authorize_role(actor, Action.WRITE_MESSAGE)
        market = markets.get(body.market)
        if market is None:
            raise UnknownMarket
        draft_id = new_id("drf")
        found = await drafts.preview(body.text, actor.role, market)

        async def effect(unit: Unit) -> View:
            await runtime.limits.use(Limited.DRAFTS, actor, runtime.now(), unit)
            drafts.keep(draft_id, actor.id, body.text, unit)
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
            conversation = await unit.read(CONVERSATIONS, id)
            if conversation is None:
                raise NotVisible
            authorize(actor, action, parties_of(conversation))
            letter, found, trace = await posting.letter(
                message_id,
                body.text,
                body.audience,
                body.requests_information,
                actor,
                conversation,
                body.attachments,
            )
            letter = await under_sanction(letter, conversation.market, unit)
            state = await unit.execute(CONVERSATIONS, id, PostMessage(letter, letter.submitted_at))
            await posting.remember(letter, trace, state, unit)
            sanction = await note_posted(letter, case_id, state.market, letter.submitted_at, unit)
            return posting.posted(letter, state, found, sanction)

        return await work.once(effect, on=case_id, status=201)

    @router.post("/messages/{message_id}/contest", response_model=ConversationView)
    async def contest_reply(
        message_id: Id, body: ContestRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Say that a reply does not answer, or was not understood: it is owed again."""
        message = await message_for(runtime, message_id, actor, Action.CONTEST_REPLY)
        command = ContestReply(message_id, body.ground, runtime.now())

        async def effect(unit: Unit) -> View:
            id = conversation_id(message["case_id"])
            return conversation_view(await unit.execute(CONVERSATIONS, id, command))

        return await work.run(effect, on=message["case_id"])

    return router
