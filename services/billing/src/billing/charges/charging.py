"""From a decision to charges and a refund order: what each line costs the seller, by tariff, VAT and cap (section 6)."""

from datetime import datetime, timedelta

from billing.domain.charge import Charge, ProposeCharge, ReverseCharge, TakeChargeBack, Terms
from billing.domain.exposure import ReleaseCharge, ReserveCharge, ReserveRefund
from billing.domain.ledger import vat_of
from billing.domain.refund import OrderRefund
from billing.store import CHARGES, EXPOSURES, REFUNDS, Decision, PaidLine, exposure_id
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_contracts.market import Market, Tariff
from ombud_contracts.vocabulary import ChargeKind

_PASSED_ON = (ChargeKind.REFUND, ChargeKind.SHIPPING_REFUND)
"""What the buyer got back is passed on as it is; the platform sells nothing, so no VAT is added."""


def published_fee(tariff: Tariff, kind: str) -> int | None:
    """Return the tariff's net amount for a kind of charge, or None when the decision must name it."""
    fees: dict[str, int] = {
        ChargeKind.RETURN_LABEL: tariff.return_label_minor,
        ChargeKind.HANDLING_FEE: tariff.handling_fee_minor,
        ChargeKind.INSPECTION: tariff.inspection_minor,
    }
    return fees.get(kind)


async def charge_line(
    decision: Decision,
    line: str,
    kind: str,
    amount_minor: int | None,
    paid: PaidLine,
    market: Market,
    at: datetime,
    unit: Unit,
    approved: bool = True,
) -> Charge | None:
    """Charge the seller for one line of a decision; its amount is the decision's or the tariff's, and capped.

    The same decision and line meet the same charge, whatever happens in between. Nothing left to charge is no charge.
    """
    tariff = market.tariff
    charge_id = charge_id_of(decision.id, line)
    known = await unit.read(CHARGES, charge_id)
    if known is not None:
        return known  # a repeat must not make room under the cap again
    fee = published_fee(tariff, kind)
    wanted = amount_minor if amount_minor is not None else (fee or 0)
    net, capped = wanted, False
    if fee is None or wanted > fee:
        net = await _granted(decision, charge_id, wanted, paid, at, unit)
        capped = net < wanted
    if net == 0:
        return None
    basis_points = 0 if kind in _PASSED_ON else tariff.vat_basis_points
    terms = Terms(
        charge_id=charge_id,
        case_id=decision.case_id,
        seller_id=decision.seller_id,
        market=decision.market,
        order_id=decision.order_id,
        line_id=decision.line_id,
        decision_id=decision.id,
        line=line,
        kind=kind,
        net_minor=net,
        vat_minor=vat_of(net, basis_points),
        vat_basis_points=basis_points,
        currency=market.currency,
        tariff_version=tariff.version,
        capped=capped,
        appeal_until=decision.appeal_until,
    )
    needs_approval = not approved or terms.gross_minor > tariff.approval_limit_minor
    command = ProposeCharge(terms, needs_approval, at + timedelta(days=tariff.contest_days), at)
    return await unit.execute(CHARGES, charge_id, command)


async def reverse(charge: Charge, reason: str, reviewer_id: str, at: datetime, unit: Unit) -> Charge:
    """Take a contested charge back, and leave its room under the cap to others. Raises a Refusal."""
    terms = charge.terms
    reversed_ = await unit.execute(CHARGES, terms.charge_id, ReverseCharge(reason, reviewer_id, at))
    await unit.execute(EXPOSURES, exposure_id(terms.order_id, terms.line_id), ReleaseCharge(terms.charge_id, at))
    return reversed_


async def take_back(charge_id: str, reason: str, at: datetime, unit: Unit) -> None:
    """Take a charge back because its decision was: once, whatever became of it; what was never charged stays so."""
    charge = await unit.read(CHARGES, charge_id)
    if charge is None:
        return
    await unit.execute(CHARGES, charge_id, TakeChargeBack(reason, at))
    exposure = exposure_id(charge.terms.order_id, charge.terms.line_id)
    await unit.execute(EXPOSURES, exposure, ReleaseCharge(charge_id, at))


def charge_id_of(decision_id: str, line: str) -> str:
    """Return the id of the charge for a decision's line, which is the same however often the decision is told."""
    return derived_id("chg", decision_id, line)


async def _granted(decision: Decision, charge_id: str, wanted: int, paid: PaidLine, at: datetime, unit: Unit) -> int:
    id = exposure_id(decision.order_id, decision.line_id)
    state = await unit.execute(EXPOSURES, id, ReserveCharge(charge_id, wanted, paid.paid_minor, at))
    return state.granted(charge_id)


async def order_refund(
    decision: Decision, amount_minor: int, paid: PaidLine, goodwill: bool, at: datetime, unit: Unit
) -> None:
    """Order a decision's refund from the payment system, once. Raises RefundAbovePaid."""
    refund_id = derived_id("rfd", decision.id)
    id = exposure_id(decision.order_id, decision.line_id)
    await unit.execute(EXPOSURES, id, ReserveRefund(refund_id, amount_minor, paid.paid_minor, at))
    command = OrderRefund(
        refund_id=refund_id,
        case_id=decision.case_id,
        market=decision.market,
        decision_id=decision.id,
        order_id=decision.order_id,
        line_id=decision.line_id,
        buyer_id=decision.buyer_id,
        amount_minor=amount_minor,
        currency=paid.currency,
        goodwill=goodwill,
        at=at,
    )
    await unit.execute(REFUNDS, refund_id, command)
