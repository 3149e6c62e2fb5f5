"""What a charge knows of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.charges.domain.commands import Terms
from billing.ledger.domain import Entry
from ombud_words import StaffId


class Status(StrEnum):
    """Where a charge is."""

    PROPOSED = "PROPOSED"
    NOTIFIED = "NOTIFIED"
    POSTED = "POSTED"
    CONTESTED = "CONTESTED"
    UPHELD = "UPHELD"
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
    awaits_refund: bool = False
    approved_by: StaffId | None = None

    @property
    def open_proposal(self) -> bool:
        """True while somebody has to approve or refuse it."""
        return self.status == Status.PROPOSED
