"""Rows of attachments: who uploaded what for which conversation, and whether it was sent.

`ARRIVING` (a file on its way, without an attachment yet) → gone; `UNSENT` → `SENT` → `ERASED` → `GONE`. Names and what is
written in a file are sealed; nothing else here says anything about a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from chassis.aggregate import Unit
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Reader
from messaging.conversations.domain import Attached, Letter
from ombud_files.report import Passage
from ombud_words import AttachmentId, CaseId, PersonId

ATTACHMENTS = "attachments"
SENT = "SENT"
ARRIVING, UNSENT, ERASED, GONE = "ARRIVING", "UNSENT", "ERASED", "GONE"
ATTACHMENT_INDEXES: Indexes = {
    ATTACHMENTS: [
        Index(("status", 1), ("at", 1)),
        Index(("uploader_id", 1), ("uploader_role", 1), ("status", 1)),
        Index(("case_id", 1)),
    ],
}
PASSAGES: TypeAdapter[list[Passage]] = TypeAdapter(list[Passage])


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads, in which conversation: an attachment is theirs until it is sent."""

    role: str
    id: PersonId
    case_id: CaseId


async def find_attachment(store: Reader, id: AttachmentId) -> Document | None:
    """Return an attachment, or None. The caller decides who may see it."""
    return await store.find_one(ATTACHMENTS, {"_id": id})


async def unsent_of(store: Reader, ids: Sequence[AttachmentId], uploader: Uploader, since: datetime) -> list[Document]:
    """Return those of these attachments that this person may still send in this conversation, in the order asked for."""
    where = {
        "_id": {"$in": list(ids)},
        "status": UNSENT,
        "case_id": uploader.case_id,
        "uploader_role": uploader.role,
        "uploader_id": uploader.id,
        "at": {"$gte": since},
    }
    found = {d["_id"]: d for d in await store.find(ATTACHMENTS, where, limit=len(ids))}
    return [found[id] for id in ids if id in found]


async def count_unsent(store: Reader, uploader: Uploader, limit: int) -> int:
    """Return how many files of a person wait to be sent, over all conversations, counting no further than `limit`."""
    where = {"uploader_id": uploader.id, "uploader_role": uploader.role, "status": UNSENT}
    return await store.count(ATTACHMENTS, where, limit)


async def sealed_names(store: Reader, ids: Sequence[AttachmentId]) -> dict[AttachmentId, bytes]:
    """Return the sealed names of attachments that still have one."""
    if not ids:
        return {}
    found = await store.find(ATTACHMENTS, {"_id": {"$in": list(ids)}}, limit=len(ids), only=["name"])
    return {d["_id"]: bytes(d["name"]) for d in found if d.get("name")}


async def expire(mongo: Mongo, status: str, before: datetime) -> None:
    """Give up what has had this status since before an instant; one that is sent meanwhile is not touched."""
    await mongo.change(ATTACHMENTS, {"status": status, "at": {"$lt": before}}, _ERASE)


async def erase_attachments(mongo: Mongo, where: Document) -> None:
    """Make attachments unreadable at once, for good; their bytes follow. Safe to repeat."""
    await mongo.change(ATTACHMENTS, {**where, "status": {"$in": [UNSENT, SENT]}}, _ERASE)


async def erased(mongo: Mongo, limit: int) -> list[Document]:
    """Return attachments whose bytes are still to be removed."""
    return await mongo.find(ATTACHMENTS, {"status": ERASED}, limit=limit, only=["file_id", "message_id"])


async def bytes_removed(mongo: Mongo, row: Document) -> None:
    """Note that an erased attachment's bytes are gone; of one that was never sent nothing stays."""
    if row.get("message_id"):
        await mongo.change(ATTACHMENTS, {"_id": row["_id"]}, [{"$set": {"status": GONE}}])
    else:
        await mongo.remove(ATTACHMENTS, {"_id": row["_id"]})


def attached(row: Document) -> Attached:
    """Return an attachment as its message carries it."""
    return Attached(id=row["_id"], sha256=row["sha256"], media_type=row["media_type"], size_bytes=row["size_bytes"])


def mark_sent(letter: Letter, unit: Unit) -> None:
    """Note that the files of a letter belong to it from now on."""
    for file in letter.checked.attachments:
        unit.upsert(ATTACHMENTS, file.id, {"status": SENT, "message_id": letter.message_id})


_NOTHING: Document = {"wrapped_key": b"", "name": b"", "passages": b"", "hashes": b"", "hash_key": b""}
_ERASE = [{"$set": {**_NOTHING, "status": ERASED}}]
