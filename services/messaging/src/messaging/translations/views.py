"""What screens show of translations."""

from collections.abc import Sequence
from datetime import datetime

from chassis.http import View
from chassis.sealing import Sealer
from chassis.store import Document
from messaging.conversations.domain import Conversation
from messaging.conversations.texts import text_of
from ombud_words import MessageId


class TranslationView(View):
    """What a message says in another language, in the words of the platform's people; it is not the author's."""

    language: str
    version: int
    """From 1; the newest of its language."""
    text: str | None
    """None when it was erased."""
    by: str
    """The translator's role."""
    translated_at: datetime


class TranslatedView(View):
    """That a translation is kept. Its text is read with the message."""

    message_id: MessageId
    language: str
    version: int


class TranslationList(View):
    """Every version of every translation of a message, by version."""

    translations: list[TranslationView]


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
