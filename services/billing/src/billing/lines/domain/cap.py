"""What has been charged and refunded for one order line, so that neither ever passes what was paid (section 6, the cap)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from billing.domain.refusals import RefundAbovePaid


@dataclass(frozen=True, slots=True)
class ReserveCharge:
    """Make room for a recovered amount; what is granted may be less than wanted."""

    charge_id: str
    wanted_minor: int
    paid_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseCharge:
    charge_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReserveRefund:
    refund_id: str
    wanted_minor: int
    paid_minor: int
    at: datetime


Command = ReserveCharge | ReleaseCharge | ReserveRefund


@dataclass(frozen=True, slots=True)
class ChargeReserved:
    charge_id: str
    granted_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeReleased:
    charge_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReserved:
    refund_id: str
    amount_minor: int
    at: datetime


Event = ChargeReserved | ChargeReleased | RefundReserved


@dataclass(frozen=True, slots=True)
class Part:
    """An amount that counts towards the cap."""

    id: str
    minor: int


@dataclass(frozen=True, slots=True)
class Exposure:
    charges: tuple[Part, ...] = ()
    refunds: tuple[Part, ...] = ()

    def granted(self, charge_id: str) -> int:
        """What was granted to a charge."""
        return next((p.minor for p in self.charges if p.id == charge_id), 0)


def decide(command: Command, state: Exposure | None) -> list[Event]:
    """Return what happens. Raises RefundAbovePaid."""
    state = state or Exposure()
    match command:
        case ReserveCharge(charge_id, wanted, paid, at):
            if any(p.id == charge_id for p in state.charges):
                return []
            room = max(0, paid - sum(p.minor for p in state.charges))
            return [ChargeReserved(charge_id, min(wanted, room), at)]
        case ReleaseCharge(charge_id, at):
            return [ChargeReleased(charge_id, at)] if any(p.id == charge_id for p in state.charges) else []
        case ReserveRefund(refund_id, wanted, paid, at):
            if any(p.id == refund_id for p in state.refunds):
                return []
            if sum(p.minor for p in state.refunds) + wanted > paid:
                raise RefundAbovePaid("the refunds of this line would be above what was paid for it")
            return [RefundReserved(refund_id, wanted, at)]
        case _:
            assert_never(command)


def evolve(state: Exposure | None, event: Event) -> Exposure:
    """Return the state after a fact."""
    state = state or Exposure()
    match event:
        case ChargeReserved(charge_id, granted, _):
            return replace(state, charges=(*state.charges, Part(charge_id, granted)))
        case ChargeReleased(charge_id, _):
            return replace(state, charges=tuple(p for p in state.charges if p.id != charge_id))
        case RefundReserved(refund_id, amount, _):
            return replace(state, refunds=(*state.refunds, Part(refund_id, amount)))
        case _:
            assert_never(event)
