"""What staff does with a whole case: closing it, linking it to others, merging it into one that says the same; and what
stands beside it while somebody answers."""

from typing import Annotated, Literal

from chassis.auth import Action
from chassis.http import Code, IdForm, RequestModel, Who
from chassis.preconditions import versioned
from chassis.routes import ReadFigures, ReadUnit, WriteUnit, provided, routes
from ombud_words import CaseId
from ticketing.cases.access import A_CASE, CaseIdGiven, Markets, case_for
from ticketing.cases.domain import LinkKind, expect_linkable
from ticketing.cases.living import link
from ticketing.cases.showing import shown
from ticketing.cases.views import CaseView
from ticketing.desk.closing import close, merge_and_decline
from ticketing.desk.panel import context_of
from ticketing.desk.views import ContextView, DirectoryView

router = routes("ticketing")
_Case = Annotated[CaseId, IdForm]


class ClosureRequest(RequestModel):
    """What closing a case adds."""

    despite: Code | None = None
    """Why the case is closed although a dispute or refund of it is live; needed then only."""


class LinkRequest(RequestModel):
    """Which case belongs to this one, and why."""

    case_id: _Case
    kind: Literal["same_order", "same_incident", "follow_up"]


class MergeRequest(RequestModel):
    """Which case goes on in place of this one."""

    into: _Case


@router.post("/cases/{case_id}/closure")
@versioned(A_CASE)
async def close_case(case_id: CaseIdGiven, actor: Who, unit: WriteUnit, body: ClosureRequest | None = None) -> CaseView:
    """Close a resolved case; a takeover of it is concluded."""
    await case_for(unit, case_id, actor, Action.CLOSE_CASE)
    case = await close(case_id, unit.now, unit, body.despite if body else None)
    return await shown(case, actor, unit)


@router.post("/cases/{case_id}/links")
@versioned(A_CASE)
async def link_case(case_id: CaseIdGiven, body: LinkRequest, actor: Who, unit: WriteUnit) -> CaseView:
    """Link a case to another: of the same order, of the same incident, or as a follow-up. Both show it to those who see both."""
    case = await case_for(unit, case_id, actor, Action.LINK_CASES)
    other = await case_for(unit, body.case_id, actor, Action.LINK_CASES)
    kind = LinkKind(body.kind)
    expect_linkable(case, other, kind)
    return await shown(await link(case, other, kind, actor.role, unit), actor, unit)


@router.post("/cases/{case_id}/merge")
@versioned(A_CASE)
async def merge_case(case_id: CaseIdGiven, body: MergeRequest, actor: Who, unit: WriteUnit) -> CaseView:
    """Close a case in whose place an earlier one of the same people about the same order line goes on. Both numbers find it.
    Refused while a dispute, refund or takeover of it is live."""
    ends = await case_for(unit, case_id, actor, Action.MERGE_CASES)
    goes_on = await case_for(unit, body.into, actor, Action.MERGE_CASES)
    return await shown(await merge_and_decline(ends, goes_on, actor.role, unit), actor, unit)


@router.get("/cases/{case_id}/context")
async def get_context(
    case_id: CaseIdGiven, actor: Who, unit: ReadUnit, figures: ReadFigures, markets: Markets
) -> ContextView:
    """Show what belongs to a case: the order line as bought, its tracking, other cases, open deadlines, live takeovers; to
    staff also how many cases each side has (R-44)."""
    case = await case_for(unit, case_id, actor, Action.READ_CASE)
    return await context_of(case, markets[case.market], actor, unit, figures)


@router.get("/directory")
async def get_directory(_actor: Who, display_names: Annotated[str, provided("display_names")]) -> DirectoryView:
    """Say where display names are: events, views and stored documents know people by their ids alone."""
    return DirectoryView(display_names=display_names or None)
