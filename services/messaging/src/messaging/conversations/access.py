"""Who may see which conversation and message, for every route; and the parameters that routes share."""

from typing import Annotated

from fastapi import Query

from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Runtime
from chassis.store import Document
from messaging.conversations.domain.conversation import Conversation
from messaging.conversations.domain.refusals import UnknownMessage
from messaging.conversations.store import find_conversation, find_message
from ombud_contracts.vocabulary import Audience

PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]

MarketId = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")]
"""Left out: every market in which the reader works."""


def parties_of(conversation: Conversation) -> Parties:
    """Return whose matter a conversation is."""
    return Parties(conversation.market, conversation.buyer_id, conversation.seller_id)


async def conversation_for(runtime: Runtime, case_id: str, actor: Actor, action: Action) -> Conversation:
    """Return a conversation in which the actor may do this. Raises NotVisible, Forbidden."""
    conversation = await find_conversation(runtime.mongo, case_id)
    if conversation is None:
        raise NotVisible
    authorize(actor, action, parties_of(conversation))
    return conversation


async def message_for(runtime: Runtime, message_id: str, actor: Actor, action: Action) -> Document:
    """Return a message that the actor sees and may do this with. Raises UnknownMessage, NotVisible, Forbidden."""
    message = await find_message(runtime.mongo, message_id)
    if message is None:
        raise UnknownMessage
    await conversation_for(runtime, message["case_id"], actor, action)
    if not actor.staff and message["audience"] != Audience.THREAD and message["author_id"] != actor.id:
        raise UnknownMessage
    return message
