"""The preview of a decision's money: what charging and refunding it would come to, worked out by the code that does both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from billing.cases.store import KNOWN_CASES
from billing.charges.domain import Charge
from billing.charges.store import CHARGES, charges_of_case
from billing.charges.views import cap_view
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine, Exposure
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.processes.consequences import APPEALED, ChargedLine, Decided, Refunded, carry_out, replace_by
from billing.processes.views import ChargePreview, charge_preview
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.ordering import refund_id_of
from billing.refunds.store import REFUNDS, refunds_of_case
from billing.refusals import CurrencyOfAnotherMarket
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Code, RequestModel, Who, Whole
from chassis.http import Id as IdText
from chassis.ids import new_id
from chassis.routes import ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import ChargeKind, Currency
from ombud_words import CaseId, DecisionId, LineId, OrderId, StaffId, first_decision

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]
CaseInPath = Annotated[CaseId, *IdText.__metadata__]
Amount = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000), Whole]


class PreviewedLine(RequestModel):
    """A line of the decision, as the preview of the dispute shows it."""

    line: Code
    kind: ChargeKind
    amount_minor: Amount | None = None
    """Net; left out where the tariff sets it."""


class PreviewRequest(RequestModel):
    """A decision about an order line of the case, as far as it is about money."""

    order_id: Annotated[OrderId, *IdText.__metadata__]
    line_id: Annotated[LineId, *IdText.__metadata__]
    lines: Annotated[list[PreviewedLine], Field(max_length=20, default_factory=list)]
    refund_minor: Amount = 0
    goodwill: bool = False
    """The refund is the platform's own money."""
    currency: Currency
    instead_of: Annotated[DecisionId | None, *IdText.__metadata__] = None
    """The decision of the case that this one would take the place of, on appeal."""
    given_minor: Amount | None = None
    """What the buyer was paid by that decision and by what it took the place of; left out where it took no other's place."""


@router.post("/cases/{case_id}/charges/preview")
async def preview_charges(
    case_id: CaseInPath, body: PreviewRequest, actor: Who, unit: ReadUnit, markets: Markets
) -> ChargePreview:
    """Show what the seller would be charged, and the buyer paid, by a decision with these lines. Nothing is kept of it."""
    paid = await _line_for(unit, case_id, body, actor)
    market = markets[paid.market]
    if body.currency != market.currency:
        raise CurrencyOfAnotherMarket(f"Amounts of this case are in {market.currency}.")
    apart = unit.apart()
    decided = _decided(case_id, body, paid, market, actor, apart)
    line = exposure_id(body.order_id, body.line_id)
    before = await apart.read(EXPOSURES, line)
    if body.instead_of is None:
        await carry_out(decided, market, apart)
        return await _preview(decided, market, before, apart)
    stood = await _charges_of(await _amended(unit, case_id, body), case_id, unit)
    decided = replace(decided, given_minor=await _given(unit, case_id, body))
    await replace_by(body.instead_of, decided, APPEALED, market, apart)
    credited = await _credited(stood, apart)
    return await _preview(decided, market, before, apart, credited)


async def _amended(unit: Unit, case_id: CaseId, body: PreviewRequest) -> DecisionId:
    """Return the decision that would be amended. Raises NotVisible, DecisionTakenBack."""
    known = await known_decision(unit, body.instead_of) if body.instead_of is not None else None
    of = known.decision if known is not None else None
    if known is None or of is None or (of.case_id, of.order_id, of.line_id) != (case_id, body.order_id, body.line_id):
        raise NotVisible
    known.expect_standing()
    return of.id


async def _given(unit: Unit, case_id: CaseId, body: PreviewRequest) -> int:
    if body.given_minor is not None:
        return body.given_minor
    refunds = await refunds_of_case(unit, case_id)
    paid = [r.order for r in refunds if r.status == RefundStatus.COMPLETED]
    return sum(order.amount_minor for order in paid if first_decision(order.decision_id) == body.instead_of)


async def _charges_of(decision_id: DecisionId, case_id: CaseId, unit: Unit) -> list[Charge]:
    known = await charges_of_case(unit, case_id)
    return [charge for charge in known if first_decision(charge.terms.decision_id) == decision_id]


async def _credited(stood: Sequence[Charge], apart: Unit) -> list[Charge]:
    """Return those charges that an opposite entry gives back."""
    credited = []
    for before in (charge for charge in stood if charge.reversal is None):
        after = await apart.read(CHARGES, before.terms.charge_id)
        if after is not None and after.reversal is not None:
            credited.append(after)
    return credited


async def _line_for(unit: Unit, case_id: CaseId, body: PreviewRequest, actor: Actor) -> BoughtLine:
    """Return the line of a case in which the actor may decide. Raises NotVisible, Forbidden."""
    case = await unit.read(KNOWN_CASES, case_id)
    paid = await bought_line(unit, body.order_id, body.line_id)
    if case is None or paid is None:
        raise NotVisible
    authorize(actor, Action.DECIDE_DISPUTE, Parties(paid.market, paid.buyer_id, paid.seller_id))
    if case.market is not None and (case.market, case.seller_id) != (paid.market, paid.seller_id):
        raise NotVisible
    return paid


def _decided(
    case_id: CaseId, body: PreviewRequest, paid: BoughtLine, market: Market, actor: Actor, unit: Unit
) -> Decided:
    decision = Decision(
        id=DecisionId(new_id("dec")),
        case_id=case_id,
        market=paid.market,
        seller_id=paid.seller_id,
        buyer_id=paid.buyer_id,
        order_id=body.order_id,
        line_id=body.line_id,
        appeal_until=unit.now + timedelta(days=market.legal.appeal_days),
        decided_by=StaffId(actor.id),
    )
    refund = Refunded(body.refund_minor, body.goodwill) if body.refund_minor else None
    lines = [ChargedLine(n.line, n.kind, n.amount_minor) for n in body.lines]
    return Decided(decision=decision, lines=lines, refund=refund, paid=paid)


async def _preview(
    decided: Decided, market: Market, before: Exposure | None, unit: Unit, credited: Sequence[Charge] = ()
) -> ChargePreview:
    decision, paid = decided.decision, decided.paid
    charges = {c.terms.line: c for c in await _charges_of(decision.id, decision.case_id, unit)}
    named = [(n.line, n.kind) for n in decided.lines]
    further = [(line, c.terms.kind) for line, c in charges.items() if (line, c.terms.kind) not in named]
    exposure = await unit.read(EXPOSURES, exposure_id(decision.order_id, decision.line_id))
    refund = await unit.read(REFUNDS, refund_id_of(decision.id))
    return charge_preview(
        [*named, *further],
        charges,
        refund,
        currency=paid.currency,
        tariff_version=market.tariff.version,
        paid_minor=paid.paid_minor,
        refunded_minor=exposure.refunded_minor if exposure is not None else 0,
        credited=credited,
        given_minor=decided.given_minor,
        cap=cap_view(paid.paid_minor, before, exposure),
    )
