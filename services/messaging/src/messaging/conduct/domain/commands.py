"""What a complaint about a seller's conduct can be told to do."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import (
    AppealId,
    AppealOutcome,
    BuyerId,
    CaseId,
    ComplaintId,
    ConductGround,
    ConductResult,
    DecisionId,
    PersonId,
    Role,
    SellerId,
    TakeoverId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedVerdict:
    """A takeover whose verdict confirmed that goods of the seller are counterfeit: what a review of the seller rests on."""

    takeover_id: TakeoverId
    case_id: CaseId
    reason: str
    """Of the verdict, as a code."""
    facts: tuple[str, ...]
    """Ids of the events that the verdict rests on."""
    judged_by: PersonId
    """Who gave the verdict, and so does not investigate (S-4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileComplaint:
    """A buyer complains about the seller of one of their cases, or the system opens a review of the seller."""

    complaint_id: ComplaintId
    case_id: CaseId
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    grounds: tuple[ConductGround, ...]
    at: datetime
    filed_by: Role = Role.BUYER
    """The system files a review; the buyer of the case is no party of it."""
    rests_on: tuple[ConfirmedVerdict, ...] = ()
    """Takeovers; none for a complaint."""


@dataclass(frozen=True, slots=True)
class ExtendReview:
    """Another verdict confirmed the same about the seller while the review waits."""

    verdict: ConfirmedVerdict
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeVerdictBack:
    """A takeover that the review rests on was reversed (S-3)."""

    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteReviewer:
    """Somebody judged an appeal against a takeover that the review rests on, and so judges nothing here (S-4)."""

    takeover_id: TakeoverId
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInvestigation:
    """Somebody of the platform investigates; `overrides`: even when somebody else does."""

    by: PersonId
    overrides: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class TellAccused:
    """The investigator tells the seller what is alleged."""

    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerAllegation:
    """The seller answers."""

    at: datetime


@dataclass(frozen=True, slots=True)
class EndHearing:
    """The seller did not answer in time, says the clock."""

    round: int
    """Of the clock."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ContinueHearing:
    """The time by which the seller did not answer was not over, says the clock (S-3)."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideComplaint:
    """The investigator comes to a result."""

    decision_id: DecisionId
    by: PersonId
    result: ConductResult
    reasons: tuple[str, ...]
    appeal_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealConduct:
    """A side asks that somebody else look at the decision again."""

    appeal_id: AppealId
    by: Role
    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideConductAppeal:
    """The appeal that waits is decided."""

    outcome: AppealOutcome
    reasons: tuple[str, ...]
    reviewer_id: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseComplaint:
    """Nobody appealed in time, says the clock."""

    at: datetime


Command = (
    FileComplaint
    | ExtendReview
    | TakeVerdictBack
    | NoteReviewer
    | TakeInvestigation
    | TellAccused
    | AnswerAllegation
    | EndHearing
    | ContinueHearing
    | DecideComplaint
    | AppealConduct
    | DecideConductAppeal
    | CloseComplaint
)
