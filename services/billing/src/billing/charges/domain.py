"""A charge to a seller: PROPOSED → NOTIFIED → POSTED → (CONTESTED → UPHELD | REVERSED). Its id is decision and line,
so that a decision told twice charges once. When its decision is taken back, a proposed charge is WITHDRAWN and a posted
one is REVERSED, whatever a reviewer said (S-3)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from billing.ledger.domain import Entry, charge_entry, reversal_of
from billing.refusals import (
    AmountAboveCap,
    ChargeNotContested,
    ChargeNotPosted,
    ChargeNotProposed,
    ContestWindowClosed,
    CurrencyOfAnotherMarket,
    UnknownCharge,
)
from ombud_words import (
    CaseId,
    ChargeId,
    Currency,
    DecisionId,
    EntryId,
    LineId,
    Market,
    OrderId,
    PersonId,
    SellerId,
    StaffId,
)

NO_REVIEWER = StaffId(PersonId("system"))
"""Who reverses a charge whose decision was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is charged to whom, by which decision."""

    charge_id: ChargeId
    case_id: CaseId
    seller_id: SellerId
    market: Market
    order_id: OrderId
    line_id: LineId
    decision_id: DecisionId
    line: str
    kind: str
    net_minor: int
    vat_minor: int
    vat_basis_points: int
    currency: Currency
    tariff_version: str
    capped: bool
    appeal_until: datetime | None

    @property
    def gross_minor(self) -> int:
        """What the seller pays."""
        return self.net_minor + self.vat_minor


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeCharge:
    """A decision names a line; it is posted at once unless somebody must approve it first."""

    terms: Terms
    needs_approval: bool
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveCharge:
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ContestCharge:
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UpholdCharge:
    reason: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class ReverseCharge:
    reason: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeChargeBack:
    """The decision that the charge rests on was taken back."""

    reason: str
    at: datetime


Command = ProposeCharge | ApproveCharge | ContestCharge | UpholdCharge | ReverseCharge | TakeChargeBack

# Events


@dataclass(frozen=True, slots=True)
class ChargeProposed:
    terms: Terms
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeNotified:
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargePosted:
    entry: Entry
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeContested:
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeUpheld:
    reason: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeReversed:
    entry: Entry
    reason: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeWithdrawn:
    reason: str
    at: datetime


Event = (
    ChargeProposed | ChargeNotified | ChargePosted | ChargeContested | ChargeUpheld | ChargeReversed | ChargeWithdrawn
)

# State


class Status(StrEnum):
    """Where a charge is."""

    PROPOSED = "PROPOSED"
    NOTIFIED = "NOTIFIED"
    POSTED = "POSTED"
    CONTESTED = "CONTESTED"
    UPHELD = "UPHELD"
    REVERSED = "REVERSED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Charge:
    terms: Terms
    status: Status
    proposed_at: datetime
    contest_until: datetime | None = None
    entry: Entry | None = None
    reversal: Entry | None = None
    posted_at: datetime | None = None
    ground: str | None = None
    verdict: str | None = None


# Decide


def expect_chargeable(amount_minor: int, currency: Currency, *, market_currency: Currency, paid_minor: int) -> None:
    """Refuse a proposal in another currency, or above what was paid for its line.

    Raises CurrencyOfAnotherMarket, AmountAboveCap.
    """
    if currency != market_currency:
        raise CurrencyOfAnotherMarket(f"Amounts of this case are in {market_currency}.")
    if amount_minor > paid_minor:
        raise AmountAboveCap("The amount is above what was paid for the order line.")


def decide(command: Command, state: Charge | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, ProposeCharge):
        return _propose(command) if state is None else []
    if state is None:
        raise UnknownCharge("there is no such charge")
    match command:
        case ApproveCharge(contest_until, at):
            if state.status != Status.PROPOSED:
                raise ChargeNotProposed(f"the charge is {state.status.lower()}")
            return _posted(state.terms, contest_until, at)
        case ContestCharge(ground, at):
            return _contest(state, ground, at)
        case UpholdCharge(reason, reviewer_id, at):
            _expect_contested(state)
            return [ChargeUpheld(reason, reviewer_id, at)]
        case ReverseCharge(reason, reviewer_id, at):
            _expect_contested(state)
            return [_reversed(state, reason, reviewer_id, at)]
        case TakeChargeBack(reason, at):
            return _take_back(state, reason, at)
        case _:
            assert_never(command)


def _propose(c: ProposeCharge) -> list[Event]:
    proposed = ChargeProposed(c.terms, c.at)
    return [proposed] if c.needs_approval else [proposed, *_posted(c.terms, c.contest_until, c.at)]


def _posted(t: Terms, contest_until: datetime, at: datetime) -> list[Event]:
    entry = charge_entry(
        EntryId(f"ent_{t.charge_id}"),
        charge_id=t.charge_id,
        seller_id=t.seller_id,
        kind=t.kind,
        net_minor=t.net_minor,
        vat_minor=t.vat_minor,
        currency=t.currency,
        market=t.market,
        at=at,
    )
    return [ChargeNotified(contest_until, at), ChargePosted(entry, at)]


def _contest(state: Charge, ground: str, at: datetime) -> list[Event]:
    if state.status == Status.CONTESTED and state.ground == ground:
        return []
    if state.status != Status.POSTED:
        raise ChargeNotPosted(f"the charge is {state.status.lower()}; only a posted one can be contested")
    if state.contest_until is None or at > state.contest_until:
        raise ContestWindowClosed("the time to contest this charge has passed")
    return [ChargeContested(ground, at)]


def _reversed(state: Charge, reason: str, reviewer_id: StaffId, at: datetime) -> ChargeReversed:
    assert state.entry is not None, "what is reversed was posted"
    opposite = reversal_of(state.entry, EntryId(f"{state.entry.id}-reversed"), at)
    return ChargeReversed(entry=opposite, reason=reason, reviewer_id=reviewer_id, at=at)


def _take_back(state: Charge, reason: str, at: datetime) -> list[Event]:
    if state.status in (Status.REVERSED, Status.WITHDRAWN):
        return []
    if state.entry is None:
        return [ChargeWithdrawn(reason, at)]
    return [_reversed(state, reason, NO_REVIEWER, at)]


def _expect_contested(state: Charge) -> None:
    if state.status != Status.CONTESTED:
        raise ChargeNotContested(f"the charge is {state.status.lower()}; only a contested one is reviewed")


# Evolve


def evolve(state: Charge | None, event: Event) -> Charge:
    """Return the state after a fact."""
    if isinstance(event, ChargeProposed):
        return Charge(event.terms, Status.PROPOSED, event.at)
    assert state is not None, "a charge is born by ChargeProposed"
    match event:
        case ChargeNotified(contest_until, _):
            return replace(state, status=Status.NOTIFIED, contest_until=contest_until)
        case ChargePosted(entry, at):
            return replace(state, status=Status.POSTED, entry=entry, posted_at=at)
        case ChargeContested(ground, _):
            return replace(state, status=Status.CONTESTED, ground=ground)
        case ChargeUpheld(reason, _, _):
            return replace(state, status=Status.UPHELD, verdict=reason)
        case ChargeReversed(entry=entry, reason=reason):
            return replace(state, status=Status.REVERSED, reversal=entry, verdict=reason)
        case ChargeWithdrawn(reason, _):
            return replace(state, status=Status.WITHDRAWN, verdict=reason)
        case _:
            assert_never(event)
