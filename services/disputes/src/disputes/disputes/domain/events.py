"""What happens in a dispute, and the values it is told in: offers and records of outcomes."""

from dataclasses import dataclass
from datetime import datetime

from disputes.disputes.domain.commands import Found, OpenDispute, SubmitEvidence
from disputes.remedies.domain import Outcome
from ombud_words import Appeal, AppealOutcome, DecisionId, EvidenceRequestId, OfferId, ReturnId, Role, StaffId

PARTIES = (Role.BUYER, Role.SELLER)
"""The sides of a dispute; whoever else makes an offer speaks for the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A proposal; it never changes, only its answer does."""

    id: OfferId
    by: str
    remedy: str
    amount_minor: int
    cost_to_seller_minor: int
    cost_to_buyer_minor: int
    open_until: datetime | None = None
    """The end that the offerer named."""
    expires_by: datetime | None = None
    """By when it must be answered, as its clock says; None until the clock is heard."""
    status: str = "OPEN"
    """`OPEN`, `ACCEPTED`, `DECLINED`, `EXPIRED` or, when the negotiation was over before it was answered, `ENDED`."""
    accepted_by: tuple[str, ...] = ()
    """The sides that accepted a proposal of the platform, which binds when both did."""
    made_at: datetime | None = None
    """None for an offer that was made before this was kept."""

    @property
    def of_platform(self) -> bool:
        """True when neither side made it."""
        return self.by not in PARTIES

    @property
    def answer_by(self) -> datetime | None:
        """Its last instant: what its clock says, and until that is heard the end that the offerer named."""
        return self.expires_by or self.open_until


def return_of(decision_id: DecisionId) -> ReturnId:
    """Return the id of the return by which a decision is carried out, where it is."""
    return ReturnId(f"ret_{decision_id.removeprefix('dec_')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of an outcome."""

    decision_id: DecisionId
    outcome: Outcome
    clause: str
    clause_version: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    appeal_until: datetime
    given_minor: int = 0
    """What of the refund the buyer was paid before, by the decision that this one takes the place of."""
    replaces: tuple[DecisionId, ...] = ()
    """The decisions that this one takes the place of."""
    finding: Found | None = None
    """What it finds about a side; None also for what was decided before this was kept."""
    by_return: bool = False
    """The buyer sends the item back first, and is paid when it was inspected: by the return, under this decision's id."""

    @property
    def return_id(self) -> ReturnId | None:
        """The return by which it is carried out."""
        return return_of(self.decision_id) if self.by_return else None

    @property
    def owed_minor(self) -> int:
        """What the buyer still gets by this outcome."""
        return max(0, self.outcome.refund_minor - self.given_minor)

    @property
    def from_line_minor(self) -> int:
        """What it takes from what is left of the line: what is still owed, unless it is goodwill or a return takes it."""
        return self.owed_minor if self.outcome.from_line_minor and not self.by_return else 0


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
    offer_id: OfferId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferLapsed:
    offer_id: OfferId
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """The negotiation was over before the offer was answered."""

    offer_id: OfferId
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferDeadlineNoted:
    """Private: the clock itself tells of it."""

    offer_id: OfferId
    due_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What a clock about the dispute last said of one of its rounds (S-5)."""

    kind: str
    round: int
    owner: str
    """Who owes the action."""
    verdict: str
    """`RUNNING`, `BREACHED` while what was owed still is, or how the round ended."""
    due_by: datetime | None
    on_silence: str | None


@dataclass(frozen=True, slots=True)
class DeadlineNoted:
    """Private: the clock itself tells of it."""

    deadline: Deadline
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineForgotten:
    """Private: the clock itself tells of it."""

    kind: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FactShown:
    """Private: the system that showed it tells of it."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FactForgotten:
    """Private: so does it of its end."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """One side accepted a proposal of the platform; the other has not answered."""

    offer_id: OfferId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSettled:
    offer_id: OfferId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """What a mediator asked a side for."""

    id: EvidenceRequestId
    of: str
    """The side that was asked."""
    kind: str
    by: str
    at: datetime
    status: str = "OPEN"
    """`OPEN`, `RECEIVED`, `LAPSED` (nothing came in time) or `WITHDRAWN`."""


@dataclass(frozen=True, slots=True)
class EvidenceRequested:
    request: EvidenceRequest

    @property
    def at(self) -> datetime:
        return self.request.at


@dataclass(frozen=True, slots=True)
class EvidenceRequestEnded:
    request_id: EvidenceRequestId
    status: str
    """`RECEIVED`, `LAPSED` or `WITHDRAWN`."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeDecided:
    record: Record
    decided_by: str
    mediator_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionAppealed:
    appeal: Appeal

    @property
    def at(self) -> datetime:
        return self.appeal.at


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecided:
    decision_id: DecisionId
    """The decision that was appealed."""
    outcome: AppealOutcome
    reasons: tuple[str, ...]
    record: Record | None
    """What holds instead of an amended decision."""
    decided_by: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMade:
    """A decision finds something about a side."""

    finding: Found
    decision_id: DecisionId
    found_by: str
    finder_id: StaffId
    appeal_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    """The decision fell, or was amended: what it found counts as if it had not been found."""

    finding: Found
    decision_id: DecisionId
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionTakenBack:
    """The fact by which the system decided is none: it counts as if it had not been (S-3)."""

    decision_id: DecisionId
    fact: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeExecuted:
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReordered:
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


@dataclass(frozen=True, slots=True)
class LapseWithdrawn:
    at: datetime


Event = (
    DisputeOpened
    | OfferMade
    | OfferDeclined
    | OfferLapsed
    | OfferEnded
    | OfferDeadlineNoted
    | DeadlineNoted
    | DeadlineForgotten
    | FactShown
    | FactForgotten
    | OfferAccepted
    | DisputeSettled
    | EscalationOpened
    | DisputeEscalated
    | ContactOwnerChanged
    | EvidenceSubmitted
    | EvidenceRequested
    | EvidenceRequestEnded
    | DisputeDecided
    | DecisionAppealed
    | AppealDecided
    | FindingMade
    | FindingWithdrawn
    | DecisionTakenBack
    | DisputeExecuted
    | RefundFailed
    | RefundReordered
    | DisputeClosed
    | DisputeWithdrawn
    | DisputeLapsed
    | LapseWithdrawn
)
