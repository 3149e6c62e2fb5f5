"""Attachments: uploading one, and reading it by a link."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Header, Request
from starlette.responses import Response, StreamingResponse

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible
from chassis.http import Who
from chassis.ids import derived_id
from chassis.problems import told_as_problem
from chassis.routes import ReadUnit, WriteUnit, provided, routes
from chassis.sealing import Unreadable
from chassis.store import Document
from messaging.attachments.domain import FileNameRefused, expect_name
from messaging.attachments.keeping import SENT_WITHIN, Attachments, Kept
from messaging.attachments.links import Links, Target
from messaging.attachments.receiving import Receiving
from messaging.attachments.store import Uploader, find_attachment
from messaging.attachments.views import LinkView, UploadedView
from messaging.conversations.access import conversation_for
from messaging.conversations.domain import Conversation, expect_may_write, expect_reopens
from messaging.conversations.parameters import AttachmentParam, CaseParam, Markets, MessageParam
from messaging.conversations.store import CONVERSATIONS, conversation_id, find_message_with
from ombud_contracts.market import Market
from ombud_files.disposition import file_name
from ombud_files.kinds import ACCEPTED
from ombud_words import AttachmentId, Audience

router = routes("messaging")
UPLOAD = "/conversations/{case_id}/attachments"
_UNNAMED = "attachment"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD_BODY = {"requestBody": {"required": True, "content": {kind.media_type: _BINARY for kind in ACCEPTED}}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {kind.media_type: _BINARY for kind in ACCEPTED}}
}
_TOO_SLOW: dict[int | str, dict[str, Any]] = {408: told_as_problem(408)}
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
UploadKey = Annotated[
    str,
    Header(alias="idempotency-key", pattern=r"^[!-~]{1,128}$", description="New for each file, repeated on a retry."),
]
Disposition = Annotated[
    str,
    Header(alias="content-disposition", max_length=2_000, description="`attachment; filename*=UTF-8''…` (RFC 6266)."),
]


KeptFiles = Annotated[Attachments, provided("attachments")]


async def _arrived(
    case_id: CaseParam,
    request: Request,
    actor: Who,
    unit: ReadUnit,
    markets: Markets,
    idempotency_key: UploadKey,
    content_disposition: Disposition,
    attachments: KeptFiles,
    receiving: Annotated[Receiving, provided("receiving")],
) -> Kept | Document:
    """Receive and check a file once, before the transaction that keeps its row, which may be tried several times.

    Returns the row that the same upload made before, where there is one.
    """
    conversation = await _writable(case_id, actor, markets, unit)
    uploader = Uploader(actor.role, actor.id, case_id)
    id = AttachmentId(derived_id("att", actor.role, actor.id, case_id, idempotency_key))
    name = _named(content_disposition)
    async with receiving.received(request.stream(), f"{actor.role}:{actor.id}") as received:
        known = await attachments.known(id, received, conversation, unit)
        if known is not None:
            return known
        await attachments.expect_room(uploader, unit)
        return await attachments.keep(id, received, name, uploader, conversation)


@router.post(UPLOAD, status_code=201, openapi_extra=_UPLOAD_BODY, responses=_TOO_SLOW)
async def upload_attachment(
    case_id: CaseParam,
    actor: Who,
    unit: WriteUnit,
    markets: Markets,
    arrived: Annotated[Kept | Document, Depends(_arrived)],
    attachments: KeptFiles,
) -> UploadedView:
    """Upload a file that a message will carry; what it is, its content says. It waits a day to be sent."""
    conversation = await _writable(case_id, actor, markets, unit)
    await unit.guard(CONVERSATIONS, conversation_id(case_id))  # nobody is locked out of it meanwhile
    row = await attachments.note(arrived, unit) if isinstance(arrived, Kept) else arrived
    return await _uploaded(row, conversation, attachments)


@router.get("/messages/{message_id}/attachments/{attachment_id}/link")
async def link_attachment(
    message_id: MessageParam,
    attachment_id: AttachmentParam,
    actor: Who,
    unit: ReadUnit,
    links: Annotated[Links, provided("links")],
) -> LinkView:
    """Get a link to a file of a message: for this reader alone, and for a few minutes."""
    target = Target(message_id, attachment_id)
    await _seen(unit, target, actor)
    token, expires_at = links.token(target, actor)
    return LinkView(url=f"/attachments/{token}", expires_at=expires_at)


@router.get("/attachments/{token}", response_class=Response, responses=_FILE)
async def read_attachment(
    token: str,
    actor: Who,
    unit: ReadUnit,
    attachments: KeptFiles,
    links: Annotated[Links, provided("links")],
) -> StreamingResponse:
    """Read a file by its link. It is to be saved, never shown in the page of the marketplace."""
    target = links.target(token, actor)
    if target is None:
        raise NotVisible
    row, conversation, named = await _seen(unit, target, actor)
    name, frames = await _opened(row, conversation, attachments)
    shown = name if named else f"{_UNNAMED}.{name.rpartition('.')[2]}"
    headers = {"Content-Disposition": _disposition(shown), "Content-Length": str(row["size_bytes"]), **_HEADERS}
    return StreamingResponse(frames, media_type=row["media_type"], headers=headers)


async def _writable(case_id: CaseParam, actor: Actor, markets: Mapping[str, Market], unit: Unit) -> Conversation:
    conversation = await conversation_for(unit, case_id, actor, Action.WRITE_MESSAGE)
    expect_may_write(conversation, actor.role, Audience.THREAD, unit.now)
    expect_reopens(conversation, actor.role, markets[conversation.market].reopening.within, unit.now)
    return conversation


async def _opened(
    row: Document, conversation: Conversation, attachments: Attachments
) -> tuple[str, AsyncIterator[bytes]]:
    try:
        return await attachments.name_of(row, conversation), await attachments.content(row, conversation)
    except Unreadable:
        raise NotVisible from None


async def _seen(unit: Unit, target: Target, actor: Actor) -> tuple[Document, Conversation, bool]:
    """Return a file that the reader may see now, its conversation, and whether they see its name. Raises NotVisible."""
    message = await find_message_with(unit, target.message_id, target.attachment_id, actor.role, actor.id)
    row = await find_attachment(unit, target.attachment_id) if message else None
    if message is None or row is None or not row["wrapped_key"]:
        raise NotVisible
    conversation = await conversation_for(unit, message["case_id"], actor, Action.READ_CASE)
    own = message["author_id"] == actor.id and message["author_role"] == actor.role
    unnamed = any(a["id"] == target.attachment_id and a["unnamed"] for a in message["attachments"])
    return row, conversation, own or actor.staff or not unnamed


async def _uploaded(row: Document, conversation: Conversation, attachments: Attachments) -> UploadedView:
    kept_sha256, original_sha256 = await attachments.hashes_of(row, conversation)
    return UploadedView(
        attachment_id=row["_id"],
        file_name=await attachments.name_of(row, conversation),
        media_type=row["media_type"],
        size_bytes=row["size_bytes"],
        sha256=kept_sha256,
        original_sha256=original_sha256,
        send_by=row["at"] + SENT_WITHIN,
    )


def _named(disposition: str) -> str:
    """Return the file name in a Content-Disposition header. Raises FileNameRefused."""
    name = file_name(disposition)
    if not name:
        raise FileNameRefused("Name the file: Content-Disposition: attachment; filename*=UTF-8''…")
    return expect_name(name)


def _disposition(name: str) -> str:
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
