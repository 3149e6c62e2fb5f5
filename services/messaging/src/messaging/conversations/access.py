"""Who may see which conversation and message, for every route."""

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.store import Document
from messaging.conversations.domain import Conversation, UnknownMessage
from messaging.conversations.store import CONVERSATIONS, conversation_id, find_message
from ombud_words import Audience, CaseId, MessageId


def parties_of(conversation: Conversation) -> Parties:
    """Return whose matter a conversation is."""
    return Parties(conversation.market, conversation.buyer_id, conversation.seller_id)


async def conversation_for(unit: Unit, case_id: CaseId, actor: Actor, action: Action) -> Conversation:
    """Return a conversation in which the actor may do this. Raises NotVisible, Forbidden."""
    conversation = await unit.read(CONVERSATIONS, conversation_id(case_id))
    if conversation is None:
        raise NotVisible
    authorize(actor, action, parties_of(conversation))
    return conversation


async def message_for(unit: Unit, message_id: MessageId, actor: Actor, action: Action) -> Document:
    """Return a message that the actor sees and may do this with. Raises UnknownMessage, NotVisible, Forbidden."""
    message = await find_message(unit, message_id)
    if message is None:
        raise UnknownMessage
    await conversation_for(unit, message["case_id"], actor, action)
    if not actor.staff and message["audience"] != Audience.THREAD and message["author_id"] != actor.id:
        raise UnknownMessage
    return message
