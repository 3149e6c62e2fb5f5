"""Discussions: the replies that a seller owes, how far each conversation was read, and when the seller last looked (R-06)."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import RequestModel, Running, Who, Whole, read_cursor, write_cursor
from chassis.routes import WriteUnit, routes
from chassis.store import Document
from messaging.conversations.access import conversation_for
from messaging.conversations.parameters import CaseParam, Cursor, PageSize, SellerParam
from messaging.discussions.access import list_for
from messaging.discussions.domain import CheckDiscussions, MarkRead
from messaging.discussions.store import (
    CHECKS,
    MARKS,
    last_check,
    mark_id,
    page_of_owed,
    place_read,
    read_positions,
    unread_messages,
)
from messaging.discussions.views import DiscussionsView, OwedReplyView, ReadMarkView

router = routes("messaging")


class ReadMarkRequest(RequestModel):
    """How far somebody has read."""

    position: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1), Whole]
    """Of the newest message that was read."""


@router.get("/discussions")
async def get_discussions(
    actor: Who,
    unit: WriteUnit,
    runtime: Running,
    seller_id: SellerParam | None = None,
    cursor: Cursor = None,
    limit: PageSize = 30,
) -> DiscussionsView:
    """Show the replies that a seller owes, the nearest deadline first. A seller's opening is the check-in (R-06)."""
    whose = list_for(actor, seller_id)
    bound = f"discussions|{whose.seller_id}|{actor.role}|{actor.id}"
    owed = await page_of_owed(unit, whose, _place(read_cursor(runtime, cursor, bound)), limit + 1)
    view = DiscussionsView(
        owed=await _owed_views(owed[:limit], actor, unit),
        last_checked_at=await last_check(unit, whose),
        next_cursor=write_cursor(runtime, _position(owed[limit - 1]), bound) if len(owed) > limit else None,
    )
    if not actor.staff and cursor is None:
        await unit.execute(CHECKS, whose.seller_id, CheckDiscussions(whose.seller_id, unit.now))
    return view


@router.post("/conversations/{case_id}/read-marks")
async def mark_read(case_id: CaseParam, body: ReadMarkRequest, actor: Who, unit: WriteUnit) -> ReadMarkView:
    """Say how far one has read. A mark never goes back, and never beyond what its reader can see."""
    await conversation_for(unit, case_id, actor, Action.READ_CASE)
    position = await place_read(unit, case_id, actor.role, actor.id, body.position)
    command = MarkRead(case_id=case_id, role=actor.role, person_id=actor.id, position=position, at=unit.now)
    mark = await unit.execute(MARKS, mark_id(case_id, actor.role, actor.id), command)
    unread = await unread_messages(unit, case_id, actor.role, actor.id, mark.position)
    return ReadMarkView(case_id=case_id, position=mark.position, unread=unread)


def _position(owed: Document) -> list[int | str]:
    return [int(owed["due_by"].timestamp() * 1000), owed["_id"]]


def _place(position: list[int | str] | None) -> tuple[datetime, str] | None:
    if position is None:
        return None
    return datetime.fromtimestamp(int(position[0]) / 1000, UTC), str(position[1])


async def _owed_views(owed: list[Document], actor: Actor, unit: Unit) -> list[OwedReplyView]:
    read = await read_positions(unit, [o["case_id"] for o in owed], actor.role, actor.id)
    views = []
    for row in owed:
        place = read.get(row["case_id"], 0)
        views.append(
            OwedReplyView(
                case_id=row["case_id"],
                since=row["since"],
                due_by=row["due_by"],
                seconds_left=int((row["due_by"] - unit.now).total_seconds()),
                breached=row["breached"],
                read_position=place,
                unread=await unread_messages(unit, row["case_id"], actor.role, actor.id, place),
            )
        )
    return views
