"""Conversations and messages as views: nobody reads more than is theirs."""

from collections.abc import Mapping, Sequence

from chassis.auth import Actor
from chassis.http import Runtime
from chassis.sealing import Sealer, Unreadable, opened
from chassis.store import Document
from messaging.attachments.store import sealed_names
from messaging.conversations.domain.conversation import Conversation
from messaging.conversations.views import (
    AttachmentView,
    ConversationView,
    LockView,
    MessageView,
    QuestionView,
    TranslationView,
)
from messaging.translations.store import NOT_TRANSLATED, Translated
from ombud_contracts.vocabulary import Role


def conversation_view(state: Conversation) -> ConversationView:
    """Return the screen of a conversation."""
    return ConversationView(
        case_id=state.case_id,
        market=state.market,
        language=state.language,
        owes_reply=state.owes_reply,
        waived=state.waived,
        reply_due_by=state.reply_due_by,
        locks=[
            LockView(party=k.party, reason=k.reason, unlocked_by=k.unlocked_by, since=k.since, until=k.until)
            for k in state.locks
        ],
        change=state.changes,
    )


def questions_of(state: Conversation, actor: Actor) -> list[QuestionView]:
    """Return what the buyer asked lately, in code points of the texts as the reader sees them: one's own as written."""
    own = actor.role == Role.BUYER
    return [
        QuestionView(
            message_id=a.message_id,
            place=a.place,
            start=a.question.start if own else a.question.shown_start,
            end=a.question.end if own else a.question.shown_end,
            about=list(a.question.about),
            answered_by=a.answered_by,
        )
        for a in state.asked
    ]


async def message_view(
    message: Document,
    conversation: Conversation,
    actor: Actor,
    sealer: Sealer,
    names: Mapping[str, bytes] | None = None,
    translated: Translated = NOT_TRANSLATED,
) -> MessageView:
    """Return a message as its reader may see it: the author the original, others what may be shown.

    `names` are the sealed names of its files, `translated` what there is of it in other languages.
    """
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
        attachments=await _attachment_views(message, conversation, own or actor.staff, names or {}, sealer),
        insults=message["insults"],
        translations=await translation_views(translated.newest, conversation, sealer),
        submitted_at=message["submitted_at"],
    )


async def translation_views(
    versions: Sequence[Document], conversation: Conversation, sealer: Sealer
) -> list[TranslationView]:
    """Return translations of a message whose reader sees it."""
    return [
        TranslationView(
            language=v["language"],
            version=v["version"],
            text=await text_of(sealer, v["text"], conversation.key_id),
            by=v["translator_role"],
            translated_at=v["at"],
        )
        for v in versions
    ]


async def _attachment_views(
    message: Document, conversation: Conversation, all_of_it: bool, names: Mapping[str, bytes], sealer: Sealer
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


async def names_in(runtime: Runtime, messages: Sequence[Document]) -> dict[str, bytes]:
    """Return the sealed names of the files of messages."""
    return await sealed_names(runtime.mongo, [a["id"] for m in messages for a in m.get("attachments", ())])


async def text_of(sealer: Sealer, sealed: bytes, key_id: str) -> str | None:
    """Return a sealed text, or None when it was erased."""
    try:
        return opened(await sealer.key(key_id), bytes(sealed))
    except Unreadable:
        return None
