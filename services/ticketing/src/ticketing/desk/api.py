"""The route that closes a case."""

from chassis.auth import Action
from chassis.http import Code, RequestModel, Who
from chassis.routes import WriteUnit, routes
from ticketing.cases.access import CaseIdGiven, case_for
from ticketing.cases.views import CaseView, case_view
from ticketing.deadlines.store import list_deadlines
from ticketing.desk.closing import close

router = routes("ticketing")


class ClosureRequest(RequestModel):
    """What closing a case adds."""

    despite: Code | None = None
    """Why the case is closed although a dispute or refund of it is live; needed then only."""


@router.post("/cases/{case_id}/closure")
async def close_case(case_id: CaseIdGiven, actor: Who, unit: WriteUnit, body: ClosureRequest | None = None) -> CaseView:
    """Close a resolved case; a takeover of it is concluded."""
    await case_for(unit, case_id, actor, Action.CLOSE_CASE)
    case = await close(case_id, unit.now, unit, body.despite if body else None)
    return case_view(case, await list_deadlines(unit, case_id, actor.role))
