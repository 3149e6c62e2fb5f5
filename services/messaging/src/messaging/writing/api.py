"""Writing: drafts and messages."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, authorize_role
from chassis.http import RequestModel, Text, Who
from chassis.ids import new_id
from chassis.limits import Limited
from chassis.routes import KeyedUnit, LimitsPerPerson, WriteUnit, provided, routes
from messaging.conversations.access import conversation_for
from messaging.conversations.domain import Conversation, PostMessage, expect_reopens
from messaging.conversations.parameters import AttachmentParam, CaseParam, Markets
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.sanctions.domain import Sanction
from messaging.writing.drafts import Drafts
from messaging.writing.posting import Posting, Prepared, Written
from messaging.writing.views import CheckedView, DraftView, PostedView, checked_view, draft_view, posted_view
from ombud_contracts.market import Market
from ombud_words import Audience, CaseId, DraftId, MessageId

router = routes("messaging")


class DraftRequest(RequestModel):
    """A first message, written before the case is opened."""

    text: Text
    market: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")]


def _may_be_missing(schema: dict[str, Any]) -> None:
    """The default of a missing member is not a value that could be sent."""
    schema.pop("default")


def _unique(schema: dict[str, Any]) -> None:
    _may_be_missing(schema)
    schema["uniqueItems"] = True


class MessageRequest(RequestModel):
    """A message to a case's conversation: a text, files, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["text"]}, {"required": ["attachments"]}]})

    text: Annotated[Text, Field(json_schema_extra=_may_be_missing)] = ""
    attachments: Annotated[
        tuple[AttachmentParam, ...], Field(min_length=1, max_length=20, json_schema_extra=_unique)
    ] = ()
    """Files that were uploaded to this conversation before."""
    audience: Audience = Audience.THREAD
    requests_information: bool = False
    """Ask the buyer for something that is needed; answers the obligation and pauses the resolution."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and not self.attachments:
            raise ValueError("a message must have a text, attachments or both")
        if len(set(self.attachments)) < len(self.attachments):
            raise ValueError("an attachment must not be named twice")
        return self


class UnknownMarket(Exception):
    """There is no such market."""


@router.post("/drafts", status_code=201)
async def keep_draft(
    body: DraftRequest,
    actor: Who,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    drafts: Annotated[Drafts, provided("drafts")],
    markets: Markets,
) -> DraftView:
    """Keep a first message; the case is then opened with the draft's id."""
    authorize_role(actor, Action.WRITE_MESSAGE)
    market = markets.get(body.market)
    if market is None:
        raise UnknownMarket
    await limits.use(Limited.DRAFTS, actor, unit.now, unit)
    draft_id = DraftId(new_id("drf"))
    drafts.keep(draft_id, actor.id, body.text, unit)
    return draft_view(draft_id, await drafts.preview(body.text, actor.role, market, unit.now))


@router.post("/conversations/{case_id}/messages", status_code=201)
async def post_message(
    case_id: CaseParam,
    body: MessageRequest,
    actor: Who,
    unit: KeyedUnit,
    markets: Markets,
    posting: Annotated[Posting, provided("posting")],
) -> PostedView:
    """Write in a case's conversation. The answer says what was found, and what became of the message."""
    return posted_view(*await _posted(case_id, body, actor, unit, markets, posting))


@router.post("/conversations/{case_id}/messages/check")
async def check_message(
    case_id: CaseParam,
    body: MessageRequest,
    actor: Who,
    unit: WriteUnit,
    limits: LimitsPerPerson,
    markets: Markets,
    posting: Annotated[Posting, provided("posting")],
) -> CheckedView:
    """Say what would become of a message if it were sent now. Nothing is kept of it, and nobody is told."""
    await limits.use(Limited.CHECKS, actor, unit.now, unit)
    return checked_view(*await _posted(case_id, body, actor, unit.apart(), markets, posting))


async def _posted(
    case_id: CaseId, body: MessageRequest, actor: Actor, unit: Unit, markets: Mapping[str, Market], posting: Posting
) -> tuple[Prepared, Conversation, Sanction | None]:
    conversation = await conversation_for(unit, case_id, actor, _TO_WRITE_FOR[body.audience])
    written = Written(
        message_id=MessageId(new_id("msg")),
        text=body.text,
        audience=conversation.audience_of(body.audience),
        requests_information=body.requests_information,
        attachments=body.attachments,
    )
    if body.audience == Audience.THREAD:
        expect_reopens(conversation, actor.role, markets[conversation.market].reopening.within, unit.now)
    prepared = await posting.prepared(written, actor, conversation, unit)
    state = await unit.execute(CONVERSATIONS, conversation_id(case_id), PostMessage(prepared.letter, unit.now))
    return prepared, state, await posting.noted(prepared, state, unit)


_TO_WRITE_FOR = {
    Audience.THREAD: Action.WRITE_MESSAGE,
    Audience.INTERNAL: Action.WRITE_INTERNAL_NOTE,
    Audience.MEDIATOR: Action.WRITE_INTERNAL_NOTE,
}
