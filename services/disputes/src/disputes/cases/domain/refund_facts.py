"""What billing tells of the refund of an outcome, and what it means for what is left of the order line.

What a refused refund would have taken is left of the line, until it is ordered anew; what was paid never is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from disputes.cases.domain.line import GiveBack, NotePayment, RecallRefund
from ombud_words import DecisionId


@dataclass(frozen=True, slots=True)
class RecordRefundPaid:
    """What was decided has been carried out."""

    decision_id: DecisionId
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundFailure:
    """The payment system refused the refund."""

    decision_id: DecisionId
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundOrder:
    """The refund is ordered, for the first time or anew."""

    decision_id: DecisionId
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundCancellation:
    """Staff gave the refund up."""

    decision_id: DecisionId
    at: datetime


RefundFact = RecordRefundPaid | RecordRefundFailure | RecordRefundOrder | RecordRefundCancellation


def taken_from_line(fact: RefundFact, amount_minor: int) -> GiveBack | NotePayment | RecallRefund:
    """Return what the line is told of a refund that takes this much from it."""
    match fact:
        case RecordRefundFailure(decision_id, at) | RecordRefundCancellation(decision_id, at):
            return GiveBack(decision_id, at)
        case RecordRefundPaid(decision_id, at):
            return NotePayment(decision_id, amount_minor, at)
        case RecordRefundOrder(decision_id, at):
            return RecallRefund(decision_id, amount_minor, at)
        case _:
            assert_never(fact)
