"""Payouts to sellers: what the marketplace runs, what billing takes in a run, and what it asks to hold back (section 6)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.vocabulary import CaseId, Currency, DisputeId, Instant, LineId, MinorUnits, OrderId, SellerId
from ombud_words import HoldId, PayoutId, RunId


class PayoutRun(Event):
    """The marketplace pays a seller out; what stands of the seller's charges by then is taken from it."""

    type: ClassVar[str] = "marketplace.payout_run"
    topic: ClassVar[str] = topics.PAYOUT_RUNS
    run_id: RunId
    """The id of the run; one run pays many sellers, each told for itself."""
    seller_id: SellerId
    market: str
    currency: Currency
    run_at: Instant
    """Charges that were posted until then are taken."""


class PayoutAdvanced(Event):
    """What a run takes from a seller's payout for charges, a page at a time; with the last page the sums are final."""

    type: ClassVar[str] = "billing.payout_advanced"
    topic: ClassVar[str] = topics.PAYOUTS
    payout_id: PayoutId
    run_id: RunId
    seller_id: SellerId
    market: str
    currency: Currency
    run_at: Instant
    taken_minor: Annotated[MinorUnits, Field(ge=0)]
    """For charges so far: to be kept back from the payout, or collected where it is too small."""
    repaid_minor: Annotated[MinorUnits, Field(ge=0)]
    """For charges that an earlier run took and that were reversed since: to be paid on top."""
    charges: Annotated[int, Field(ge=0)]
    """How many charges so far, taken and paid back."""
    more: bool
    """Further pages follow."""
    advanced_at: Instant


class PayoutHoldEvent(Event):
    """What every event about a hold says: money of a dispute that is kept back from the seller's payouts, not taken."""

    hold_id: HoldId
    """Derived from the dispute: one hold, whatever is told of it."""
    dispute_id: DisputeId
    case_id: CaseId
    seller_id: SellerId
    market: str
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency


class PayoutHoldPlaced(PayoutHoldEvent):
    """The marketplace shall keep what is left of a line back from the seller's payouts, for the oldest dispute about it that has
    no outcome."""

    type: ClassVar[str] = "billing.payout_hold_placed"
    topic: ClassVar[str] = topics.HOLDS
    order_id: OrderId
    line_id: LineId
    placed_at: Instant


class PayoutHoldAdjusted(PayoutHoldEvent):
    """Another amount of the dispute is kept back from now on: a refund of the line was paid, or refused."""

    type: ClassVar[str] = "billing.payout_hold_adjusted"
    topic: ClassVar[str] = topics.HOLDS
    adjusted_at: Instant


class PayoutHoldReleased(PayoutHoldEvent):
    """The money of a dispute is kept back no longer; what the seller owes by its outcome is a charge of its own."""

    type: ClassVar[str] = "billing.payout_hold_released"
    topic: ClassVar[str] = topics.HOLDS
    cause: str
    """`settled`, `executed`, `closed`, `withdrawn`, `lapsed`, `refunded` when the buyer has all of it back, or `time_limit` when it
    was held for as long as the clock allows; after these two it can be placed again."""
    released_at: Instant
