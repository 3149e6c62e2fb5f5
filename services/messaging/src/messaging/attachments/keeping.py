"""Keeps attachments: checks a file, seals it, stores it, and gives it back to those who asked rightly."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet

from chassis.aggregate import Cause, Session, Unit
from chassis.files import Files, NoFile
from chassis.ids import new_id
from chassis.mongo import Mongo
from chassis.problems import Problem
from chassis.sealed_files import file_key, new_file_key, opened_frames, sealed_frames
from chassis.sealing import Sealer, Unreadable, new_hash_key, opened, sealed
from chassis.store import Document, Reader
from messaging.attachments.domain import (
    Limits,
    NotAttachable,
    TooManyUnsentFiles,
    UnacceptableFile,
    expect_within,
    with_ending,
)
from messaging.attachments.receiving import Received
from messaging.attachments.store import (
    ARRIVING,
    ATTACHMENTS,
    PASSAGES,
    UNSENT,
    Uploader,
    attached,
    count_unsent,
    find_attachment,
    sealed_names,
    unsent_of,
)
from messaging.conversations.domain import Attached, Conversation
from ombud_detection import Part, part_of_file, part_of_name
from ombud_files.checking import FileChecks
from ombud_files.report import FileRefused
from ombud_words import AttachmentId

SENT_WITHIN = timedelta(days=1)
"""How long a file waits for the message that carries it."""
_STORED_AT_ONCE = 4
"""The drivers gather up to 32 MB of a file before they write it; this bounds the memory that it takes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checked file that is stored under an id of its own, and the attachment's row to write."""

    id: AttachmentId
    file_id: str
    row: Document
    name: str


class Attachments:
    """What becomes of files between upload and reading."""

    def __init__(
        self,
        mongo: Mongo,
        files: Files,
        sealer: Sealer,
        checks: FileChecks,
        now: Callable[[], datetime],
        limits: Limits,
        unsent_files: int,
    ) -> None:
        self._mongo = mongo
        self._files = files
        self._sealer = sealer
        self._checks = checks
        self._now = now
        self._limits = limits
        self._unsent_files = unsent_files
        self._storing = asyncio.Semaphore(_STORED_AT_ONCE)

    async def known(
        self, id: AttachmentId, received: Received, conversation: Conversation, store: Reader
    ) -> Document | None:
        """Return the attachment that this very upload made before, or None. Another file under the id is refused."""
        row = await find_attachment(store, id)
        if row is not None and (await self.hashes_of(row, conversation))[1] != received.sha256:
            raise Problem(422, "idempotency_key_reused", "The key was used with another file: send a new key.")
        return row

    async def expect_room(self, uploader: Uploader, store: Reader) -> None:
        """Raise TooManyUnsentFiles when a person has as many files waiting as the rules allow."""
        if await count_unsent(store, uploader, self._unsent_files) >= self._unsent_files:
            raise TooManyUnsentFiles(
                f"at most {self._unsent_files} files can wait to be sent. Send some of them, or wait a day."
            )

    async def keep(
        self, id: AttachmentId, received: Received, given_name: str, uploader: Uploader, conversation: Conversation
    ) -> Kept:
        """Check, seal and store a file. Raises UnacceptableFile, Unreadable; then nothing is stored."""
        try:
            checked = await self._checks.check(received.content)
        except FileRefused as refused:
            raise UnacceptableFile(refused.why) from None
        with checked.kept as content:
            name = with_ending(given_name, checked.report.extension)
            conversation_key = await self._sealer.key(conversation.key_id)
            key, wrapped = new_file_key(conversation_key)
            file_id = await self._arriving()
            async with self._storing:
                await self._files.put(file_id, sealed_frames(key, file_id, content))
            content.seek(0)
            hash_key = new_hash_key()
            keyed = hash_key.hash_of(content.read())
        row = {
            "case_id": conversation.case_id,
            "uploader_role": uploader.role,
            "uploader_id": uploader.id,
            "status": UNSENT,
            "file_id": file_id,
            "wrapped_key": wrapped,
            "name": sealed(conversation_key, name),
            "passages": conversation_key.encrypt(PASSAGES.dump_json(list(checked.report.passages))),
            "media_type": checked.report.media_type,
            "size_bytes": checked.length,
            "sha256": keyed,
            "hash_key": hash_key.sealed(conversation_key),
            "hashes": sealed(conversation_key, f"{checked.sha256} {received.sha256}"),
            "message_id": None,
            "at": self._now(),
        }
        return Kept(id, file_id, row, name)

    async def _arriving(self) -> str:
        """Note a file before it is written, so that none is left behind that nobody knows of."""
        file_id = new_id("fil")
        session = Session(self._mongo, self._now)
        row = {"status": ARRIVING, "file_id": file_id, "at": self._now()}
        session.unit(Cause(file_id, file_id)).insert(ATTACHMENTS, file_id, row)
        await session.commit()
        return file_id

    async def note(self, kept: Kept, unit: Unit) -> Document:
        """Write a stored file's attachment; if the same upload made one meanwhile, return that, and give this file up."""
        known = await find_attachment(unit, kept.id)
        if known is not None:
            return known  # the job removes the file: its row says that it never arrived
        unit.delete(ATTACHMENTS, kept.file_id)
        unit.insert(ATTACHMENTS, kept.id, kept.row)
        return {**kept.row, "_id": kept.id}

    async def to_send(
        self, ids: Sequence[AttachmentId], uploader: Uploader, conversation: Conversation, store: Reader
    ) -> tuple[tuple[Attached, ...], tuple[Part, ...]]:
        """Return a message's files, and what is written in and on them. Raises NotAttachable and refusals of limits."""
        if not ids:
            return (), ()
        rows = await unsent_of(store, ids, uploader, self._now() - SENT_WITHIN)
        if len(rows) < len(ids):
            raise NotAttachable(
                "a file was sent before, is no longer kept, or is not yours to send here: upload it again"
            )
        files = tuple(attached(row) for row in rows)
        expect_within(files, self._limits)
        key = await self._sealer.key(conversation.key_id)
        return files, tuple(part for row in rows for part in _parts(row, key))

    async def said_by_names(
        self, ids: Sequence[AttachmentId], conversation: Conversation, store: Reader
    ) -> dict[AttachmentId, str]:
        """Return what the names of these files say, by id, as far as they were not erased."""
        names = await sealed_names(store, ids)
        key = await self._sealer.key(conversation.key_id)
        return {id: part_of_name(id, opened(key, name)).words for id, name in names.items()}

    async def hashes_of(self, row: Document, conversation: Conversation) -> tuple[str, str]:
        """Return the plain hashes of a file as it is kept and as it came, for its uploader; empty once it is erased."""
        if not row.get("hashes"):
            return "", ""
        key = await self._sealer.key(conversation.key_id)
        kept, _, original = opened(key, bytes(row["hashes"])).partition(" ")
        return kept, original

    async def name_of(self, row: Document, conversation: Conversation) -> str:
        """Return a file's name. Raises Unreadable."""
        return opened(await self._sealer.key(conversation.key_id), bytes(row["name"]))

    async def content(self, row: Document, conversation: Conversation) -> AsyncIterator[bytes]:
        """Return a file's bytes, frame by frame; its first one is read already. Raises Unreadable."""
        key = file_key(await self._sealer.key(conversation.key_id), bytes(row["wrapped_key"]))
        frames = opened_frames(key, row["file_id"], self._files.parts(row["file_id"]))
        try:
            first = await anext(frames)
        except NoFile:
            raise Unreadable("the file was removed") from None
        return _with_first(first, frames)


async def _with_first(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for frame in others:
        yield frame


def _parts(row: Document, key: Fernet) -> list[Part]:
    passages = PASSAGES.validate_json(opened(key, bytes(row["passages"])))
    name = part_of_name(row["_id"], opened(key, bytes(row["name"])))
    return [name, *(part_of_file(row["_id"], p.place, p.text, p.symbology) for p in passages)]
