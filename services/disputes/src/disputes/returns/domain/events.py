"""What happens in a return."""

from dataclasses import dataclass
from datetime import datetime

from disputes.returns.domain.commands import RequestReturn, SubmitPhoto
from ombud_words import DecisionId, EvidenceId, PersonId, Role

BY_RULE = PersonId("system")
"""Who decided where the outcome needed no decision."""


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    request: RequestReturn

    @property
    def at(self) -> datetime:
        return self.request.at


@dataclass(frozen=True, slots=True)
class ReturnAccepted:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptanceWithdrawn:
    """The platform had no contact to accept it by: the seller answers."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRefused:
    ground: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelIssued:
    by: str
    carrier: str | None = None
    tracking_number: str | None = None
    at: datetime

    @property
    def charged(self) -> bool:
        """True for a label of the platform, which the seller pays."""
        return self.by != Role.SELLER


@dataclass(frozen=True, slots=True)
class LabelChargeWithdrawn:
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnShipped:
    by: str
    tracking_number: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnReportedLost:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMarkedLost:
    reasons: tuple[str, ...]
    decided_by: str
    decider_id: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnReceived:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoSubmitted:
    """Private: an inspection names the photos that it rests on."""

    photo: SubmitPhoto

    @property
    def at(self) -> datetime:
        return self.photo.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the item was found to be."""

    by: str
    deviations: tuple[str, ...] = ()
    deduction_minor: int = 0
    photos: tuple[EvidenceId, ...] = ()
    device_matches: bool | None = None


@dataclass(frozen=True, slots=True)
class ReturnInspected:
    inspection: Inspection
    at: datetime


@dataclass(frozen=True, slots=True)
class DeductionStood:
    """Private: by silence, and not because the buyer accepted it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DeductionReopened:
    """That silence was none: the buyer may disagree once what was ordered is settled."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DeductionDisputed:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionDecided:
    deduction_minor: int
    reasons: tuple[str, ...]
    decided_by: str
    decider_id: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrdered:
    decision_id: DecisionId
    amount_minor: int
    by_platform: bool
    """It is the platform's money: the seller is not charged for what a carrier lost."""
    decided_by: str
    decider_id: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """Private: billing tells of it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReordered:
    """Private: billing tells of it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnEnded:
    outcome: str
    refunded_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LapseWithdrawn:
    """The buyer may request a return again, also after the window."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionTakenBack:
    """Private: the appeal tells of it. Where the item was sent, the buyer relied on the decision: the refund is the platform's."""

    at: datetime


Event = (
    ReturnRequested
    | ReturnAccepted
    | AcceptanceWithdrawn
    | ReturnRefused
    | LabelIssued
    | LabelChargeWithdrawn
    | ReturnShipped
    | ReturnReportedLost
    | ReturnMarkedLost
    | ReturnReceived
    | PhotoSubmitted
    | ReturnInspected
    | DeductionStood
    | DeductionReopened
    | DeductionDisputed
    | DeductionDecided
    | RefundOrdered
    | RefundFailed
    | RefundReordered
    | ReturnEnded
    | LapseWithdrawn
    | DecisionTakenBack
)
