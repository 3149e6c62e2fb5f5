"""Charges to sellers and refunds to buyers; money in integer minor units, nothing edited, nothing twice (section 6)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.vocabulary import (
    AppealId,
    BuyerId,
    CaseId,
    ChargeId,
    ChargeKind,
    Currency,
    Instant,
    LineId,
    MinorUnits,
    OrderId,
    Role,
    SellerId,
)
from ombud_words import AppealOutcome, DecisionId, EntryId, RefundId, RunId, StaffId


class ChargeEvent(Event):
    """What every event about a charge says."""

    charge_id: ChargeId
    """Derived from decision and line, so a redelivered decision cannot charge twice."""
    case_id: CaseId
    seller_id: SellerId


class ChargeProposed(ChargeEvent):
    """A decision or takeover names a line that the seller pays. It is told again when a refused refund is ordered anew."""

    type: ClassVar[str] = "billing.charge_proposed"
    topic: ClassVar[str] = topics.CHARGES
    version: ClassVar[int] = 2
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
    needs_approval: bool | None = None
    """A further person approves it; until then it takes no room under the cap, and lapses when nobody does (version 2)."""
    receipt: str | None = None
    """What shows the cost of a line that staff proposed, such as `rcp_2026_114` (version 2)."""


class ChargeApproved(ChargeEvent):
    """A person who neither decided nor proposed it agreed to a charge; the amounts are what the cap left (S-4)."""

    type: ClassVar[str] = "billing.charge_approved"
    topic: ClassVar[str] = topics.CHARGES
    net_minor: Annotated[MinorUnits, Field(ge=0)]
    vat_minor: Annotated[MinorUnits, Field(ge=0)]
    gross_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    capped: bool
    approved_by: str
    approved_at: Instant


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
    """A reviewer kept the charge; the seller may appeal that."""

    type: ClassVar[str] = "billing.charge_upheld"
    topic: ClassVar[str] = topics.CHARGES
    version: ClassVar[int] = 2
    reason: str
    reviewer_id: StaffId
    upheld_at: Instant
    appeal_until: Instant | None = None
    """By when the seller may appeal it; absent where the seller did before its refund was ordered anew (version 2)."""


class ChargeAppealed(ChargeEvent):
    """The seller asks that a charge which a reviewer upheld be looked at again, by somebody else."""

    type: ClassVar[str] = "billing.charge_appealed"
    topic: ClassVar[str] = topics.CHARGES
    appeal_id: AppealId
    by: Role | str
    grounds: Annotated[tuple[str, ...], Field(min_length=1)]
    """Codes, such as `facts_wrong`."""
    appealed_at: Instant


class ChargeAppealDecided(ChargeEvent):
    """An appeal of a charge was decided; one that is reversed or amended is reversed beside it, by an opposite entry."""

    type: ClassVar[str] = "billing.charge_appeal_decided"
    topic: ClassVar[str] = topics.CHARGES
    appeal_id: AppealId
    outcome: AppealOutcome | str
    reasons: tuple[str, ...]
    reviewer_id: StaffId
    """Who decided it; `system` when the decision that the charge rested on was taken back."""
    decided_at: Instant
    replaced_by: ChargeId | None = None
    """Of an amended charge, the one of a lower amount that takes its place."""


class ChargeWithdrawn(ChargeEvent):
    """A charge will not be posted: its decision was taken back (S-3), its refund refused, or nobody approved it.

    The charge of a refund that is ordered anew is proposed again.
    """

    type: ClassVar[str] = "billing.charge_withdrawn"
    topic: ClassVar[str] = topics.CHARGES
    reason: str
    """A code, such as `lapsed`, `case_closed` or `refund_refused`; a reviewer gives their own."""
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
    reviewer_id: StaffId
    """Who reviewed the contest; `system` when the decision that the charge rested on was taken back."""
    reversed_at: Instant


class ChargeSettled(ChargeEvent):
    """A payout run took the charge; the seller can still contest it within its window."""

    type: ClassVar[str] = "billing.charge_settled"
    topic: ClassVar[str] = topics.CHARGES
    entry_id: EntryId
    run_id: RunId
    """The marketplace's run of payouts."""
    gross_minor: MinorUnits
    currency: Currency
    settled_at: Instant


class ChargeRepaid(ChargeEvent):
    """A payout run paid back what an earlier one had taken, because the charge was reversed in between."""

    type: ClassVar[str] = "billing.charge_repaid"
    topic: ClassVar[str] = topics.CHARGES
    entry_id: EntryId
    reverses_entry_id: EntryId
    """The entry by which it was taken."""
    run_id: RunId
    """The marketplace's run of payouts."""
    gross_minor: MinorUnits
    currency: Currency
    repaid_at: Instant


class RefundOrdered(Event):
    """The payment system shall pay the buyer back; the id makes a repeat harmless."""

    type: ClassVar[str] = "billing.refund_ordered"
    topic: ClassVar[str] = topics.REFUNDS
    version: ClassVar[int] = 2
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    ordered_at: Instant
    method: str | None = None
    """Another way than that in which the buyer paid, such as `bank_transfer`; absent for the same (version 2)."""
    replaces: RefundId | None = None
    """The order that the payment system refused before (version 2)."""


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
    """The payment system refused the refund, or too little was left to order it; staff decides what becomes of it."""

    type: ClassVar[str] = "billing.refund_failed"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    reason: str
    failed_at: Instant


class RefundRetried(Event):
    """Staff has a refused refund ordered again; the new order has an id of its own."""

    type: ClassVar[str] = "billing.refund_retried"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    successor_id: RefundId
    reason: str
    """A code, such as `account_confirmed`."""
    retried_at: Instant


class RefundRedirected(Event):
    """Staff has a refused refund ordered in another way; the new order has an id of its own."""

    type: ClassVar[str] = "billing.refund_redirected"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    successor_id: RefundId
    method: str
    """A code of the payment system, such as `bank_transfer`."""
    reason: str
    """A code, such as `card_closed`."""
    redirected_at: Instant


class RefundCancelled(Event):
    """Staff gave a refused refund up: nobody is charged for it, and its amount is left of the line."""

    type: ClassVar[str] = "billing.refund_cancelled"
    topic: ClassVar[str] = topics.REFUNDS
    refund_id: RefundId
    case_id: CaseId
    decision_id: DecisionId
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    reason: str
    """A code, such as `decision_appealed`."""
    cancelled_at: Instant
