"""A takeover as its facts left it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ombud_words import Appeal, CaseId, ChargeKind, EventId, PersonId, Role, TakeoverId, appeals
from ticketing.takeovers.domain.commands import ActivateTakeover, JudgeTakeover
from ticketing.takeovers.domain.grounds import Cost, Grounds

UNLOCKED, STILL_LOCKED, NOT_ANSWERED, NOT_USED = "unlocked", "still_locked", "not_answered", "takeover_ended"
"""How the one chance to unlock a device ends."""


class Status(StrEnum):
    """Where a takeover is."""

    ELIGIBLE = "ELIGIBLE"
    PROPOSED = "PROPOSED"
    WARNED = "WARNED"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    HANDED_BACK = "HANDED_BACK"
    CONCLUDED = "CONCLUDED"
    REVERSED = "REVERSED"


UNDECIDED = (Status.ELIGIBLE, Status.PROPOSED, Status.WARNED)
"""Nobody decided yet."""


@dataclass(frozen=True, slots=True)
class UnlockChance:
    """The one chance to unlock the device, and how it ended."""

    requested_at: datetime
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    id: TakeoverId
    case_id: CaseId
    market: str
    status: Status
    grounds: Grounds
    proposed_by: Role
    at: datetime
    decision: ActivateTakeover | None = None
    ended_because: str | None = None
    ended_at: datetime | None = None
    costs: tuple[Cost, ...] = ()
    """What the seller was shown that it costs."""
    unlock: UnlockChance | None = None
    verdict: JudgeTakeover | None = None
    appeals: tuple[Appeal, ...] = ()
    reviewers: tuple[PersonId, ...] = ()
    """Who judged an appeal of it: they judge no other (S-4)."""

    def rests_on(self, event_id: EventId) -> bool:
        """Return whether the event is among the facts of the decision."""
        return any(fact.event_id == event_id for fact in self.grounds.facts)

    def rests_on_clock(self, clock: str) -> bool:
        """Return whether a deadline that this clock told is among the facts; an event's id begins with its subject."""
        return any(
            "deadline_trace" in fact.shows and fact.event_id.rpartition(":")[0] == clock for fact in self.grounds.facts
        )

    @property
    def is_over(self) -> bool:
        """Whether it was decided about, and the platform does not have the contact by it."""
        return self.status not in (*UNDECIDED, Status.ACTIVE)

    @property
    def awaits_verdict(self) -> bool:
        """Whether the platform has the contact, and a person has still to say whether the reason is so."""
        return self.status == Status.ACTIVE and bool(self.grounds.verdict_needs) and self.verdict is None

    @property
    def appeal_until(self) -> datetime | None:
        """Until when the seller may appeal what was decided last; None when nothing that stands was decided, the seller did, or an
        appeal waits, for which time stands still."""
        decided = self.verdict or self.decision
        if decided is None or self.status == Status.REVERSED:
            return None
        return appeals.open_until((Role.SELLER,), self.appeals, since=decided.at, until=decided.appeal_until)

    @property
    def unlock_runs(self) -> bool:
        """Whether the seller's chance to unlock the device lasts."""
        return self.unlock is not None and self.unlock.outcome is None

    @property
    def charges_made(self) -> tuple[ChargeKind, ...]:
        """Return what the seller was charged for by the decision and the verdict."""
        decided = self.decision.charges_announced if self.decision else ()
        judged = self.verdict.costs if self.verdict is not None and self.verdict.confirmed else ()
        return (*decided, *(cost.kind for cost in judged))

    @property
    def deciders(self) -> tuple[PersonId, ...]:
        """Return who decided about it, and so does not judge it again (S-4)."""
        decided = (self.decision.decider_id,) if self.decision else ()
        return (*decided, self.verdict.decider_id) if self.verdict else decided
