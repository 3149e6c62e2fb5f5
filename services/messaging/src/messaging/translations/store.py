"""Translations as they are kept: sealed, every version beside its message, and erased with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chassis.mongo import Mongo
from chassis.store import Document, Reader
from messaging.conversations.domain import MOST_TRANSLATIONS
from messaging.conversations.store import TRANSLATIONS
from ombud_words import MessageId

_NOTHING: Document = {"text": b"", "hash_key": b""}


@dataclass(frozen=True, slots=True)
class Translated:
    """What there is of a message in other languages, oldest version first."""

    versions: Sequence[Document] = ()

    @property
    def newest(self) -> list[Document]:
        """The newest version in each language, by language."""
        by_language = {v["language"]: v for v in self.versions}
        return [by_language[language] for language in sorted(by_language)]

    def newest_in(self, language: str) -> Document | None:
        """The newest version in a language, or None."""
        return next((v for v in self.newest if v["language"] == language), None)


NOT_TRANSLATED = Translated()


async def translations_of(store: Reader, messages: Iterable[Document]) -> Mapping[MessageId, Translated]:
    """Return what there is of messages in other languages, by message; who sees a message sees these."""
    ids = [m["_id"] for m in messages if m.get("translated")]
    if not ids:
        return {}
    order = [("message_id", 1), ("version", 1)]
    where = {"message_id": {"$in": ids}}
    found = await store.find(TRANSLATIONS, where, sort=order, limit=len(ids) * MOST_TRANSLATIONS)
    by_message: dict[MessageId, list[Document]] = {id: [] for id in ids}
    for version in found:
        by_message[version["message_id"]].append(version)
    return {id: Translated(versions) for id, versions in by_message.items()}


async def erase_translations(mongo: Mongo, where: Document) -> None:
    """Make translations unreadable, for good; that they were made stays. Safe to repeat."""
    await mongo.change(TRANSLATIONS, where, [{"$set": _NOTHING}])
