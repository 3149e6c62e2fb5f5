"""Who may see which conversation and message, for every route."""

from zlib import crc32

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.preconditions import Thing
from chassis.store import Document
from messaging.conversations.domain import Conversation, UnknownMessage
from messaging.conversations.store import CONVERSATIONS, conversation_id, find_message, staff_sees
from ombud_words import WITH_PLATFORM, Audience, CaseId, MessageId

A_CONVERSATION = Thing.kept_as("case_id", CONVERSATIONS, conversation_id)


async def _version_of_message(unit: Unit, message_id: MessageId) -> str | None:
    message = await find_message(unit, message_id)
    if message is None:
        return None
    looked_at = "|".join(str(message.get(name)) for name in ("assigned_to", "assigned_until", "decided_by"))
    return f"{message.get('change', 0)}.{crc32(looked_at.encode()):08x}"


async def hold_message(unit: Unit, message_id: MessageId) -> None:
    """Let a transaction be committed only if the conversation of a message, and so the message, stays as it is."""
    message = await find_message(unit, message_id)
    if message is not None:
        await unit.guard(CONVERSATIONS, conversation_id(message["case_id"]))


A_MESSAGE = Thing("message_id", _version_of_message, hold_message)


def parties_of(conversation: Conversation) -> Parties:
    """Return whose matter a conversation is."""
    return Parties(conversation.market, *conversation.parties)


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
    conversation = await conversation_for(unit, message["case_id"], actor, action)
    if not _reaches(message, actor, conversation):
        raise UnknownMessage
    return message


def _reaches(message: Document, actor: Actor, conversation: Conversation) -> bool:
    """Tell whether somebody sees a message: a party the thread, what is between it and the platform, and its own."""
    if actor.staff:
        return staff_sees(actor.role, message["audience"])
    asker = message["audience"] == WITH_PLATFORM and actor.role == conversation.asked_by
    return message["audience"] == Audience.THREAD or asker or message["author_id"] == actor.id
