"""Opening, resolving and closing cases."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Code, Command, Id, KeyedCommand, RequestModel, Running, Runtime, View, Who
from chassis.ids import new_id
from chassis.limits import Limited
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Reason, family_of
from ticketing.api.access import case_for
from ticketing.domain.case import OpenCase, ResolveCase
from ticketing.domain.priority import Circumstances
from ticketing.domain.refusals import UnknownOrderLine
from ticketing.processes import close, open_case_in_slot
from ticketing.store import CASES, PurchasedLine, count_earlier_contacts, find_line, list_deadlines
from ticketing.views import CaseView, case_view

_REPEAT_WITHIN = timedelta(days=30)


class OpenCaseRequest(RequestModel):
    """What a person says when opening a case."""

    order_id: Id
    line_id: Id
    reason: Reason
    draft_id: Id
    """The first message, which was given to messaging as a draft before."""


class ResolutionRequest(RequestModel):
    """How a case was settled."""

    outcome: Code


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes that open, resolve and close cases."""
    router = APIRouter()

    @router.post("/cases", status_code=201, response_model=CaseView)
    async def open_case(body: OpenCaseRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Open a case about an order line; the answer has its number and priority."""
        line = await find_line(runtime.mongo, body.order_id, body.line_id)
        if line is None:
            raise UnknownOrderLine
        authorize(actor, Action.OPEN_CASE, Parties(line.market, line.buyer_id, line.seller_id))
        command = await _opening(body, line, actor, markets[line.market], runtime)

        async def effect(unit: Unit) -> View:
            await runtime.limits.use(Limited.CASES, actor, command.at, unit)
            return case_view(await open_case_in_slot(command, unit), [])

        return await work.once(effect, on=command.case_id, status=201)

    @router.post("/cases/{case_id}/resolution", response_model=CaseView)
    async def resolve_case(
        case_id: Id, body: ResolutionRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Say that the matter is settled."""
        await case_for(runtime, case_id, actor, Action.RESOLVE_CASE)

        async def effect(unit: Unit) -> View:
            case = await unit.execute(CASES, case_id, ResolveCase(body.outcome, runtime.now()))
            return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

        return await work.run(effect, on=case_id)

    @router.post("/cases/{case_id}/closure", response_model=CaseView)
    async def close_case(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Close a resolved case; a takeover of it is concluded."""
        await case_for(runtime, case_id, actor, Action.CLOSE_CASE)

        async def effect(unit: Unit) -> View:
            case = await close(case_id, runtime.now(), unit)
            return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

        return await work.run(effect, on=case_id)

    return router


async def _opening(
    body: OpenCaseRequest, line: PurchasedLine, actor: Actor, market: Market, runtime: Runtime
) -> OpenCase:
    at = runtime.now()
    case_id = new_id("cas")
    earlier = await count_earlier_contacts(runtime.mongo, line.order_id, line.buyer_id, at - _REPEAT_WITHIN)
    return OpenCase(
        case_id=case_id,
        number=f"{market.id.upper()}-{at:%y}-{case_id[-8:]}",
        market=market.id,
        buyer_id=line.buyer_id,
        seller_id=line.seller_id,
        order_id=line.order_id,
        line_id=body.line_id,
        reason=body.reason,
        family=family_of(body.reason),
        draft_id=body.draft_id,
        opened_by=actor.role,
        circumstances=Circumstances(body.reason, line.value_minor, line.promised_by, line.delivered_at, earlier, at),
        rights_until=rights_until(line, market),
        at=at,
    )


def rights_until(line: PurchasedLine, market: Market) -> datetime:
    """Return when the last of the buyer's rights lapses: the most favourable of law, platform and seller (section 5)."""
    start = line.delivered_at or max(line.promised_by, line.placed_at)
    months = max(market.legal.statutory_months, market.legal.warranty_months, line.warranty_months)
    days = max(market.legal.return_days, line.return_days, months * 31)
    return start + timedelta(days=days)
