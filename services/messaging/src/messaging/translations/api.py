"""Translations of messages by the platform's people: the original and every translation are kept."""

from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import RequestModel, Text, Who
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from chassis.sealing import HashKey, Sealer, new_hash_key, opened_hash_key, sealed
from chassis.store import Document
from messaging.conversations.access import conversation_for, message_for
from messaging.conversations.domain import (
    AddTranslation,
    Conversation,
    ConversationErased,
    Translation,
    UnknownMessage,
)
from messaging.conversations.parameters import Markets, MessageParam, Seals
from messaging.conversations.store import CONVERSATIONS, conversation_id, find_visible
from messaging.translations.domain import TellsWhatWasRedacted
from messaging.translations.store import NOT_TRANSLATED, Translated, translations_of
from messaging.translations.views import TranslatedView, TranslationList, translation_views
from messaging.writing.drafts import Drafts
from ombud_contracts.market import Market
from ombud_detection import Kind

router = routes("messaging")


class TranslationRequest(RequestModel):
    """What a message says, in another language."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    """BCP 47, such as `de` or `pt-BR`."""
    text: Text


@router.post("/messages/{message_id}/translations", status_code=201)
async def add_translation(
    message_id: MessageParam,
    body: TranslationRequest,
    actor: Who,
    unit: KeyedUnit,
    sealer: Seals,
    drafts: Annotated[Drafts, provided("drafts")],
    markets: Markets,
) -> TranslatedView:
    """Put a translation beside a message. It replaces the one in its language; earlier ones are kept."""
    message = await message_for(unit, message_id, actor, Action.TRANSLATE_MESSAGE)
    conversation = await unit.guard(CONVERSATIONS, conversation_id(message["case_id"]))
    await _expect_translatable(body.text, message, markets[conversation.market], drafts, unit)
    kept = (await translations_of(unit, [message])).get(message_id, NOT_TRANSLATED)
    translation = await _translation(body, message, conversation, actor, kept, sealer)
    before = kept.newest_in(body.language)
    same = before is not None and before["sha256"] == translation.sha256
    command = AddTranslation(
        translation=translation,
        kept=len(kept.versions),
        newest_sha256=before["sha256"] if before else None,
        at=unit.now,
    )
    await unit.execute(CONVERSATIONS, conversation_id(conversation.case_id), command)
    version = before["version"] if before and same else translation.version
    return TranslatedView(message_id=message_id, language=body.language, version=version)


@router.get("/messages/{message_id}/translations")
async def list_translations(message_id: MessageParam, actor: Who, unit: ReadUnit, sealer: Seals) -> TranslationList:
    """Read every version of the translations of a message that the reader may see."""
    message = await find_visible(unit, message_id, actor.role, actor.id)
    if message is None:
        raise UnknownMessage
    conversation = await conversation_for(unit, message["case_id"], actor, Action.READ_CASE)
    kept = (await translations_of(unit, [message])).get(message_id, NOT_TRANSLATED)
    return TranslationList(translations=await translation_views(kept.versions, conversation, sealer))


async def _expect_translatable(text: str, message: Document, market: Market, drafts: Drafts, unit: Unit) -> None:
    """Refuse a translation of what is erased, and one with contact data, which its message's readers were not shown (R-04).

    Words that invite may be translated: they are still there.
    """
    if not message["shown"]:
        raise ConversationErased("the text was erased for good")
    if not message["redacted"]:
        return
    found = await drafts.preview(text, message["author_role"], market, unit.now)
    if found.failed or any(f.kind is not Kind.INVITE for f in found.findings):
        raise TellsWhatWasRedacted("translate the message as its readers see it, with its marks for what was taken out")


async def _translation(
    body: TranslationRequest,
    message: Document,
    conversation: Conversation,
    actor: Actor,
    kept: Translated,
    sealer: Sealer,
) -> Translation:
    before = kept.newest_in(body.language)
    key = await sealer.key(conversation.key_id)
    hash_key = _hash_key(body.text, before, key)
    return Translation(
        message_id=message["_id"],
        language=body.language,
        version=before["version"] + 1 if before else 1,
        text=sealed(key, body.text),
        sha256=hash_key.hash_of(body.text.encode()),
        hash_key=hash_key.sealed(key),
        characters=len(body.text),
        translator_role=actor.role,
        translator_id=actor.id,
        author_role=message["author_role"],
        author_id=message["author_id"],
        audience=message["audience"],
    )


def _hash_key(text: str, before: Document | None, key: Fernet) -> HashKey:
    """Return a new key for a translation's hash; for the same words again, the one that they were kept with."""
    if before is not None and before.get("hash_key"):
        known = opened_hash_key(key, bytes(before["hash_key"]))
        if known.hash_of(text.encode()) == before["sha256"]:
            return known
    return new_hash_key()
