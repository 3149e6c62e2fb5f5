"""The routes that show what happened in a case, or in all cases of an order or a person."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, authorize_role
from chassis.event_stream import EventStream
from chassis.http import RequestModel, Running, Runtime, Who, read_cursor, write_cursor
from chassis.live import STREAM, Follows, Glance, LiveLists
from chassis.routes import ReadUnit, routes
from ombud_words import CaseId, Role
from ticketing.cases.access import CaseIdGiven, case_for, parties_of
from ticketing.cases.listing import CaseFilter, rows_for
from ticketing.cases.store import CASES
from ticketing.queue.store import Order, page_of_queue
from ticketing.timeline.store import newest_of_timeline, page_of_timeline
from ticketing.timeline.views import TimelinePage, timeline_entry

router = routes("ticketing")
_MOST_CASES = 100
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]


class TimelineQuery(RequestModel):
    """In which direction of time, and from where on."""

    order: Literal["oldest", "newest"] = "oldest"
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class TimelinesQuery(TimelineQuery):
    """Whose timeline: of an order, of a buyer or a seller, of a person about an order, or of all that the reader sees."""

    order_id: _Id | None = None
    person_id: _Id | None = None


@router.get("/cases/{case_id}/timeline")
async def get_timeline(
    case_id: CaseIdGiven, actor: Who, unit: ReadUnit, runtime: Running, asked: Annotated[TimelineQuery, Query()]
) -> TimelinePage:
    """Show what happened in a case, over all services, as far as the reader may see it; from its beginning or from now."""
    await case_for(unit, case_id, actor, Action.READ_CASE)
    return await _page([case_id], f"timeline|{case_id}", asked, actor, unit, runtime)


@router.get("/cases/{case_id}/timeline/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_timeline(case_id: CaseIdGiven, unit: ReadUnit, follower: Follows, lists: LiveLists) -> EventStream:
    """Follow what happens in a case, as far as the reader may see it: its timeline differs from what was last told."""
    await case_for(unit, case_id, follower.actor, Action.READ_CASE)
    return await lists.follow("timeline", (case_id, follower.actor.role), follower, Action.READ_CASE)


async def timeline_in_short(unit: Unit, followed: tuple[CaseId, Role]) -> Glance:
    """Return the timeline of a case, as a role may see it, in short. Raises NotVisible."""
    case_id, role = followed
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotVisible
    return await newest_of_timeline(unit, case_id, role, parties_of(case))


@router.get("/timelines")
async def get_timelines(
    actor: Who, unit: ReadUnit, runtime: Running, asked: Annotated[TimelinesQuery, Query()]
) -> TimelinePage:
    """Show what happened in the cases of an order or a person, the newest 100 of those that the reader sees (R-24)."""
    authorize_role(actor, Action.READ_CASE)
    of = CaseFilter(order_id=asked.order_id, person_id=asked.person_id)
    rows, _following = await page_of_queue(unit, rows_for(actor, of), Order.NEWEST, None, _MOST_CASES)
    bound = f"timelines|{asked.order_id}|{asked.person_id}"
    return await _page([CaseId(row["_id"]) for row in rows], bound, asked, actor, unit, runtime)


async def _page(
    case_ids: list[CaseId], bound_to: str, asked: TimelineQuery, actor: Actor, unit: Unit, runtime: Runtime
) -> TimelinePage:
    bound = f"{bound_to}|{asked.order}|{actor.role}|{actor.id}"
    after = read_cursor(runtime, asked.cursor, bound)
    newest_first = asked.order == "newest"
    entries = await page_of_timeline(unit, case_ids, actor.role, after, asked.limit + 1, newest_first=newest_first)
    last = entries[asked.limit - 1] if len(entries) > asked.limit else None
    position = [last["at"].isoformat(), last["_id"]] if last else None
    return TimelinePage(
        entries=[timeline_entry(e, actor) for e in entries[: asked.limit]],
        next_cursor=write_cursor(runtime, position, bound) if position else None,
    )
