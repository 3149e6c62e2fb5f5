"""A refund to a buyer: ordered from the payment system once per decision, and its outcome taken."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from billing.ledger.domain import Entry, refund_entry
from billing.refusals import OutcomeDoesNotMatch, UnknownRefund
from ombud_words import BuyerId, CaseId, Currency, DecisionId, EntryId, LineId, Market, OrderId, RefundId


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


@dataclass(frozen=True, slots=True)
class CompleteRefund:
    amount_minor: int
    currency: Currency
    at: datetime


@dataclass(frozen=True, slots=True)
class FailRefund:
    reason: str
    at: datetime


Command = OrderRefund | CompleteRefund | FailRefund


@dataclass(frozen=True, slots=True)
class RefundOrdered:
    order: OrderRefund

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


Event = RefundOrdered | RefundCompleted | RefundFailed


class Status(StrEnum):
    """Where a refund is."""

    ORDERED = "ORDERED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Refund:
    order: OrderRefund
    status: Status


def decide(command: Command, state: Refund | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OrderRefund):
        return [RefundOrdered(command)] if state is None else []
    if state is None:
        raise UnknownRefund("there is no such refund order")
    match command:
        case CompleteRefund(amount_minor, currency, at):
            return _complete(state, amount_minor, currency, at)
        case FailRefund(reason, at):
            return [RefundFailed(reason, at)] if state.status == Status.ORDERED else []
        case _:
            assert_never(command)


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
    assert state is not None, "a refund is born by RefundOrdered"
    match event:
        case RefundCompleted():
            return replace(state, status=Status.COMPLETED)
        case RefundFailed():
            return replace(state, status=Status.FAILED)
        case _:
            assert_never(event)
