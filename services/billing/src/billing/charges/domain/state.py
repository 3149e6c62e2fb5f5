"""What a charge knows of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.charges.domain.commands import Terms
from billing.ledger.domain import Entry
from ombud_words import Appeal, ChargeId, RunId, StaffId


class Status(StrEnum):
    """Where a charge is."""

    PROPOSED = "PROPOSED"
    NOTIFIED = "NOTIFIED"
    POSTED = "POSTED"
    CONTESTED = "CONTESTED"
    UPHELD = "UPHELD"
    APPEALED = "APPEALED"
    SETTLED = "SETTLED"
    REVERSED = "REVERSED"
    WITHDRAWN = "WITHDRAWN"
    RELEASED = "RELEASED"


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
    reviewed_by: StaffId | None = None
    """Who upheld it; None for what was upheld before billing kept it."""
    upheld_because: str | None = None
    """The verdict of that reviewer, whatever was said of the charge since."""
    upheld_at: datetime | None = None
    """When it was upheld first: a refund that is ordered anew changes nothing about it."""
    appeal_until: datetime | None = None
    """By when the seller may appeal that; None while nothing was upheld, or before billing kept it."""
    appeals: tuple[Appeal, ...] = ()
    replaced_by: ChargeId | None = None
    """The charge of another amount that an appeal put in its place."""
    lapsed: bool = False
    """It was withdrawn because nobody approved it in time."""
    awaits_refund: bool = False
    approved_by: StaffId | None = None
    approved_before: tuple[StaffId, ...] = ()
    """Who approved it before its refund was refused: they judge nothing about it either (S-4)."""
    settlement: Entry | None = None
    """By which a payout took it; it stays when the charge is contested or reversed afterwards."""
    settled_by: RunId | None = None
    repayment: Entry | None = None
    """By which a payout paid back what was taken of a charge that was reversed afterwards."""
    repaid_by: RunId | None = None

    @property
    def open_proposal(self) -> bool:
        """True while somebody has to approve or refuse it."""
        return self.status == Status.PROPOSED

    @property
    def repayable_at(self) -> datetime | None:
        """Since when the seller is owed what a payout took of it; None when nothing is owed."""
        owed = self.settlement is not None and self.repayment is None
        return self.reversal.at if owed and self.reversal is not None else None
