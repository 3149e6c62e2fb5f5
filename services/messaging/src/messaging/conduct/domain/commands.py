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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileComplaint:
    """A buyer complains about the seller of one of their cases."""

    complaint_id: ComplaintId
    case_id: CaseId
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    grounds: tuple[ConductGround, ...]
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
