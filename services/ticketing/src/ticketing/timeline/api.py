"""The route that shows what happened in a case."""

from chassis.auth import Action
from chassis.http import Running, Who, read_cursor, write_cursor
from chassis.routes import ReadUnit, routes
from ticketing.cases.access import CaseIdGiven, Cursor, PageSize, case_for
from ticketing.timeline.store import page_of_timeline
from ticketing.timeline.views import TimelinePage, timeline_entry

router = routes("ticketing")


@router.get("/cases/{case_id}/timeline")
async def get_timeline(
    case_id: CaseIdGiven, actor: Who, unit: ReadUnit, runtime: Running, cursor: Cursor = None, limit: PageSize = 50
) -> TimelinePage:
    """Show what happened in a case, over all services, as far as the reader may see it."""
    await case_for(unit, case_id, actor, Action.READ_CASE)
    bound = f"timeline|{case_id}|{actor.role}|{actor.id}"
    after = read_cursor(runtime, cursor, bound)
    entries = await page_of_timeline(unit, case_id, actor.role, after, limit + 1)
    last = entries[limit - 1] if len(entries) > limit else None
    position = [last["at"].isoformat(), last["_id"]] if last else None
    return TimelinePage(
        entries=[timeline_entry(e) for e in entries[:limit]],
        next_cursor=write_cursor(runtime, position, bound) if position else None,
    )
