"""Routes of appeals: the seller asks for another judge of a charge that was upheld, and a supervisor decides (casework, section 6)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from billing.charges.access import A_CHARGE, ChargeInPath, charge_for
from billing.charges.appealing import Judgement
from billing.charges.appealing import appeal as file_appeal
from billing.charges.appealing import decide_appeal as judge
from billing.charges.domain import Charge
from billing.charges.store import CHARGES
from billing.charges.views import AppealPreview, ChargeView, appeal_preview, charge_view
from billing.lines.domain import BoughtLine
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.refusals import CurrencyOfAnotherMarket, UnknownCharge
from chassis.aggregate import Unit
from chassis.appeals import AppealRequest, Codes
from chassis.auth import Action, Actor
from chassis.http import RequestModel, Who, Whole
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Currency
from ombud_words import AppealOutcome, StaffId

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]


class JudgementRequest(RequestModel):
    """What becomes of an appeal by which no other amount is charged."""

    outcome: Literal["INADMISSIBLE", "UPHELD", "REVERSED"]
    reasons: Codes


class AmendmentRequest(RequestModel):
    """What is charged instead."""

    outcome: Literal["AMENDED"]
    reasons: Codes
    amount_minor: Annotated[int, Field(strict=True, gt=0, le=1_000_000_000), Whole]
    """Net, and below what was charged."""
    currency: Currency


AppealDecisionRequest = Annotated[JudgementRequest | AmendmentRequest, Field(discriminator="outcome")]


@router.post("/charges/{charge_id}/appeals")
@versioned(A_CHARGE)
async def appeal(charge_id: ChargeInPath, body: AppealRequest, actor: Who, unit: KeyedUnit) -> ChargeView:
    """Ask, as the seller, that a charge which a reviewer upheld be looked at again: once, until the instant that it names, by
    somebody who decided nothing about it. While the appeal waits, no payout takes the charge."""
    await charge_for(unit, charge_id, actor, Action.APPEAL_CHARGE)
    return charge_view(await file_appeal(charge_id, actor.role, tuple(body.grounds), unit))


@router.post("/charges/{charge_id}/appeals/decision")
@versioned(A_CHARGE)
async def decide_appeal(
    charge_id: ChargeInPath, body: AppealDecisionRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> ChargeView:
    """Decide the appeal that waits, as somebody who decided nothing about the charge or what it rests on.

    A reversed charge is given back by an opposite entry, and by the next payout when one took it. An amended one is given
    back as well, and another of a lower amount is charged, which is neither contested nor appealed again.
    """
    charge = await charge_for(unit, charge_id, actor, Action.DECIDE_CHARGE_APPEAL)
    paid, market = await _paid_for(charge, unit), markets[charge.terms.market]
    return charge_view(await judge(charge, judgement_of(body, actor, market), paid, unit))


@router.post("/charges/{charge_id}/appeals/preview")
async def preview_appeal(
    charge_id: ChargeInPath, body: AppealDecisionRequest, actor: Who, unit: ReadUnit, markets: Markets
) -> AppealPreview:
    """Show what a decision of the appeal that waits would do to money, by the code that carries it out. Nothing is kept of it."""
    charge = await charge_for(unit, charge_id, actor, Action.DECIDE_CHARGE_APPEAL)
    paid, market = await _paid_for(charge, unit), markets[charge.terms.market]
    apart, line = unit.apart(), exposure_id(charge.terms.order_id, charge.terms.line_id)
    before = await apart.read(EXPOSURES, line)
    after = await judge(charge, judgement_of(body, actor, market), paid, apart)
    instead = None
    if after.replaced_by is not None:
        instead = await apart.read(CHARGES, after.replaced_by)
    left = await apart.read(EXPOSURES, line)
    return appeal_preview(after, instead, paid.paid_minor, before, left)


def judgement_of(body: JudgementRequest | AmendmentRequest, actor: Actor, market: Market) -> Judgement:
    """Return what somebody decides. Raises CurrencyOfAnotherMarket."""
    net = None
    if isinstance(body, AmendmentRequest):
        if body.currency != market.currency:
            raise CurrencyOfAnotherMarket(f"Amounts of this charge are in {market.currency}.")
        net = body.amount_minor
    return Judgement(
        outcome=AppealOutcome(body.outcome), reasons=tuple(body.reasons), reviewer_id=StaffId(actor.id), net_minor=net
    )


async def _paid_for(charge: Charge, unit: Unit) -> BoughtLine:
    paid = await bought_line(unit, charge.terms.order_id, charge.terms.line_id)
    if paid is None:
        raise UnknownCharge
    return paid
