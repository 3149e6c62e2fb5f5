"""A complaint about a seller's conduct as later decisions know it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ombud_words import (
    Appeal,
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


class Stage(StrEnum):
    """How far a complaint has come."""

    FILED = "FILED"
    INVESTIGATED = "INVESTIGATED"
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    CLOSED = "CLOSED"


UNDECIDED = (Stage.FILED, Stage.INVESTIGATED)
DECIDED = (Stage.FOUND, Stage.NOT_FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an investigation came to."""

    id: DecisionId
    result: ConductResult
    reasons: tuple[str, ...]
    """Codes."""
    by: PersonId
    at: datetime
    appeal_until: datetime

    @property
    def appeal_by(self) -> Role:
        """The side against which it was decided."""
        return Role.SELLER if self.result == ConductResult.FOUND else Role.BUYER


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the seller was told, and whether an answer came, in one investigation."""

    told_at: datetime
    heard_at: datetime | None = None
    """Since when a finding is possible: the seller answered, or the time for it is over."""
    answered: bool = False
    ended_in: int | None = None
    """The round of the clock whose end was taken for that of the hearing; None before this was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    id: ComplaintId
    case_id: CaseId
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    grounds: tuple[ConductGround, ...]
    filed_at: datetime
    stage: Stage = Stage.FILED
    investigator: PersonId | None = None
    hearing: Hearing | None = None
    accused_knows: bool = False
    """The seller was told once, in whichever investigation, and sees the complaint since."""
    decision: Decision | None = None
    """The latest."""
    reversed: bool = False
    """The decision counts as if it had not been (S-3)."""
    appeals: tuple[Appeal, ...] = ()
    investigators: tuple[PersonId, ...] = ()
    """Whoever ever investigated; none of them judges an appeal (S-4)."""
    judges: tuple[PersonId, ...] = ()
    """Whoever came to a result or judged an appeal; none of them investigates again (S-4)."""
    closed_at: datetime | None = None

    @property
    def heard(self) -> bool:
        """Whether the seller was told what is alleged, and answered or had the time for it."""
        return self.hearing is not None and self.hearing.heard_at is not None

    @property
    def found(self) -> bool:
        """Whether a finding against the seller stands."""
        return self.decision is not None and self.decision.result == ConductResult.FOUND and not self.reversed
