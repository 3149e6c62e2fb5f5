"""What a line of a decision costs the seller, by tariff, VAT and cap, and what frees its room under the cap again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing.cases.store import known_case
from billing.charges.domain import (
    ApproveCharge,
    Charge,
    EndProposal,
    LapseProposal,
    ProposeCharge,
    RecordRefundRefused,
    RefuseCharge,
    ReverseCharge,
    Status,
    TakeChargeBack,
    Terms,
    UpholdCharge,
    expect_chargeable,
    expect_first_of_its_kind,
)
from billing.charges.store import CHARGES, charges_of_case
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine, Fee, ReleaseCharge, ReserveCharge, net_within
from billing.lines.store import EXPOSURES, exposure_id
from billing.refusals import AmountAboveCap
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_contracts.market import Market, Tariff
from ombud_words import CaseId, ChargeId, ChargeKind, Currency, DecisionId, StaffId, gross, vat_of, why_order_refused

PASSED_ON = (ChargeKind.REFUND, ChargeKind.SHIPPING_REFUND)
"""What the buyer got back is passed on as it is; the platform sells nothing, so no VAT is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """By which terms an amount was shown to the seller before; it is charged by them, whatever the tariff says since."""

    vat_basis_points: int
    tariff_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCharge:
    """A line of a decision, before tariff and cap."""

    decision: Decision
    line: str
    kind: str
    net_minor: int | None
    """None when the tariff sets it."""
    proposed_by: StaffId | None = None
    """Who proposed it: a further person approves it, whatever its amount."""
    receipt: str | None = None
    awaits_refund: bool = False
    """It recovers a refund that has not been paid."""
    shown: Shown | None = None
    """By which terms the amount was shown before; None: by those of today."""

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


def asked_of(kind: str, line: str, net_minor: int | None, tariff: Tariff) -> int:
    """Return the net amount that a line asks for: nothing for what is never charged, such as the platform's goodwill.

    A penalty costs what its row of the tariff says, and nothing without a row.
    """
    if kind == ChargeKind.PENALTY:
        return tariff.penalties_minor.get(line, 0)
    if kind not in list(ChargeKind) or kind == ChargeKind.GOODWILL:
        return 0
    return net_minor if net_minor is not None else published_fee(tariff, kind) or 0


async def charge_line(
    wanted: WantedCharge, paid: BoughtLine, market: Market, at: datetime, unit: Unit
) -> Charge | None:
    """Charge the seller for one line of a decision; its amount is the decision's or the tariff's, and capped.

    The same decision and line meet the same charge, whatever happens in between, unless its refund was refused and is
    ordered anew. What somebody must approve reserves nothing until then. When nothing is left to charge, there is no charge.
    """
    known = await unit.read(CHARGES, wanted.charge_id)
    if known is not None and known.status != Status.RELEASED:
        return known  # a repeat must not make room under the cap again
    if why_order_refused(paid.currency, market.currency) is not None:
        return None  # a line that was noted before such orders were refused
    asked = asked_of(wanted.kind, wanted.line, wanted.net_minor, market.tariff)
    proposal = _terms(wanted, asked, asked, market)
    limit = market.tariff.approval_limit_minor
    needs_approval = wanted.proposed_by is not None or min(proposal.gross_minor, paid.paid_minor) > limit
    published = wanted.shown is not None or _published(wanted.kind, asked, market.tariff)
    net = asked if needs_approval else await _granted(proposal, asked, paid, at, unit, published=published)
    if net == 0:
        return None
    command = ProposeCharge(
        terms=_terms(wanted, net, asked, market),
        needs_approval=needs_approval,
        contest_until=at + timedelta(days=market.tariff.contest_days),
        at=at,
        awaits_refund=wanted.awaits_refund,
    )
    return await unit.execute(CHARGES, wanted.charge_id, command)


async def propose_line(
    wanted: WantedCharge, currency: Currency, paid: BoughtLine, market: Market, unit: Unit
) -> Charge:
    """Propose a further line of a decision that stands, while its case is open. Raises a Refusal."""
    known = await unit.read(CHARGES, wanted.charge_id)
    if known is not None:
        return known
    wanted.decision.expect_binding()
    asked = wanted.net_minor or 0
    costs = gross(asked, _vat_of_kind(wanted.kind, market.tariff))
    fee = _published(wanted.kind, asked, market.tariff)
    expect_chargeable(
        wanted.kind,
        costs,
        currency,
        market_currency=Currency(market.currency),
        most=costs if fee else paid.paid_minor,
    )
    (await known_case(unit, wanted.decision.case_id)).expect_open()
    expect_first_of_its_kind(wanted.kind, await _charges_of(wanted.decision, unit))
    charge = await charge_line(wanted, paid, market, unit.now, unit)
    if charge is None:
        raise AmountAboveCap("All that was paid for the order line has been charged.")
    return charge


async def approve(
    charge: Charge, by: StaffId, limit_minor: int | None, paid: BoughtLine, market: Market, unit: Unit
) -> Charge:
    """Approve a proposed charge of a decision that stands, while its case is open: now it reserves what is left.

    Raises a Refusal, AmountAboveCap when nothing is left.
    """
    decision = await known_decision(unit, charge.terms.decision_id)
    if decision is not None:
        decision.expect_standing()
        decision.expect_another_person(by)
        if decision.decision is not None and charge.terms.proposed_by is not None:
            decision.decision.expect_binding()
    (await known_case(unit, charge.terms.case_id)).expect_open()
    terms = charge.terms
    if charge.open_proposal:
        fee = _published(terms.kind, terms.net_minor, market.tariff)
        net = await _granted(terms, terms.net_minor, paid, unit.now, unit, published=fee)
        if net == 0:
            raise AmountAboveCap("All that was paid for the order line has been charged.")
        lowered = terms.capped or net < terms.net_minor
        terms = replace(terms, net_minor=net, vat_minor=vat_of(net, terms.vat_basis_points), capped=lowered)
    command = ApproveCharge(
        terms=terms,
        approved_by=by,
        limit_minor=limit_minor,
        contest_until=unit.now + timedelta(days=market.tariff.contest_days),
        at=unit.now,
    )
    return await unit.execute(CHARGES, terms.charge_id, command)


async def review(charge_id: ChargeId, verdict: UpholdCharge | ReverseCharge, unit: Unit) -> Charge:
    """Keep a contested charge, or reverse it and leave its room under the cap to others. Raises a Refusal, OwnDecision for
    whoever decided about what it rests on."""
    charge = await unit.execute(CHARGES, charge_id, verdict)
    decision = await known_decision(unit, charge.terms.decision_id)
    if decision is not None:
        decision.expect_another_person(verdict.reviewer_id)
    if charge.status in (Status.REVERSED, Status.WITHDRAWN):
        await release(charge, verdict.at, unit)
    return charge


def amended(terms: Terms, net_minor: int) -> Terms:
    """Return the terms of a charge of another amount that takes the place of one."""
    line = f"{terms.line}|amended"  # no line that staff can name
    return replace(
        terms,
        charge_id=charge_id_of(terms.decision_id, line),
        line=line,
        net_minor=net_minor,
        vat_minor=vat_of(net_minor, terms.vat_basis_points),
        capped=False,
    )


async def replace_amended(before: Charge, anew: Terms, paid: BoughtLine, unit: Unit) -> Charge:
    """Post what an appeal made of a charge: a lower amount, which nobody contests again, and which takes the place of the
    other under the cap, or beside it.

    Raises AmountAboveCap.
    """
    line = await unit.read(EXPOSURES, exposure_id(anew.order_id, anew.line_id))
    beside = line is not None and line.granted(before.terms.charge_id) is None
    await release(before, unit.now, unit)
    if await _granted(anew, anew.net_minor, paid, unit.now, unit, published=beside) < anew.net_minor:
        raise AmountAboveCap("All that was paid for the order line has been charged.")
    command = ProposeCharge(terms=anew, needs_approval=False, contest_until=None, at=unit.now)
    return await unit.execute(CHARGES, anew.charge_id, command)


async def take_back(charge_id: ChargeId, reason: str, at: datetime, unit: Unit) -> None:
    """Take a charge back because its decision was, with what an appeal put in its place: once, whatever became of it; what was
    never charged stays so."""
    charge = await unit.read(CHARGES, charge_id)
    if charge is None:
        return
    await unit.execute(CHARGES, charge_id, TakeChargeBack(reason, at))
    await release(charge, at, unit)
    if charge.replaced_by is not None:
        await take_back(charge.replaced_by, reason, at, unit)


async def let_go(charge_id: ChargeId, at: datetime, unit: Unit) -> None:
    """Release the charge of a refund that was refused, if it was not posted, with its room under the cap."""
    if await unit.read(CHARGES, charge_id) is None:
        return
    charge = await unit.execute(CHARGES, charge_id, RecordRefundRefused(at))
    if charge.status == Status.RELEASED:
        await release(charge, at, unit)


async def lapse(charge_id: ChargeId, silent_until: datetime, unit: Unit) -> None:
    """End a proposal that nobody approved in time, as its clock says; what was decided meanwhile stays."""
    if await unit.read(CHARGES, charge_id) is not None:
        await _end(charge_id, LapseProposal(silent_until, unit.now), unit)


async def end_proposals(case_id: CaseId, unit: Unit) -> None:
    """End what was proposed for a case that was closed."""
    for charge in await charges_of_case(unit, case_id):
        if charge.open_proposal:
            await _end(charge.terms.charge_id, EndProposal("case_closed", unit.now), unit)


async def refuse(charge_id: ChargeId, reason: str, unit: Unit) -> Charge:
    """Refuse a proposed charge. Raises a Refusal."""
    return await _end(charge_id, RefuseCharge(reason, unit.now), unit)


async def _end(charge_id: ChargeId, ending: EndProposal | LapseProposal | RefuseCharge, unit: Unit) -> Charge:
    """End a proposal; one that was made while proposals took room under the cap leaves it to others."""
    charge = await unit.execute(CHARGES, charge_id, ending)
    if charge.status == Status.WITHDRAWN:
        await release(charge, unit.now, unit)
    return charge


async def _charges_of(decision: Decision, unit: Unit) -> Iterable[Charge]:
    return [c for c in await charges_of_case(unit, decision.case_id) if c.terms.decision_id == decision.id]


async def release(charge: Charge, at: datetime, unit: Unit) -> None:
    """Leave the room of a charge under the cap to others."""
    exposure = exposure_id(charge.terms.order_id, charge.terms.line_id)
    await unit.execute(EXPOSURES, exposure, ReleaseCharge(charge.terms.charge_id, at))


def _vat_of_kind(kind: str, tariff: Tariff) -> int:
    return 0 if kind in PASSED_ON else tariff.vat_basis_points


def _published(kind: str, asked: int, tariff: Tariff) -> bool:
    """Whether an amount is the tariff's own, or less: it stands beside the cap."""
    fee = published_fee(tariff, kind)
    return fee is not None and asked <= fee


async def _granted(terms: Terms, asked: int, paid: BoughtLine, at: datetime, unit: Unit, *, published: bool) -> int:
    """Return the net amount that the cap leaves of what is asked."""
    if asked == 0:
        return 0
    charge_id, points = terms.charge_id, terms.vat_basis_points
    fee = Fee(charge_id=charge_id, decision_id=terms.decision_id, case_id=terms.case_id, kind=terms.kind)
    command = ReserveCharge(
        charge_id=charge_id,
        net_minor=asked,
        vat_basis_points=points,
        paid_minor=paid.paid_minor,
        fee=fee if published else None,
        at=at,
    )
    state = await unit.execute(EXPOSURES, exposure_id(terms.order_id, terms.line_id), command)
    granted = state.granted(charge_id)
    return asked if granted is None else net_within(granted, points)


def _terms(wanted: WantedCharge, net_minor: int, asked_minor: int, market: Market) -> Terms:
    decision, tariff = wanted.decision, market.tariff
    shown = wanted.shown or Shown(vat_basis_points=_vat_of_kind(wanted.kind, tariff), tariff_version=tariff.version)
    basis_points = shown.vat_basis_points
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
        tariff_version=shown.tariff_version,
        capped=net_minor < asked_minor,
        appeal_until=decision.appeal_until,
        decided_by=decision.decided_by,
        proposed_by=wanted.proposed_by,
        receipt=wanted.receipt,
        clause=decision.clause,
        clause_version=decision.clause_version,
    )
