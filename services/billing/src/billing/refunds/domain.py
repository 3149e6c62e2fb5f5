"""A refund order: ORDERED → COMPLETED | FAILED → RETRIED | OTHER_METHOD | CANCELLED (casework, section 8).

What the payment system refused is ordered anew as an order of its own, or given up, by staff. A payment is a fact: it
completes the order whatever was said before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from billing.ledger.domain import Entry, refund_entry
from billing.refusals import OutcomeDoesNotMatch, RefundNotRefused, UnknownRefund
from ombud_words import BuyerId, CaseId, Currency, DecisionId, EntryId, LineId, Market, OrderId, RefundId, StaffId


@dataclass(frozen=True, slots=True)
class Recovered:
    """A line of the decision that passes the refund on to the seller."""

    line: str
    kind: str
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefund:
    refund_id: RefundId
    case_id: CaseId
    market: Market
    decision_id: DecisionId
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    amount_minor: int
    currency: Currency
    goodwill: bool
    at: datetime
    recovers: Sequence[Recovered] = ()
    attempt: int = 1
    method: str | None = None
    """Another way than that in which the buyer paid; None for the same."""
    replaces: RefundId | None = None
    """The order that was refused."""


@dataclass(frozen=True, slots=True)
class HoldRefundBack:
    """Less is left of the line than the refund needs: it is not ordered, and staff decides what becomes of it."""

    order: OrderRefund
    reason: str

    @property
    def at(self) -> datetime:
        return self.order.at


@dataclass(frozen=True, slots=True)
class CompleteRefund:
    amount_minor: int
    currency: Currency
    at: datetime


@dataclass(frozen=True, slots=True)
class FailRefund:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRefund:
    """Staff has it ordered anew."""

    successor: RefundId
    method: str | None
    reason: str
    by: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRefund:
    """Staff gives it up: what it would have taken is left of the line."""

    reason: str
    by: StaffId
    at: datetime


Command = OrderRefund | HoldRefundBack | CompleteRefund | FailRefund | ReplaceRefund | CancelRefund


@dataclass(frozen=True, slots=True)
class RefundOrdered:
    order: OrderRefund

    @property
    def at(self) -> datetime:
        return self.order.at


@dataclass(frozen=True, slots=True)
class RefundHeldBack:
    order: OrderRefund
    reason: str

    @property
    def at(self) -> datetime:
        return self.order.at


@dataclass(frozen=True, slots=True)
class RefundCompleted:
    entry: Entry
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReplaced:
    successor: RefundId
    method: str | None
    reason: str
    by: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCancelled:
    reason: str
    by: StaffId
    at: datetime


Event = RefundOrdered | RefundHeldBack | RefundCompleted | RefundFailed | RefundReplaced | RefundCancelled


class Status(StrEnum):
    """Where a refund is."""

    ORDERED = "ORDERED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    RETRIED = "RETRIED"
    OTHER_METHOD = "OTHER_METHOD"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Refund:
    order: OrderRefund
    status: Status
    reason: str | None = None
    """Why it was refused or given up, as a code."""


def decide(command: Command, state: Refund | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OrderRefund):
        return [RefundOrdered(command)] if state is None else []
    if isinstance(command, HoldRefundBack):
        return [RefundHeldBack(command.order, command.reason)] if state is None else []
    if state is None:
        raise UnknownRefund("there is no such refund order")
    match command:
        case CompleteRefund(amount_minor, currency, at):
            return _complete(state, amount_minor, currency, at)
        case FailRefund(reason, at):
            return [RefundFailed(reason, at)] if state.status == Status.ORDERED else []
        case ReplaceRefund(successor=successor, method=method, reason=reason, by=by, at=at):
            _expect_refused(state)
            return [RefundReplaced(successor=successor, method=method, reason=reason, by=by, at=at)]
        case CancelRefund(reason=reason, by=by, at=at):
            _expect_refused(state)
            return [RefundCancelled(reason=reason, by=by, at=at)]
        case _:
            assert_never(command)


def _expect_refused(state: Refund) -> None:
    if state.status != Status.FAILED:
        raise RefundNotRefused(f"the refund is {state.status.lower()}")


def _complete(state: Refund, amount_minor: int, currency: Currency, at: datetime) -> list[Event]:
    order = state.order
    if (amount_minor, currency) != (order.amount_minor, order.currency):
        raise OutcomeDoesNotMatch("the payment system reports another amount or currency than was ordered")
    if state.status == Status.COMPLETED:
        return []
    entry = refund_entry(
        EntryId(f"ent_{order.refund_id}"),
        refund_id=order.refund_id,
        amount_minor=amount_minor,
        currency=currency,
        goodwill=order.goodwill,
        at=at,
    )
    return [RefundCompleted(entry, at)]


def evolve(state: Refund | None, event: Event) -> Refund:
    """Return the state after a fact."""
    if isinstance(event, RefundOrdered):
        return Refund(event.order, Status.ORDERED)
    if isinstance(event, RefundHeldBack):
        return Refund(event.order, Status.FAILED, event.reason)
    assert state is not None, "a refund is born by RefundOrdered or RefundHeldBack"
    match event:
        case RefundCompleted():
            return replace(state, status=Status.COMPLETED)
        case RefundFailed(reason, _):
            return replace(state, status=Status.FAILED, reason=reason)
        case RefundReplaced(method=method):
            return replace(state, status=Status.RETRIED if method is None else Status.OTHER_METHOD)
        case RefundCancelled(reason=reason):
            return replace(state, status=Status.CANCELLED, reason=reason)
        case _:
            assert_never(event)
