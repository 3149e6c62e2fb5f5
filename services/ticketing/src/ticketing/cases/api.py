"""Opening, resolving and showing cases."""

from typing import Annotated

from chassis.auth import Action, Parties, authorize, authorize_role
from chassis.http import Code, IdForm, RequestModel, Running, Who, read_cursor, write_cursor
from chassis.limits import Limited
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, WriteUnit, routes
from ombud_words import DraftId, LineId, OrderId, Reason, line_key
from ticketing.cases.access import CaseIdGiven, Cursor, Markets, PageSize, case_for, cases_of
from ticketing.cases.domain.case import ResolveCase
from ticketing.cases.domain.refusals import UnknownOrderLine
from ticketing.cases.opening import Contact, open_case_about
from ticketing.cases.store import CASES, page_of_cases
from ticketing.cases.views import CasePage, CaseView, case_view
from ticketing.deadlines.store import list_deadlines
from ticketing.orders.store import guard_line

router = routes("ticketing")


class OpenCaseRequest(RequestModel):
    """What a person says when opening a case."""

    order_id: Annotated[OrderId, IdForm]
    line_id: Annotated[LineId, IdForm]
    reason: Reason
    draft_id: Annotated[DraftId, IdForm]
    """The first message, which was given to messaging as a draft before."""


class ResolutionRequest(RequestModel):
    """How a case was settled."""

    outcome: Code


@router.post("/cases", status_code=201)
async def open_case(
    body: OpenCaseRequest,
    actor: Who,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    markets: Markets,
) -> CaseView:
    """Open a case about an order line; the answer has its number and priority."""
    line = await guard_line(unit, line_key(body.order_id, body.line_id))
    if line is None or line.purchase is None:
        raise UnknownOrderLine
    bought = line.purchase
    authorize(actor, Action.OPEN_CASE, Parties(bought.market, bought.buyer_id, bought.seller_id))
    await limits.use(Limited.CASES, actor, unit.now, unit)
    contact = Contact(line_id=body.line_id, reason=body.reason, draft_id=body.draft_id, opened_by=actor.role)
    return case_view(await open_case_about(contact, bought, line.delivered_at, markets[bought.market], unit), [])


@router.post("/cases/{case_id}/resolution")
async def resolve_case(case_id: CaseIdGiven, body: ResolutionRequest, actor: Who, unit: WriteUnit) -> CaseView:
    """Say that the matter is settled."""
    await case_for(unit, case_id, actor, Action.RESOLVE_CASE)
    case = await unit.execute(CASES, case_id, ResolveCase(body.outcome, unit.now))
    return case_view(case, await list_deadlines(unit, case_id, actor.role))


@router.get("/cases")
async def list_cases(
    actor: Who, unit: ReadUnit, runtime: Running, cursor: Cursor = None, limit: PageSize = 20
) -> CasePage:
    """List the cases of the person who asks, or those of a member of staff's markets; newest first."""
    authorize_role(actor, Action.READ_CASE)
    bound = f"cases|{actor.role}|{actor.id}"
    cases = await page_of_cases(unit, cases_of(actor), read_cursor(runtime, cursor, bound), limit + 1)
    last = cases[limit - 1] if len(cases) > limit else None
    position = [last.opened_at.isoformat(), last.id] if last else None
    return CasePage(
        cases=[case_view(c, []) for c in cases[:limit]],
        next_cursor=write_cursor(runtime, position, bound) if position else None,
    )


@router.get("/cases/{case_id}")
async def get_case(case_id: CaseIdGiven, actor: Who, unit: ReadUnit) -> CaseView:
    """Show a case and its deadlines."""
    case = await case_for(unit, case_id, actor, Action.READ_CASE)
    return case_view(case, await list_deadlines(unit, case_id, actor.role))
