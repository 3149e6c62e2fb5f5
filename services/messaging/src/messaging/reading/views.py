"""Conversations and messages as views: nobody reads more than is theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.auth import Actor
from chassis.http import View
from chassis.sealing import Sealer
from chassis.store import Document, Reader
from messaging.attachments.store import sealed_names
from messaging.attachments.views import AttachmentView
from messaging.conversations.domain import Conversation
from messaging.conversations.texts import text_of
from messaging.translations.store import NOT_TRANSLATED, Translated, translations_of
from messaging.translations.views import TranslationView, translation_views
from ombud_words import AttachmentId, MessageId, Role


class MessageView(View):
    """A message as the reader may see it."""

    message_id: MessageId
    position: int
    author_role: str
    audience: str
    status: str
    text: str | None
    """None when the text was erased."""
    redacted: bool
    qualifies: bool
    not_qualifying_because: list[str]
    attachments: list[AttachmentView]
    insults: int
    """Flagged on either side (R-02)."""
    translations: list[TranslationView]
    """The newest in each language, beside what the author wrote."""
    submitted_at: datetime


class MessagePage(View):
    """Messages, newest first."""

    messages: list[MessageView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside messages: the sealed names of their files, and what there is of them in other languages."""

    names: Mapping[AttachmentId, bytes]
    translated: Mapping[MessageId, Translated]

    def of(self, message: Document) -> Sequence[Document]:
        """Return the newest translation of a message in each language."""
        return self.translated.get(message["_id"], NOT_TRANSLATED).newest


async def what_stands_beside(store: Reader, messages: Sequence[Document]) -> Beside:
    """Return what stands beside these messages."""
    files = [a["id"] for m in messages for a in m.get("attachments", ())]
    return Beside(await sealed_names(store, files), await translations_of(store, messages))


async def message_view(
    message: Document,
    conversation: Conversation,
    actor: Actor,
    sealer: Sealer,
    beside: Beside,
) -> MessageView:
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
        not_qualifying_because=_because(message, actor),
        attachments=await _attachment_views(message, conversation, own or actor.staff, beside.names, sealer),
        insults=message["insults"],
        translations=await translation_views(beside.of(message), conversation, sealer),
        submitted_at=message["submitted_at"],
    )


def _because(message: Document, actor: Actor) -> list[str]:
    """Return why a message is not a qualifying reply; a party is told it of a seller's messages alone, who owes replies."""
    told = actor.staff or message["author_role"] == Role.SELLER
    return list(message["not_qualifying_because"]) if told else []


async def _attachment_views(
    message: Document, conversation: Conversation, all_of_it: bool, names: Mapping[AttachmentId, bytes], sealer: Sealer
) -> list[AttachmentView]:
    return [
        AttachmentView(
            attachment_id=a["id"],
            file_name=await text_of(sealer, names[a["id"]], conversation.key_id)
            if a["id"] in names and (all_of_it or not (a["withheld"] or a["unnamed"]))
            else None,
            media_type=a["media_type"],
            size_bytes=a["size_bytes"],
            withheld=a["withheld"],
        )
        for a in message.get("attachments", ())
    ]
