"""What happens in a dispute, and the values it is told in: offers and records of outcomes."""

from dataclasses import dataclass
from datetime import datetime

from disputes.domain.dispute_command import OpenDispute, SubmitEvidence
from disputes.domain.remedy import Outcome


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal; it never changes, only its answer does."""

    id: str
    by: str
    remedy: str
    amount_minor: int
    cost_to_seller_minor: int
    cost_to_buyer_minor: int
    expires_by: datetime
    status: str = "OPEN"
    """`OPEN`, `ACCEPTED`, `DECLINED` or `EXPIRED`."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of an outcome."""

    decision_id: str
    outcome: Outcome
    clause: str
    clause_version: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    opened: OpenDispute

    @property
    def at(self) -> datetime:
        return self.opened.at


@dataclass(frozen=True, slots=True)
class OfferMade:
    offer: Offer
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    offer_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferLapsed:
    offer_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeSettled:
    offer_id: str
    accepted_by: str
    record: Record
    at: datetime


@dataclass(frozen=True, slots=True)
class EscalationOpened:
    cause: str
    """`refused` or `deadline`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeEscalated:
    by: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactOwnerChanged:
    taken_over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceSubmitted:
    evidence: SubmitEvidence

    @property
    def at(self) -> datetime:
        return self.evidence.at


@dataclass(frozen=True, slots=True)
class DisputeDecided:
    record: Record
    decided_by: str
    mediator_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeExecuted:
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeClosed:
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeWithdrawn:
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeLapsed:
    at: datetime


Event = (
    DisputeOpened
    | OfferMade
    | OfferDeclined
    | OfferLapsed
    | DisputeSettled
    | EscalationOpened
    | DisputeEscalated
    | ContactOwnerChanged
    | EvidenceSubmitted
    | DisputeDecided
    | DisputeExecuted
    | RefundFailed
    | DisputeClosed
    | DisputeWithdrawn
    | DisputeLapsed
)
