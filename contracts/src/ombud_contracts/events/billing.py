"""Charges to sellers and refunds to buyers; money in integer minor units, nothing edited, nothing twice (section 6)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.vocabulary import (
    BuyerId,
    CaseId,
    ChargeId,
    ChargeKind,
    Currency,
    Instant,
    LineId,
    MinorUnits,
    OrderId,
    SellerId,
)
from ombud_words import DecisionId, EntryId, RefundId


class ChargeEvent(Event):
    """What every event about a charge says."""

    charge_id: ChargeId
    """Derived from decision and line, so a redelivered decision cannot charge twice."""
    case_id: CaseId
    seller_id: SellerId


class ChargeProposed(ChargeEvent):
    """A decision or takeover names a line that the seller pays."""

    type: ClassVar[str] = "billing.charge_proposed"
    topic: ClassVar[str] = topics.CHARGES
    decision_id: DecisionId
    line: str
    kind: ChargeKind | str
    net_minor: Annotated[MinorUnits, Field(ge=0)]
    vat_minor: Annotated[MinorUnits, Field(ge=0)]
    vat_basis_points: Annotated[int, Field(ge=0)]
    gross_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    tariff_version: str
    capped: bool
    """The amount was lowered to the cap of order value and published fees."""
    proposed_at: Instant


class ChargeNotified(ChargeEvent):
    """The seller was told of the charge, and may contest it until the instant given."""

    type: ClassVar[str] = "billing.charge_notified"
    topic: ClassVar[str] = topics.CHARGES
    contest_until: Instant
    notified_at: Instant


class ChargePosted(ChargeEvent):
    """The charge stands in the ledger as a balanced entry."""

    type: ClassVar[str] = "billing.charge_posted"
    topic: ClassVar[str] = topics.CHARGES
    entry_id: EntryId
    gross_minor: MinorUnits
    currency: Currency
    posted_at: Instant


class ChargeContested(ChargeEvent):
    """The seller disagrees with a charge; a reviewer decides."""

    type: ClassVar[str] = "billing.charge_contested"
    topic: ClassVar[str] = topics.CHARGES
    ground: str
    contested_at: Instant


class ChargeUpheld(ChargeEvent):
    """A reviewer kept the charge."""

    type: ClassVar[str] = "billing.charge_upheld"
    topic: ClassVar[str] = topics.CHARGES
    reason: str
    reviewer_id: str
    upheld_at: Instant


class ChargeWithdrawn(ChargeEvent):
    """A proposed charge will not be posted: the decision that it rested on was taken back (S-3)."""

    type: ClassVar[str] = "billing.charge_withdrawn"
    topic: ClassVar[str] = topics.CHARGES
    reason: str
    withdrawn_at: Instant


class ChargeReversed(ChargeEvent):
    """The charge was taken back, by a reviewer or with its decision: an opposite entry stands beside the first."""

    type: ClassVar[str] = "billing.charge_reversed"
    topic: ClassVar[str] = topics.CHARGES
    entry_id: EntryId
    reverses_entry_id: EntryId
    gross_minor: MinorUnits
    currency: Currency
    reason: str
    reviewer_id: str
    """Who reviewed the contest; `system` when the decision that the charge rested on was taken back."""
    reversed_at: Instant


class RefundOrdered(Event):
    """The payment system shall pay the buyer back; the id makes a repeat harmless."""

    type: ClassVar[str] = "billing.refund_ordered"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    ordered_at: Instant


class RefundCompleted(Event):
    """The payment system paid the buyer back."""

    type: ClassVar[str] = "billing.refund_completed"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    completed_at: Instant


class RefundFailed(Event):
    """The payment system refused the refund; operations must look at it."""

    type: ClassVar[str] = "billing.refund_failed"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    reason: str
    failed_at: Instant
