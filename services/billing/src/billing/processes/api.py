"""The preview of a decision's money: what charging and refunding it would come to, worked out by the code that does both."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from billing.cases.store import KNOWN_CASES
from billing.charges.charging import charge_id_of
from billing.charges.domain import Charge
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision
from billing.lines.domain import BoughtLine
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.processes.consequences import ChargedLine, Decided, Refunded, carry_out
from billing.processes.views import ChargePreview, charge_preview
from billing.refunds.ordering import refund_id_of
from billing.refunds.store import REFUNDS
from billing.refusals import CurrencyOfAnotherMarket
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Code, RequestModel, Who, Whole
from chassis.http import Id as IdText
from chassis.ids import new_id
from chassis.routes import ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import ChargeKind, Currency
from ombud_words import CaseId, DecisionId, LineId, OrderId, StaffId

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
    await carry_out(decided, market, apart)
    return await _preview(decided, market, apart)


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


async def _preview(decided: Decided, market: Market, unit: Unit) -> ChargePreview:
    decision, paid = decided.decision, decided.paid
    charges: dict[str, Charge] = {}
    for wanted in decided.lines:
        charge = await unit.read(CHARGES, charge_id_of(decision.id, wanted.line))
        if charge is not None:
            charges[wanted.line] = charge
    exposure = await unit.read(EXPOSURES, exposure_id(decision.order_id, decision.line_id))
    refund = await unit.read(REFUNDS, refund_id_of(decision.id))
    return charge_preview(
        [(n.line, n.kind) for n in decided.lines],
        charges,
        refund,
        currency=paid.currency,
        tariff_version=market.tariff.version,
        paid_minor=paid.paid_minor,
        refunded_minor=exposure.refunded_minor if exposure is not None else 0,
    )
