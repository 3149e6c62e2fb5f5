"""What data protection does to stored texts and keys. Everything here can be repeated without harm, and is never undone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.sealing import KEYS
from chassis.store import Document, Reader
from messaging.attachments.store import erase_attachments
from messaging.conduct.store import CONDUCT_TEXTS, by_author, erase_conduct_texts
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES
from messaging.discussions.store import CHECK_INS, READ_MARKS
from messaging.protection import domain as erasure
from messaging.protection.publish import publish_erasure
from messaging.translations.store import erase_translations
from messaging.writing.store import DRAFTS, REPLIES
from ombud_words import PersonId, Role

PAGE = 200
_ERASURES = "erasures"
_DRAFTS_KEPT = timedelta(days=7)
_FINGERPRINTS_KEPT = timedelta(days=90)
_NOTHING: Document = {"original": b"", "shown": b"", "hash_key": b""}
PROTECTION_INDEXES: Indexes = {
    _ERASURES: [Index(("ordered_at", 1), partial={"done": False})],
}

ERASURES: Kind[erasure.Command, erasure.Event, erasure.Erasure] = Kind(
    collection=_ERASURES,
    state=erasure.Erasure,
    decide=erasure.decide,
    evolve=erasure.evolve,
    publish=publish_erasure,
    origin=lambda s: Origin(key=s.person_id),
    fields=lambda s: {"ordered_at": s.ordered_at, "done": s.erased_at is not None},
)


async def markets_of_person(store: Reader, role: str, person_id: PersonId) -> tuple[str, ...]:
    """Return the markets in which somebody is a party of conversations, or wrote in them."""
    written = by_author(role, person_id)
    places = {
        Role.BUYER: [(CONVERSATIONS_COLLECTION, {"buyer_id": person_id})],
        Role.SELLER: [(CONVERSATIONS_COLLECTION, {"seller_id": person_id})],
    }.get(Role(role), [(MESSAGES, written), (CONDUCT_TEXTS, written)])
    known: list[str] = []
    for collection, where in places:
        while another := await store.find_one(collection, {**where, "market": {"$nin": known}}):
            known.append(another["market"])
    return tuple(sorted(known))


async def next_erasure(mongo: Mongo) -> erasure.Erasure | None:
    """Return the erasure that has waited longest, or None."""
    found = await mongo.find(_ERASURES, {"done": False}, sort=[("ordered_at", 1)], limit=1)
    return ERASURES.decode(found[0]["state"]) if found else None


async def conversations_of_buyer(mongo: Mongo, buyer_id: PersonId, after: str) -> list[Document]:
    """Return a page of a buyer's conversations, with their keys' ids, in the order of their ids."""
    where = {"buyer_id": buyer_id, "_id": {"$gt": after}}
    return await mongo.find(CONVERSATIONS_COLLECTION, where, sort=[("_id", 1)], limit=PAGE, only=["key_id"])


async def conversations_closed_before(mongo: Mongo, market: str, at: datetime) -> list[Document]:
    """Return a page of conversations that were closed before an instant and can still be read."""
    where = {"market": market, "closed_at": {"$lt": at}, "erased_at": None}
    return await mongo.find(CONVERSATIONS_COLLECTION, where, sort=[("closed_at", 1)], limit=PAGE, only=["key_id"])


async def erase_conversations(mongo: Mongo, conversations: Sequence[Document]) -> int:
    """Delete the keys of conversations and the bytes sealed with them; return how many messages they had."""
    await mongo.remove(KEYS, {"_id": {"$in": [c["key_id"] for c in conversations]}})
    cases = _cases_of(conversations)
    messages = await mongo.change(MESSAGES, {"case_id": {"$in": cases}}, [{"$set": _NOTHING}])
    await erase_attachments(mongo, {"case_id": {"$in": cases}})
    await erase_translations(mongo, {"case_id": {"$in": cases}})
    await erase_conduct_of(mongo, conversations)
    await mongo.remove(REPLIES, {"case_id": {"$in": cases}})
    return messages


async def erase_conduct_of(mongo: Mongo, conversations: Sequence[Document]) -> None:
    """Delete what was written about complaints in the cases of conversations."""
    await erase_conduct_texts(mongo, {"case_id": {"$in": _cases_of(conversations)}})


def _cases_of(conversations: Sequence[Document]) -> list[str]:
    return [c["_id"].removeprefix("cnv_") for c in conversations]


async def erase_author(mongo: Mongo, role: str, person_id: PersonId) -> int:
    """Delete everything that a person wrote in any conversation, and the traces of it; return how many messages."""
    messages = await mongo.change(MESSAGES, {"author_id": person_id, "author_role": role}, [{"$set": _NOTHING}])
    await erase_attachments(mongo, {"uploader_id": person_id, "uploader_role": role})
    await erase_translations(mongo, {"author_id": person_id, "author_role": role})
    await erase_translations(mongo, {"translator_id": person_id, "translator_role": role})
    await erase_conduct_texts(mongo, by_author(role, person_id))
    drafts = await mongo.find(DRAFTS, {"author_id": person_id}, limit=10_000, only=["_id"])
    await mongo.remove(KEYS, {"_id": {"$in": [d["_id"] for d in drafts]}})
    await mongo.remove(DRAFTS, {"author_id": person_id})
    await mongo.remove(REPLIES, {"seller_id": person_id})
    await mongo.remove(CHECK_INS, {"_id": person_id})
    await mongo.remove(READ_MARKS, {"person_id": person_id})
    return messages


async def forget_unused(mongo: Mongo, now: datetime) -> None:
    """Delete a page of drafts that became no case, with their keys, and fingerprints that no reply is compared with."""
    old = {"written_at": {"$lt": now - _DRAFTS_KEPT}}
    drafts = [d["_id"] for d in await mongo.find(DRAFTS, old, limit=PAGE, only=["_id"])]
    if drafts:
        await mongo.remove(DRAFTS, {"_id": {"$in": drafts}})
        await mongo.remove(KEYS, {"_id": {"$in": drafts}})
    await mongo.remove(REPLIES, {"at": {"$lt": now - _FINGERPRINTS_KEPT}})
