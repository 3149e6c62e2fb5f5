"""What has been charged and refunded for one order line, so that neither ever passes its cap.

The cap on charges holds on gross sums: what was paid for the line, and beside it each published fee once per decision and
kind, at most three handling fees per case (casework, section 8); a further fee is not charged. Refunds never pass what was
paid, unless the payment system pays what it had refused. No two disputes hold the same money back from payouts: the oldest of
those that wait for their outcome holds what is left of the line, and what of its refunds is still to be paid.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from billing.refusals import RefundAbovePaid
from ombud_words import CaseId, ChargeId, ChargeKind, DecisionId, HoldId, RefundId, gross

_HANDLING_FEES_PER_CASE = 3
_WHOLE = 10_000
"""Basis points of a hundred per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A published fee, which stands beside the line's value while it is the only one of its kind by its decision."""

    charge_id: ChargeId
    decision_id: DecisionId
    case_id: CaseId
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveCharge:
    """Make room for a charge; what is granted may be less than wanted."""

    charge_id: ChargeId
    net_minor: int
    vat_basis_points: int
    paid_minor: int
    fee: Fee | None
    """The charge's place among the published fees; None when its amount is not the tariff's."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseCharge:
    charge_id: ChargeId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveRefund:
    refund_id: RefundId
    wanted_minor: int
    paid_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefund:
    """The payment system paid a refund, also one that holds no room: a fact, whatever is left."""

    refund_id: RefundId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseRefund:
    """A refund was refused, so that what it would have taken is left."""

    refund_id: RefundId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBack:
    """A dispute holds back from payouts what none that was opened before holds."""

    hold_id: HoldId
    paid_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ShareHolds:
    """What is left of the line changed, or which disputes wait for their outcome."""

    paid_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LetGo:
    """A dispute holds nothing back any more."""

    hold_id: HoldId
    at: datetime


Command = ReserveCharge | ReleaseCharge | ReserveRefund | RecordRefund | ReleaseRefund | HoldBack | ShareHolds | LetGo


@dataclass(frozen=True, slots=True)
class Part:
    """A gross amount that counts towards the cap."""

    id: str
    minor: int


@dataclass(frozen=True, slots=True)
class ChargeReserved:
    charge_id: ChargeId
    granted_minor: int
    """Gross."""
    at: datetime


@dataclass(frozen=True, slots=True)
class FeeReserved:
    fee: Fee
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeReleased:
    charge_id: ChargeId
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReserved:
    refund_id: RefundId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundPaid:
    refund_id: RefundId
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReleased:
    refund_id: RefundId
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldBack:
    hold_id: HoldId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldsShared:
    holds: tuple[Part, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldLetGo:
    hold_id: HoldId
    at: datetime


Event = (
    ChargeReserved
    | FeeReserved
    | ChargeReleased
    | RefundReserved
    | RefundPaid
    | RefundReleased
    | HeldBack
    | HoldsShared
    | HoldLetGo
)


@dataclass(frozen=True, slots=True)
class Exposure:
    charges: tuple[Part, ...] = ()
    refunds: tuple[Part, ...] = ()
    fees: tuple[Fee, ...] = ()
    holds: tuple[Part, ...] = ()
    """What disputes keep back from payouts, in the order in which they began to wait, those that hold nothing yet included; it
    counts towards no cap, for nobody has it."""
    refunds_paid: tuple[str, ...] = ()

    @property
    def refunded_minor(self) -> int:
        """What refunds of the line take: those that were paid, and those that the payment system was asked for."""
        return sum(part.minor for part in self.refunds)

    def held(self, hold_id: HoldId) -> int:
        """Return what a dispute holds back of the line."""
        return next((p.minor for p in self.holds if p.id == hold_id), 0)

    def granted(self, charge_id: ChargeId) -> int | None:
        """Return what was granted to a charge, gross; None when it stands beside the cap as a published fee."""
        if any(f.charge_id == charge_id for f in self.fees):
            return None
        return next((p.minor for p in self.charges if p.id == charge_id), 0)


def net_within(gross_minor: int, vat_basis_points: int) -> int:
    """Return the largest net amount that is, with its tax, not above a gross amount."""
    net = gross_minor * _WHOLE // (_WHOLE + vat_basis_points)
    while gross(net + 1, vat_basis_points) <= gross_minor:
        net += 1
    while net and gross(net, vat_basis_points) > gross_minor:
        net -= 1
    return net


def decide(command: Command, state: Exposure | None) -> list[Event]:
    """Return what happens. Raises RefundAbovePaid."""
    state = state or Exposure()
    match command:
        case ReserveCharge():
            return _reserve(state, command)
        case ReleaseCharge(charge_id, at):
            known = any(p.id == charge_id for p in state.charges) or any(f.charge_id == charge_id for f in state.fees)
            return [ChargeReleased(charge_id, at)] if known else []
        case ReserveRefund(refund_id=refund_id, wanted_minor=wanted, paid_minor=paid, at=at):
            if any(p.id == refund_id for p in state.refunds):
                return []
            if state.refunded_minor + wanted > paid:
                raise RefundAbovePaid("the refunds of this line would be above what was paid for it")
            return [RefundReserved(refund_id, wanted, at)]
        case RecordRefund(refund_id, amount, at):
            known = any(p.id == refund_id for p in state.refunds)
            reserved: list[Event] = [] if known else [RefundReserved(refund_id, amount, at)]
            return reserved if refund_id in state.refunds_paid else [*reserved, RefundPaid(refund_id, at)]
        case ReleaseRefund(refund_id, at):
            return [RefundReleased(refund_id, at)] if any(p.id == refund_id for p in state.refunds) else []
        case HoldBack(hold_id=hold_id, paid_minor=paid, at=at):
            if any(p.id == hold_id for p in state.holds):
                return []
            return [HeldBack(hold_id, 0 if state.holds else _may_hold(state, 0, paid), at)]
        case ShareHolds(paid, at):
            shared = tuple(
                replace(part, minor=0 if n else _may_hold(state, part.minor, paid))
                for n, part in enumerate(state.holds)
            )
            return [HoldsShared(shared, at)] if shared != state.holds else []
        case LetGo(hold_id, at):
            return [HoldLetGo(hold_id, at)] if any(p.id == hold_id for p in state.holds) else []
        case _:
            assert_never(command)


def _may_hold(state: Exposure, held_minor: int, paid_minor: int) -> int:
    """Return what the oldest dispute holds: what is left at least, and never what the buyer has back."""
    left = paid_minor - state.refunded_minor
    not_given_back = paid_minor - sum(part.minor for part in state.refunds if part.id in state.refunds_paid)
    return max(0, left, min(held_minor, not_given_back))


def _reserve(state: Exposure, c: ReserveCharge) -> list[Event]:
    if state.granted(c.charge_id) != 0 or any(p.id == c.charge_id for p in state.charges):
        return []
    if c.fee is not None:
        return [FeeReserved(c.fee, c.at) if _stands_beside(state, c.fee) else ChargeReserved(c.charge_id, 0, c.at)]
    room = max(0, c.paid_minor - sum(p.minor for p in state.charges))
    net = min(c.net_minor, net_within(room, c.vat_basis_points))
    return [ChargeReserved(c.charge_id, gross(net, c.vat_basis_points), c.at)]


def _stands_beside(state: Exposure, fee: Fee) -> bool:
    alike = [f for f in state.fees if f.kind == fee.kind]
    if any(f.decision_id == fee.decision_id for f in alike):
        return False
    if fee.kind != ChargeKind.HANDLING_FEE:
        return True
    return sum(f.case_id == fee.case_id for f in alike) < _HANDLING_FEES_PER_CASE


def evolve(state: Exposure | None, event: Event) -> Exposure:
    """Return the state after a fact."""
    state = state or Exposure()
    match event:
        case ChargeReserved(charge_id, granted, _):
            return replace(state, charges=(*state.charges, Part(charge_id, granted)))
        case FeeReserved(fee, _):
            return replace(state, fees=(*state.fees, fee))
        case ChargeReleased(charge_id, _):
            charges = tuple(p for p in state.charges if p.id != charge_id)
            return replace(state, charges=charges, fees=tuple(f for f in state.fees if f.charge_id != charge_id))
        case RefundReserved(refund_id, amount, _):
            return replace(state, refunds=(*state.refunds, Part(refund_id, amount)))
        case RefundPaid(refund_id, _):
            return replace(state, refunds_paid=(*state.refunds_paid, refund_id))
        case RefundReleased(refund_id, _):
            return replace(state, refunds=tuple(p for p in state.refunds if p.id != refund_id))
        case HeldBack(hold_id, amount, _):
            return replace(state, holds=(*state.holds, Part(hold_id, amount)))
        case HoldsShared(holds, _):
            return replace(state, holds=holds)
        case HoldLetGo(hold_id, _):
            return replace(state, holds=tuple(p for p in state.holds if p.id != hold_id))
        case _:
            assert_never(event)
