"""What happens to a complaint about a seller's conduct: references and codes, never what somebody wrote."""

from dataclasses import dataclass
from datetime import datetime

from messaging.conduct.domain.commands import ConfirmedVerdict, FileComplaint
from messaging.conduct.domain.state import Decision
from ombud_words import Appeal, AppealOutcome, PersonId, TakeoverId


@dataclass(frozen=True, slots=True)
class ComplaintFiled:
    filed: FileComplaint

    @property
    def at(self) -> datetime:
        return self.filed.at


@dataclass(frozen=True, slots=True)
class ReviewExtended:
    """Private: the verdict itself is told."""

    verdict: ConfirmedVerdict
    at: datetime


@dataclass(frozen=True, slots=True)
class VerdictTakenBack:
    """Private: the reversal of the takeover is told; the review rests on others."""

    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewerNoted:
    """Private: the decision of the takeover's appeal is told."""

    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewWithdrawn:
    """Nothing is left that the review rests on: it counts as if it had not been, whatever it came to."""

    takeover_id: TakeoverId
    """The last of them."""
    at: datetime


@dataclass(frozen=True, slots=True)
class InvestigationBegun:
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class AccusedTold:
    at: datetime


@dataclass(frozen=True, slots=True)
class AccusedHeard:
    """The seller answered, or the time to answer is over."""

    answered: bool
    at: datetime
    round: int | None = None
    """In which round of the clock the time was over."""


@dataclass(frozen=True, slots=True)
class HearingContinued:
    """The time to answer was not over. With it falls what was found because it seemed to be."""

    finding_fell: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ComplaintDecided:
    decision: Decision

    @property
    def at(self) -> datetime:
        return self.decision.at


@dataclass(frozen=True, slots=True)
class ConductAppealed:
    appeal: Appeal

    @property
    def at(self) -> datetime:
        return self.appeal.at


@dataclass(frozen=True, slots=True)
class ConductAppealDecided:
    outcome: AppealOutcome
    reasons: tuple[str, ...]
    reviewer_id: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ComplaintClosed:
    at: datetime


Event = (
    ComplaintFiled
    | ReviewExtended
    | VerdictTakenBack
    | ReviewerNoted
    | ReviewWithdrawn
    | InvestigationBegun
    | AccusedTold
    | AccusedHeard
    | HearingContinued
    | ComplaintDecided
    | ConductAppealed
    | ConductAppealDecided
    | ComplaintClosed
)
