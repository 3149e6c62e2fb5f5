"""How a takeover comes about and is judged, beside its proposal, decision and end (`events.ticketing`)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.events.ticketing import AnnouncedCharge
from ombud_contracts.vocabulary import (
    AppealId,
    BuyerId,
    CaseId,
    Instant,
    LineId,
    OrderId,
    Role,
    SellerId,
    TakeoverId,
    Trigger,
)
from ombud_words import PersonId


class TakeoverFoundEligible(Event):
    """A rule found what could lead to a takeover, and the market leaves it to people to propose one; the desk sees it."""

    type: ClassVar[str] = "ticketing.takeover_found_eligible"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    trigger: Trigger | str
    facts: tuple[str, ...]
    found_at: Instant


class TakeoverWarned(Event):
    """The seller was reminded once of what is owed, and what a takeover will cost; silence activates it."""

    type: ClassVar[str] = "ticketing.takeover_warned"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    trigger: Trigger | str
    costs: tuple[AnnouncedCharge, ...]
    warned_at: Instant


class TakeoverLapsed(Event):
    """Nobody decided a proposed takeover in time, so that it was not made."""

    type: ClassVar[str] = "ticketing.takeover_lapsed"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    lapsed_at: Instant


class UnlockRequested(Event):
    """The seller has one chance to unlock the device from afar; the buyer says whether it worked (T4)."""

    type: ClassVar[str] = "ticketing.unlock_requested"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    requested_at: Instant


class UnlockEnded(Event):
    """The chance to unlock the device is over. By `unlocked` the contact is the seller's again, without a charge."""

    type: ClassVar[str] = "ticketing.unlock_ended"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    outcome: str
    """`unlocked`, `still_locked`, `not_answered` or `takeover_ended`."""
    by: Role | str
    """Whoever said so; the system when the time passed."""
    ended_at: Instant


class TakeoverJudged(Event):
    """A person said whether the reason is so for which the platform had taken the contact at once (T4 to T6).

    A `confirmed` verdict charges the seller what was shown; a `refuted` one gives the contact back.
    """

    type: ClassVar[str] = "ticketing.takeover_judged"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    seller_id: SellerId
    buyer_id: BuyerId
    order_id: OrderId | None = None
    line_id: LineId | None = None
    trigger: Trigger | str
    verdict: str
    """`confirmed` or `refuted`."""
    reason: str
    """A code, such as `activation_lock_seen`."""
    facts: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of the events that the verdict rests on."""
    decided_by: Role | str
    decider_id: PersonId
    charges_announced: tuple[str, ...] = ()
    """Kinds of charges that follow."""
    costs: tuple[AnnouncedCharge, ...] = ()
    """Their amounts, as they were shown before."""
    appeal_until: Instant
    judged_at: Instant


class TakeoverAppealed(Event):
    """The seller asked a supervisor who did not decide the takeover to look at it again."""

    type: ClassVar[str] = "ticketing.takeover_appealed"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    appeal_id: AppealId
    by: Role | str
    grounds: Annotated[tuple[str, ...], Field(min_length=1)]
    """Codes of what is wrong with the decision."""
    appealed_at: Instant


class TakeoverAppealDecided(Event):
    """The appeal of a takeover was decided. A reversed takeover is told by `ticketing.takeover_reversed` as well."""

    type: ClassVar[str] = "ticketing.takeover_appeal_decided"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    appeal_id: AppealId
    outcome: str
    """`INADMISSIBLE`, `UPHELD` or `REVERSED`."""
    reasons: tuple[str, ...]
    decided_by: Role | str
    """The system, where what the takeover rested on was withdrawn meanwhile."""
    reviewer_id: PersonId | None = None
    """Who decided, and so judges nothing that rests on the takeover; absent where the system did."""
    decided_at: Instant
