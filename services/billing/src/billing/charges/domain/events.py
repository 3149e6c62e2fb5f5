"""What happens to a charge."""

from dataclasses import dataclass
from datetime import datetime

from billing.charges.domain.commands import Terms
from billing.ledger.domain import Entry
from ombud_words import Appeal, AppealOutcome, ChargeId, RunId, StaffId


@dataclass(frozen=True, slots=True)
class ChargeProposed:
    terms: Terms
    at: datetime
    needs_approval: bool = False
    awaits_refund: bool = False


@dataclass(frozen=True, slots=True)
class ChargeApproved:
    terms: Terms
    approved_by: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundArrived:
    """The refund was paid before somebody approved the charge."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeNotified:
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ContestWindowNoted:
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class AppealTimeNoted:
    appeal_until: datetime | None
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
    appeal_until: datetime | None = None
    """None where the seller appealed it before its refund was ordered anew."""


@dataclass(frozen=True, slots=True)
class ChargeAppealed:
    appeal: Appeal

    @property
    def at(self) -> datetime:
        """When the seller appealed."""
        return self.appeal.at


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAppealDecided:
    outcome: AppealOutcome
    reasons: tuple[str, ...]
    reviewer_id: StaffId
    at: datetime
    replaced_by: ChargeId | None = None
    """The charge of another amount that takes its place."""


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
    lapsed: bool = False
    """By nobody: its time passed in silence."""


@dataclass(frozen=True, slots=True)
class ChargeReleased:
    """No money was spent, so there is nothing to recover while the refund is not ordered anew."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeSettled:
    """A payout run took it."""

    entry: Entry
    run_id: RunId
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeRepaid:
    """A payout run paid back what an earlier one had taken: the charge was reversed in between."""

    entry: Entry
    run_id: RunId
    at: datetime


Event = (
    ChargeProposed
    | ChargeApproved
    | RefundArrived
    | ChargeNotified
    | ContestWindowNoted
    | AppealTimeNoted
    | ChargePosted
    | ChargeContested
    | ChargeUpheld
    | ChargeAppealed
    | ChargeAppealDecided
    | ChargeReversed
    | ChargeWithdrawn
    | ChargeReleased
    | ChargeSettled
    | ChargeRepaid
)
