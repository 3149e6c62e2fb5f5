"""What a line of a decision costs the seller, by tariff, VAT and cap, and what frees its room under the cap again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.cases.store import known_case
from billing.charges.domain import (
    ApproveCharge,
    Charge,
    ProposeCharge,
    ReverseCharge,
    Status,
    TakeChargeBack,
    Terms,
    UpholdCharge,
    expect_chargeable,
)
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine, Fee, ReleaseCharge, ReserveCharge, net_within
from billing.lines.store import EXPOSURES, exposure_id
from billing.refusals import AmountAboveCap
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_contracts.market import Market, Tariff
from ombud_words import ChargeId, ChargeKind, Currency, DecisionId, vat_of

_PASSED_ON = (ChargeKind.REFUND, ChargeKind.SHIPPING_REFUND)
"""What the buyer got back is passed on as it is; the platform sells nothing, so no VAT is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCharge:
    """A line of a decision, before tariff and cap."""

    decision: Decision
    line: str
    kind: str
    net_minor: int | None
    """None when the tariff sets it."""
    proposed: bool
    """A person proposed it, so a supervisor must approve it whatever its amount."""

    @property
    def charge_id(self) -> ChargeId:
        """The id of the charge."""
        return charge_id_of(self.decision.id, self.line)


def charge_id_of(decision_id: DecisionId, line: str) -> ChargeId:
    """Return the id of the charge for a decision's line, which is the same however often the decision is told."""
    return ChargeId(derived_id("chg", decision_id, line))


def published_fee(tariff: Tariff, kind: str) -> int | None:
    """Return the tariff's net amount for a kind of charge, or None when the decision must name it."""
    fees: dict[str, int] = {
        ChargeKind.RETURN_LABEL: tariff.return_label_minor,
        ChargeKind.HANDLING_FEE: tariff.handling_fee_minor,
        ChargeKind.INSPECTION: tariff.inspection_minor,
    }
    return fees.get(kind)


async def charge_line(
    wanted: WantedCharge, paid: BoughtLine, market: Market, at: datetime, unit: Unit
) -> Charge | None:
    """Charge the seller for one line of a decision; its amount is the decision's or the tariff's, and capped.

    The same decision and line meet the same charge, whatever happens in between. When nothing is left to charge, there is no charge.
    """
    known = await unit.read(CHARGES, wanted.charge_id)
    if known is not None:
        return known  # a repeat must not make room under the cap again
    tariff = market.tariff
    fee = published_fee(tariff, wanted.kind)
    asked = wanted.net_minor if wanted.net_minor is not None else (fee or 0)
    net = await _granted(wanted, asked, fee, paid, tariff, at, unit)
    if net == 0:
        return None
    terms = _terms(wanted, net, net < asked, market)
    command = ProposeCharge(
        terms=terms,
        needs_approval=wanted.proposed or terms.gross_minor > tariff.approval_limit_minor,
        contest_until=at + timedelta(days=tariff.contest_days),
        at=at,
    )
    return await unit.execute(CHARGES, terms.charge_id, command)


async def propose_line(
    wanted: WantedCharge, currency: Currency, paid: BoughtLine, market: Market, unit: Unit
) -> Charge:
    """Propose a further line of a decision that stands, while its case is open. Raises a Refusal."""
    expect_chargeable(
        wanted.net_minor or 0, currency, market_currency=Currency(market.currency), paid_minor=paid.paid_minor
    )
    (await known_case(unit, wanted.decision.case_id)).expect_open()
    charge = await charge_line(wanted, paid, market, unit.now, unit)
    if charge is None:
        raise AmountAboveCap("All that was paid for the order line has been charged.")
    return charge


async def approve(charge: Charge, tariff: Tariff, unit: Unit) -> Charge:
    """Approve a proposed charge of a decision that stands, while its case is open. Raises a Refusal."""
    decision = await known_decision(unit, charge.terms.decision_id)
    if decision is not None:
        decision.expect_standing()
    (await known_case(unit, charge.terms.case_id)).expect_open()
    command = ApproveCharge(unit.now + timedelta(days=tariff.contest_days), unit.now)
    return await unit.execute(CHARGES, charge.terms.charge_id, command)


async def review(charge_id: ChargeId, verdict: UpholdCharge | ReverseCharge, unit: Unit) -> Charge:
    """Keep a contested charge, or reverse it and leave its room under the cap to others. Raises a Refusal."""
    charge = await unit.execute(CHARGES, charge_id, verdict)
    if charge.status == Status.REVERSED:
        await _release(charge, verdict.at, unit)
    return charge


async def take_back(charge_id: ChargeId, reason: str, at: datetime, unit: Unit) -> None:
    """Take a charge back because its decision was: once, whatever became of it; what was never charged stays so."""
    charge = await unit.read(CHARGES, charge_id)
    if charge is None:
        return
    await unit.execute(CHARGES, charge_id, TakeChargeBack(reason, at))
    await _release(charge, at, unit)


async def _release(charge: Charge, at: datetime, unit: Unit) -> None:
    exposure = exposure_id(charge.terms.order_id, charge.terms.line_id)
    await unit.execute(EXPOSURES, exposure, ReleaseCharge(charge.terms.charge_id, at))


def _vat_of_kind(kind: str, tariff: Tariff) -> int:
    return 0 if kind in _PASSED_ON else tariff.vat_basis_points


async def _granted(
    wanted: WantedCharge, asked: int, fee: int | None, paid: BoughtLine, tariff: Tariff, at: datetime, unit: Unit
) -> int:
    """Return the net amount that the cap leaves of what is asked."""
    if asked == 0:
        return 0
    decision, charge_id = wanted.decision, wanted.charge_id
    basis_points = _vat_of_kind(wanted.kind, tariff)
    published = Fee(charge_id=charge_id, decision_id=decision.id, case_id=decision.case_id, kind=wanted.kind)
    command = ReserveCharge(
        charge_id=charge_id,
        net_minor=asked,
        vat_basis_points=basis_points,
        paid_minor=paid.paid_minor,
        fee=published if fee is not None and asked <= fee else None,
        at=at,
    )
    state = await unit.execute(EXPOSURES, exposure_id(decision.order_id, decision.line_id), command)
    granted = state.granted(charge_id)
    return asked if granted is None else net_within(granted, basis_points)


def _terms(wanted: WantedCharge, net_minor: int, capped: bool, market: Market) -> Terms:
    decision, tariff = wanted.decision, market.tariff
    basis_points = _vat_of_kind(wanted.kind, tariff)
    return Terms(
        charge_id=wanted.charge_id,
        case_id=decision.case_id,
        seller_id=decision.seller_id,
        market=decision.market,
        order_id=decision.order_id,
        line_id=decision.line_id,
        decision_id=decision.id,
        line=wanted.line,
        kind=wanted.kind,
        net_minor=net_minor,
        vat_minor=vat_of(net_minor, basis_points),
        vat_basis_points=basis_points,
        currency=Currency(market.currency),
        tariff_version=tariff.version,
        capped=capped,
        appeal_until=decision.appeal_until,
    )
