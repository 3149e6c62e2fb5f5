"""What happened to a takeover."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import Appeal, AppealOutcome, EventId, PersonId, Role
from ticketing.takeovers.domain.commands import ActivateTakeover, JudgeTakeover, NoteEligibility, ProposeTakeover


@dataclass(frozen=True, slots=True)
class TakeoverFoundEligible:
    found: NoteEligibility

    @property
    def at(self) -> datetime:
        return self.found.at


@dataclass(frozen=True, slots=True)
class TakeoverProposed:
    proposed: ProposeTakeover

    @property
    def at(self) -> datetime:
        return self.proposed.at


@dataclass(frozen=True, slots=True)
class SellerWarned:
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverActivated:
    decided: ActivateTakeover

    @property
    def at(self) -> datetime:
        return self.decided.at


@dataclass(frozen=True, slots=True)
class UnlockRequested:
    at: datetime


@dataclass(frozen=True, slots=True)
class UnlockEnded:
    outcome: str
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverJudged:
    judged: JudgeTakeover

    @property
    def at(self) -> datetime:
        return self.judged.at


@dataclass(frozen=True, slots=True)
class TakeoverDeclined:
    reason: str
    declined_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverLapsed:
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverHandedBack:
    reason: str
    decided_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverConcluded:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverReversed:
    reason: str
    withdrawn_by: EventId
    contact_returned: bool
    """The platform owned the contact until then."""
    decided_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverAppealed:
    appeal: Appeal

    @property
    def at(self) -> datetime:
        return self.appeal.at


@dataclass(frozen=True, slots=True)
class AppealDecided:
    outcome: AppealOutcome
    reasons: tuple[str, ...]
    decided_by: Role
    at: datetime
    reviewer_id: PersonId | None = None
    """None where what the takeover rested on was withdrawn meanwhile."""


Event = (
    TakeoverFoundEligible
    | TakeoverProposed
    | SellerWarned
    | TakeoverActivated
    | UnlockRequested
    | UnlockEnded
    | TakeoverJudged
    | TakeoverDeclined
    | TakeoverLapsed
    | TakeoverHandedBack
    | TakeoverConcluded
    | TakeoverReversed
    | TakeoverAppealed
    | AppealDecided
)
