"""A complaint about a seller's conduct as later decisions know it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messaging.conduct.domain.commands import ConfirmedVerdict
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
    """Whoever came to a result or judged an appeal, also one against what a review rests on; none of them investigates again, or
    comes to a result (S-4)."""
    closed_at: datetime | None = None
    filed_by: Role = Role.BUYER
    """The buyer of the case, or the system: then it is a review, and the buyer is no party of it."""
    rests_on: tuple[ConfirmedVerdict, ...] = ()
    """Takeovers that a review rests on, those left out that were reversed."""
    withdrawn: bool = False
    """Nothing is left that the review rests on (S-3)."""

    @property
    def is_review(self) -> bool:
        """Whether the system opened it, because a verdict was confirmed."""
        return self.filed_by == Role.SYSTEM

    @property
    def appeal_by(self) -> Role:
        """The side against which it was decided: nobody appeals what a review did not find."""
        found = self.decision is not None and self.decision.result == ConductResult.FOUND
        return Role.SELLER if found else self.filed_by

    @property
    def deciders(self) -> tuple[PersonId, ...]:
        """Whoever judged here, or gave a verdict that it rests on; none of them investigates, or judges an appeal (S-4)."""
        return (*self.judges, *(verdict.judged_by for verdict in self.rests_on))

    @property
    def heard(self) -> bool:
        """Whether the seller was told what is alleged, and answered or had the time for it."""
        return self.hearing is not None and self.hearing.heard_at is not None

    @property
    def found(self) -> bool:
        """Whether a finding against the seller stands."""
        return self.decision is not None and self.decision.result == ConductResult.FOUND and not self.reversed
