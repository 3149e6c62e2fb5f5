"""Routes of charges: proposed, approved, contested, reviewed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from billing.charges.access import A_CHARGE, ChargeInPath, charge_for
from billing.charges.charging import WantedCharge, approve, propose_line, refuse, review
from billing.charges.domain import ContestCharge, ReverseCharge, UpholdCharge
from billing.charges.listing import ChargeListQuery, rows_for
from billing.charges.store import CHARGES, page_of_charges
from billing.charges.views import ChargePage, ChargeView, charge_view
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine
from billing.lines.store import bought_line
from billing.refusals import UnknownCharge, UnknownDecision
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Code, RequestModel, Running, Who, Whole, read_cursor, write_cursor
from chassis.http import Id as IdText
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import ChargeKind, Currency
from ombud_words import Currency as CurrencyCode
from ombud_words import DecisionId, StaffId

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]
DecisionInPath = Annotated[DecisionId, *IdText.__metadata__]


class ProposalRequest(RequestModel):
    """A charge that an agent proposes; a supervisor approves it."""

    line: Code
    """Unique within the decision: a repeat meets the same charge."""
    kind: ChargeKind
    """A label, an inspection or a repair."""
    receipt: Code
    """What shows the cost, such as the number of an invoice."""
    amount_minor: Annotated[int, Field(strict=True, gt=0, le=1_000_000_000), Whole]
    currency: Currency


class RefusalRequest(RequestModel):
    """Why a proposed charge is not approved."""

    reason: Code


class ContestRequest(RequestModel):
    """Why a seller disagrees."""

    ground: Code


class ReviewRequest(RequestModel):
    """A reviewer's verdict on a contested charge."""

    verdict: Literal["uphold", "reverse"]
    reason: Code


@router.post("/decisions/{decision_id}/charges", status_code=201)
async def propose_charge(
    decision_id: DecisionInPath, body: ProposalRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> ChargeView:
    """Propose a late line of a decision; a supervisor approves it before it is posted."""
    decision, paid = await _decision_for(unit, decision_id, actor)
    wanted = WantedCharge(
        decision=decision,
        line=body.line,
        kind=body.kind,
        net_minor=body.amount_minor,
        proposed_by=StaffId(actor.id),
        receipt=body.receipt,
    )
    charge = await propose_line(wanted, CurrencyCode(body.currency), paid, markets[decision.market], unit)
    return charge_view(charge)


@router.post("/charges/{charge_id}/approval")
@versioned(A_CHARGE)
async def approve_charge(charge_id: ChargeInPath, actor: Who, unit: KeyedUnit, markets: Markets) -> ChargeView:
    """Approve another person's proposal: the seller is notified, and it is posted when its money was spent."""
    charge = await charge_for(unit, charge_id, actor, Action.REVIEW_CHARGE)
    paid = await bought_line(unit, charge.terms.order_id, charge.terms.line_id)
    if paid is None:
        raise UnknownCharge
    market = markets[charge.terms.market]
    limit = market.authority.approves_up_to(actor.role)
    return charge_view(await approve(charge, StaffId(actor.id), limit, paid, market, unit))


@router.post("/charges/{charge_id}/refusal")
@versioned(A_CHARGE)
async def refuse_charge(charge_id: ChargeInPath, body: RefusalRequest, actor: Who, unit: KeyedUnit) -> ChargeView:
    """Refuse a proposed charge: it is never posted."""
    await charge_for(unit, charge_id, actor, Action.REVIEW_CHARGE)
    return charge_view(await refuse(charge_id, body.reason, unit))


@router.post("/charges/{charge_id}/contest")
@versioned(A_CHARGE)
async def contest_charge(charge_id: ChargeInPath, body: ContestRequest, actor: Who, unit: KeyedUnit) -> ChargeView:
    """Disagree with a posted charge; a reviewer decides."""
    await charge_for(unit, charge_id, actor, Action.CONTEST_CHARGE)
    return charge_view(await unit.execute(CHARGES, charge_id, ContestCharge(body.ground, unit.now)))


@router.post("/charges/{charge_id}/review")
@versioned(A_CHARGE)
async def review_charge(
    charge_id: ChargeInPath, body: ReviewRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> ChargeView:
    """Keep a contested charge, which the seller may appeal then, or reverse it by an opposite entry."""
    charge = await charge_for(unit, charge_id, actor, Action.REVIEW_CHARGE)
    reviewer, now = StaffId(actor.id), unit.now
    appeal_until = now + timedelta(days=markets[charge.terms.market].legal.appeal_days)
    upholds = body.verdict == "uphold"
    verdict = (
        UpholdCharge(body.reason, reviewer, now, appeal_until) if upholds else ReverseCharge(body.reason, reviewer, now)
    )
    return charge_view(await review(charge_id, verdict, unit))


@router.get("/charges")
async def list_charges(
    actor: Who, unit: ReadUnit, runtime: Running, markets: Markets, asked: Annotated[ChargeListQuery, Query()]
) -> ChargePage:
    """List the charges of the seller who asks, or those of a member of staff's markets, the newest first."""
    where = rows_for(actor, asked, markets)
    bound = f"charges|{actor.role}|{actor.id}|{asked.model_dump_json(exclude={'cursor', 'limit'})}"
    found, following = await page_of_charges(unit, where, read_cursor(runtime, asked.cursor, bound), asked.limit)
    return ChargePage(
        charges=[charge_view(c) for c in found],
        next_cursor=write_cursor(runtime, following, bound) if following else None,
    )


@router.get("/charges/{charge_id}")
@versioned(A_CHARGE)
async def get_charge(charge_id: ChargeInPath, actor: Who, unit: ReadUnit) -> ChargeView:
    """Show a charge."""
    return charge_view(await charge_for(unit, charge_id, actor, Action.READ_CHARGES))


async def _decision_for(unit: Unit, decision_id: DecisionId, actor: Actor) -> tuple[Decision, BoughtLine]:
    known = await known_decision(unit, decision_id)
    if known is None or known.decision is None:
        raise UnknownDecision
    decision = known.decision
    authorize(actor, Action.PROPOSE_CHARGE, Parties(decision.market, None, decision.seller_id))
    known.expect_standing()
    paid = await bought_line(unit, decision.order_id, decision.line_id)
    if paid is None:
        raise UnknownDecision
    return decision, paid
