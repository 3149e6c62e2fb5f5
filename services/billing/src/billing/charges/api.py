"""Routes of billing: a request becomes a command, its effect a view."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from billing.charging import charge_line, reverse
from billing.domain.charge import ApproveCharge, Charge, ContestCharge, UpholdCharge
from billing.domain.refusals import (
    AmountAboveCap,
    CaseClosed,
    CurrencyOfAnotherMarket,
    DecisionTakenBack,
    UnknownCharge,
    UnknownDecision,
)
from billing.statement import StatementView, draw, to_csv
from billing.store import (
    CHARGES,
    Decision,
    PaidLine,
    case_is_closed,
    charges_of_case,
    find_charge,
    find_decision,
    find_paid_line,
    is_taken_back,
    refunds_of_case,
)
from billing.views import CaseMoneyView, ChargeView, charge_view, refund_view
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_in_all, authorize_role
from chassis.http import Code, Id, KeyedCommand, RequestModel, Running, Runtime, View, Who, Whole
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import ChargeKind, Currency, Role

Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
_AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class ProposalRequest(RequestModel):
    """A charge that an agent proposes; a supervisor approves it."""

    line: Code
    """Unique within the decision: a repeat meets the same charge."""
    kind: ChargeKind
    amount_minor: Annotated[int, Field(strict=True, gt=0, le=1_000_000_000), Whole]
    currency: Currency


class ContestRequest(RequestModel):
    """Why a seller disagrees."""

    ground: Code


class ReviewRequest(RequestModel):
    """A reviewer's verdict on a contested charge."""

    verdict: Literal["uphold", "reverse"]
    reason: Code


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return billing's routes."""
    router = APIRouter(tags=["billing"])
    _add_charges(router, markets)
    _add_reviews(router, markets)
    _add_reading(router)
    return router


async def _charge_for(runtime: Runtime, charge_id: str, actor: Actor, action: Action) -> Charge:
    charge = await find_charge(runtime.mongo, charge_id)
    if charge is None:
        raise UnknownCharge
    authorize(actor, action, Parties(charge.terms.market, None, charge.terms.seller_id))
    return charge


async def _decision_for(runtime: Runtime, decision_id: str, actor: Actor) -> tuple[Decision, PaidLine]:
    decision = await find_decision(runtime.mongo, decision_id)
    if decision is None:
        raise UnknownDecision
    authorize(actor, Action.PROPOSE_CHARGE, Parties(decision.market, None, decision.seller_id))
    await _expect_standing(runtime, decision_id)
    paid = await find_paid_line(runtime.mongo, decision.order_id, decision.line_id)
    if paid is None:
        raise UnknownDecision
    return decision, paid


async def _expect_standing(runtime: Runtime, decision_id: str) -> None:
    if await is_taken_back(runtime.mongo, decision_id):
        raise DecisionTakenBack("the decision was taken back; nothing can be charged by it")


def _add_charges(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.post("/decisions/{decision_id}/charges", status_code=201, response_model=ChargeView)
    async def propose_charge(
        decision_id: Id, body: ProposalRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Propose a late line of a decision; a supervisor approves it before it is posted."""
        decision, paid = await _decision_for(runtime, decision_id, actor)
        market = markets[decision.market]
        if body.currency != market.currency:
            raise CurrencyOfAnotherMarket(f"amounts of this case are in {market.currency}")
        if body.amount_minor > paid.paid_minor:
            raise AmountAboveCap("the amount is above what was paid for the order line")
        if await case_is_closed(runtime.mongo, decision.case_id):
            raise CaseClosed("the case is closed; reopen it before charging")

        async def effect(unit: Unit) -> View:
            charge = await charge_line(
                decision,
                body.line,
                body.kind,
                body.amount_minor,
                paid,
                market,
                runtime.now(),
                unit,
                approved=False,
            )
            if charge is None:
                raise AmountAboveCap("all that was paid for the order line has been charged")
            return charge_view(charge)

        return await work.once(effect, on=decision_id, status=201)

    @router.post("/charges/{charge_id}/approval", response_model=ChargeView)
    async def approve_charge(charge_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Approve a proposed charge: the seller is notified, and it is posted."""
        charge = await _charge_for(runtime, charge_id, actor, Action.REVIEW_CHARGE)
        await _expect_standing(runtime, charge.terms.decision_id)
        contest_until = runtime.now() + timedelta(days=markets[charge.terms.market].tariff.contest_days)

        async def effect(unit: Unit) -> View:
            command = ApproveCharge(contest_until, runtime.now())
            return charge_view(await unit.execute(CHARGES, charge_id, command))

        return await work.once(effect, on=charge_id)


def _add_reviews(router: APIRouter, _markets: Mapping[str, Market]) -> None:
    @router.post("/charges/{charge_id}/contest", response_model=ChargeView)
    async def contest_charge(
        charge_id: Id, body: ContestRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Disagree with a posted charge; a reviewer decides."""
        await _charge_for(runtime, charge_id, actor, Action.CONTEST_CHARGE)

        async def effect(unit: Unit) -> View:
            command = ContestCharge(body.ground, runtime.now())
            return charge_view(await unit.execute(CHARGES, charge_id, command))

        return await work.once(effect, on=charge_id)

    @router.post("/charges/{charge_id}/review", response_model=ChargeView)
    async def review_charge(
        charge_id: Id, body: ReviewRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Keep a contested charge, or reverse it by an opposite entry."""
        charge = await _charge_for(runtime, charge_id, actor, Action.REVIEW_CHARGE)
        at = runtime.now()

        async def effect(unit: Unit) -> View:
            if body.verdict == "uphold":
                return charge_view(await unit.execute(CHARGES, charge_id, UpholdCharge(body.reason, actor.id, at)))
            return charge_view(await reverse(charge, body.reason, actor.id, at, unit))

        return await work.once(effect, on=charge_id)


def _add_reading(router: APIRouter) -> None:
    @router.get("/charges/{charge_id}")
    async def get_charge(charge_id: Id, actor: Who, runtime: Running) -> ChargeView:
        """Show a charge."""
        return charge_view(await _charge_for(runtime, charge_id, actor, Action.READ_CHARGES))

    @router.get("/cases/{case_id}/money")
    async def get_case_money(case_id: Id, actor: Who, runtime: Running) -> CaseMoneyView:
        """Show the charges and refunds of a case."""
        charges = await charges_of_case(runtime.mongo, case_id)
        refunds = await refunds_of_case(runtime.mongo, case_id)
        if not charges and not refunds:
            raise NotVisible
        market = charges[0].terms.market if charges else refunds[0].order.market
        seller = charges[0].terms.seller_id if charges else None
        authorize(actor, Action.READ_CHARGES, Parties(market, None, seller))
        return CaseMoneyView(
            case_id=case_id,
            charges=[charge_view(c) for c in charges],
            refunds=[refund_view(r) for r in refunds],
        )

    @router.get("/sellers/{seller_id}/statements/{month}", response_model=StatementView, responses=_AS_CSV)
    async def get_statement(
        seller_id: Id,
        month: Month,
        actor: Who,
        runtime: Running,
        format: Annotated[Literal["json", "csv"], Query()] = "json",
    ) -> Response | StatementView:
        """Draw a month's statement, as JSON or CSV; its total is the ledger's."""
        if actor.role == Role.SELLER and actor.id != seller_id:
            raise NotVisible
        authorize_role(actor, Action.READ_CHARGES)
        statement = await draw(runtime.mongo, seller_id, month)
        if actor.staff:
            authorize_in_all(actor, Action.READ_CHARGES, {line.market for line in statement.lines})
        if format == "json":
            return statement
        name = f'attachment; filename="statement-{month}.csv"'
        return Response(to_csv(statement), media_type="text/csv", headers={"Content-Disposition": name})
