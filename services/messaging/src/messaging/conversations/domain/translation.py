"""A translation: what a message says, in another language, in the words of the platform's people.

It stands beside the original and replaces nothing. It is never judged as the author's words, and is not a reply.
"""

from dataclasses import dataclass
from datetime import datetime

from messaging.conversations.domain.refusals import ConversationErased, TooManyTranslations
from ombud_words import MessageId, PersonId

MOST_TRANSLATIONS = 20
"""How many translations of a message are kept, earlier versions included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    message_id: MessageId
    language: str
    """BCP 47: a language, and a country where it matters."""
    version: int
    """Counts from 1 in each language; the newest is shown."""
    text: bytes
    """Sealed with the conversation's key."""
    sha256: str
    """Of the text, under a key that is erased with it (HMAC)."""
    characters: int
    translator_role: str
    translator_id: PersonId
    author_role: str
    author_id: PersonId
    """Who wrote the message: what is erased of them takes its translations along."""
    audience: str
    """The message's."""
    hash_key: bytes = b""
    """The key of the hash, sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTranslation:
    translation: Translation
    kept: int
    """How many translations of the message there are."""
    newest_sha256: str | None
    """Of the newest in this language, where there is one."""
    at: datetime


@dataclass(frozen=True, slots=True)
class TranslationAdded:
    """A version in a language; earlier ones of that language are kept beside it."""

    translation: Translation
    at: datetime


def add(command: AddTranslation, erased: bool) -> list[TranslationAdded]:
    """Return what happens. The same words again change nothing. Raises ConversationErased, TooManyTranslations."""
    if erased:
        raise ConversationErased("the texts of this conversation were erased for good")
    if command.newest_sha256 == command.translation.sha256:
        return []
    if command.kept >= MOST_TRANSLATIONS:
        raise TooManyTranslations(f"at most {MOST_TRANSLATIONS} translations of a message are kept")
    return [TranslationAdded(command.translation, command.at)]
