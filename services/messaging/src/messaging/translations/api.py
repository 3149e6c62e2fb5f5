"""Translations of messages by the platform's people: the original and every translation are kept."""

from collections.abc import Mapping
from typing import Annotated

from cryptography.fernet import Fernet
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import Id, KeyedCommand, RequestModel, Running, Text, View, Who
from chassis.sealing import HashKey, Sealer, new_hash_key, opened_hash_key, sealed
from chassis.store import Document
from messaging.conversations.access import conversation_for, message_for
from messaging.conversations.domain.conversation import Conversation
from messaging.conversations.domain.refusals import ConversationErased, TellsWhatWasRedacted, UnknownMessage
from messaging.conversations.domain.translation import AddTranslation, Translation
from messaging.conversations.store import CONVERSATIONS, conversation_id, find_message, find_visible
from messaging.conversations.views import TranslatedView, TranslationList
from messaging.reading.screens import translation_views
from messaging.translations.store import NOT_TRANSLATED, Translated, translations_of
from messaging.writing.drafts import Drafts
from ombud_contracts.market import Market
from ombud_detection import Kind


class TranslationRequest(RequestModel):
    """What a message says, in another language."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    """BCP 47, such as `de` or `pt-BR`."""
    text: Text


def router_for(sealer: Sealer, drafts: Drafts, markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes of translations."""
    router = APIRouter()

    @router.post("/messages/{message_id}/translations", status_code=201, response_model=TranslatedView)
    async def add_translation(
        message_id: Id, body: TranslationRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Put a translation beside a message. It replaces the one in its language; earlier ones are kept."""
        case_id = (await message_for(runtime, message_id, actor, Action.TRANSLATE_MESSAGE))["case_id"]

        async def effect(unit: Unit) -> View:
            id = conversation_id(case_id)
            conversation = await unit.read(CONVERSATIONS, id)
            message = await find_message(runtime.mongo, message_id)
            assert conversation is not None, "a message has a conversation"
            assert message is not None, "a message stays when its text goes"
            if not message["shown"]:
                raise ConversationErased("the text was erased for good")
            if message["redacted"]:
                await _expect_redacted(body.text, message, markets[conversation.market], drafts)
            kept = (await translations_of(runtime.mongo, [message])).get(message_id, NOT_TRANSLATED)
            translation = await _translation(body, message, conversation, actor, kept, sealer)
            before = kept.newest_in(body.language)
            newest_sha256 = before["sha256"] if before else None
            command = AddTranslation(translation, len(kept.versions), newest_sha256, runtime.now())
            await unit.execute(CONVERSATIONS, id, command)
            version = before["version"] if before and newest_sha256 == translation.sha256 else translation.version
            return TranslatedView(message_id=message_id, language=body.language, version=version)

        return await work.once(effect, on=case_id, status=201)

    @router.get("/messages/{message_id}/translations")
    async def list_translations(message_id: Id, actor: Who, runtime: Running) -> TranslationList:
        """Read every version of the translations of a message that the reader may see."""
        message = await find_visible(runtime.mongo, message_id, actor.role, actor.id, actor.staff)
        if message is None:
            raise UnknownMessage
        conversation = await conversation_for(runtime, message["case_id"], actor, Action.READ_CASE)
        kept = (await translations_of(runtime.mongo, [message])).get(message_id, NOT_TRANSLATED)
        return TranslationList(translations=await translation_views(kept.versions, conversation, sealer))

    return router


async def _expect_redacted(text: str, message: Document, market: Market, drafts: Drafts) -> None:
    """Refuse a translation with contact data, which its message's readers were not shown (R-04). Words that invite may be
    translated: they are still there."""
    found = await drafts.preview(text, message["author_role"], market)
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
