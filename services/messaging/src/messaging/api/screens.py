"""Conversations and messages as views: nobody reads more than is theirs."""

from chassis.auth import Actor
from chassis.store import Document
from messaging.domain.conversation import Conversation
from messaging.sealing import Sealer, Unreadable, opened
from messaging.views import (
    ConversationView,
    LockView,
    MessageView,
)


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


async def message_view(message: Document, conversation: Conversation, actor: Actor, sealer: Sealer) -> MessageView:
    """Return a message as its reader may see it: the author the original, others what may be shown."""
    own = message["author_id"] == actor.id and message["author_role"] == actor.role
    return MessageView(
        message_id=message["_id"],
        position=message["position"],
        author_role=message["author_role"],
        audience=message["audience"],
        status=message["status"],
        text=await text_of(sealer, message["original" if own else "shown"], conversation.key_id),
        redacted=message["redacted"],
        qualifies=message["qualifies"],
        not_qualifying_because=message["not_qualifying_because"],
        submitted_at=message["submitted_at"],
    )


async def text_of(sealer: Sealer, sealed: bytes, key_id: str) -> str | None:
    """Return a sealed text, or None when it was erased."""
    try:
        return opened(await sealer.key(key_id), bytes(sealed))
    except Unreadable:
        return None
