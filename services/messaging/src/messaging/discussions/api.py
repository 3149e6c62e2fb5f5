"""Discussions: the replies that a seller owes, how far each conversation was read, and when the seller last looked (R-06)."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, authorize_role
from chassis.http import Command, Id, RequestModel, Running, Runtime, View, Who, Whole, read_cursor, write_cursor
from chassis.store import Document
from messaging.conversations.access import Cursor, PageSize, conversation_for
from messaging.conversations.views import DiscussionsView, OwedReplyView, ReadMarkView
from messaging.discussions.domain.check_in import CheckDiscussions
from messaging.discussions.domain.read_mark import MarkRead
from messaging.discussions.store import (
    CHECKS,
    MARKS,
    ListOf,
    last_check,
    mark_id,
    page_of_owed,
    place_read,
    read_positions,
    unread_messages,
)
from ombud_contracts.vocabulary import Role


class ReadMarkRequest(RequestModel):
    """How far somebody has read."""

    position: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1), Whole]
    """Of the newest message that was read."""


def list_for(actor: Actor, seller_id: str | None) -> ListOf:
    """Return whose list an actor sees: sellers their own, staff one of their markets. Raises NotVisible, Forbidden."""
    if actor.role == Role.SELLER and seller_id in (None, actor.id):
        return ListOf(actor.id, None)
    if not actor.staff and seller_id is not None:
        raise NotVisible
    authorize_role(actor, Action.READ_DISCUSSIONS)
    markets = None if actor.markets is None else tuple(sorted(actor.markets))
    return ListOf(seller_id or actor.id, markets)


def router_for() -> APIRouter:
    """Return the routes of the list of owed replies and of read marks."""
    router = APIRouter()

    @router.get("/discussions")
    async def get_discussions(
        actor: Who,
        work: Command,
        runtime: Running,
        seller_id: Id | None = None,
        cursor: Cursor = None,
        limit: PageSize = 30,
    ) -> DiscussionsView:
        """Show the replies that a seller owes, the nearest deadline first. A seller's opening is the check-in (R-06)."""
        whose = list_for(actor, seller_id)
        bound = f"discussions|{whose.seller_id}|{actor.role}|{actor.id}"
        after = _place(read_cursor(runtime, cursor, bound))
        owed = await page_of_owed(runtime.mongo, whose, after, limit + 1)
        view = DiscussionsView(
            owed=await _owed_views(owed[:limit], actor, runtime),
            last_checked_at=await last_check(runtime.mongo, whose),
            next_cursor=write_cursor(runtime, _position(owed[limit - 1]), bound) if len(owed) > limit else None,
        )
        if not actor.staff and cursor is None:
            await _check_in(work, actor.id, runtime.now(), view)
        return view

    @router.post("/conversations/{case_id}/read-marks", response_model=ReadMarkView)
    async def mark_read(case_id: Id, body: ReadMarkRequest, actor: Who, work: Command, runtime: Running) -> Response:
        """Say how far one has read. A mark never goes back, and never beyond what its reader can see."""
        await conversation_for(runtime, case_id, actor, Action.READ_CASE)
        place = await place_read(runtime.mongo, case_id, actor.role, actor.id, body.position)
        id = mark_id(case_id, actor.role, actor.id)

        async def effect(unit: Unit) -> View:
            mark = await unit.execute(MARKS, id, MarkRead(case_id, actor.role, actor.id, place, runtime.now()))
            return ReadMarkView(
                case_id=case_id,
                position=mark.position,
                unread=await unread_messages(runtime.mongo, case_id, actor.role, actor.id, mark.position),
            )

        return await work.run(effect, on=id)

    return router


async def _check_in(work: Command, seller_id: str, now: datetime, view: View) -> None:
    async def effect(unit: Unit) -> View:
        await unit.execute(CHECKS, seller_id, CheckDiscussions(seller_id, now))
        return view

    await work.run(effect, on=f"check-in|{seller_id}")


def _position(owed: Document) -> list[int | str]:
    return [int(owed["due_by"].timestamp() * 1000), owed["_id"]]


def _place(position: list[int | str] | None) -> tuple[datetime, str] | None:
    if position is None:
        return None
    return datetime.fromtimestamp(int(position[0]) / 1000, UTC), str(position[1])


async def _owed_views(owed: list[Document], actor: Actor, runtime: Runtime) -> list[OwedReplyView]:
    now, cases = runtime.now(), [o["case_id"] for o in owed]
    read = await read_positions(runtime.mongo, cases, actor.role, actor.id)
    unread = {c: await unread_messages(runtime.mongo, c, actor.role, actor.id, read.get(c, 0)) for c in cases}
    return [
        OwedReplyView(
            case_id=o["case_id"],
            since=o["since"],
            due_by=o["due_by"],
            seconds_left=int((o["due_by"] - now).total_seconds()),
            breached=o["breached"],
            read_position=read.get(o["case_id"], 0),
            unread=unread[o["case_id"]],
        )
        for o in owed
    ]
