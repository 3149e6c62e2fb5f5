"""What may be asked of a takeover."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import (
    AppealId,
    AppealOutcome,
    BuyerId,
    CaseId,
    ChargeKind,
    EventId,
    LineId,
    ListingId,
    OrderId,
    PersonId,
    Reason,
    Role,
    SellerId,
    TakeoverId,
)
from ticketing.takeovers.domain.grounds import Cost, Fact, Grounds


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEligibility:
    """A rule found what could lead to a takeover; the market leaves it to people to propose one."""

    takeover_id: TakeoverId
    case_id: CaseId
    market: str
    grounds: Grounds
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeTakeover:
    """A party requests it, or a rule recommends it."""

    takeover_id: TakeoverId
    case_id: CaseId
    market: str
    grounds: Grounds
    proposed_by: Role
    at: datetime
    costs: tuple[Cost, ...] = ()
    """What it will cost the seller, as the proposal shows it."""


@dataclass(frozen=True, slots=True)
class WarnSeller:
    """The seller is reminded once, with what the takeover will cost; a rule activates what stays undone."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateTakeover:
    """Somebody with the right, or a clock, decides."""

    takeover_id: TakeoverId
    case_id: CaseId
    market: str
    seller_id: SellerId
    buyer_id: BuyerId
    order_id: OrderId | None
    line_id: LineId | None
    reason: Reason
    grounds: Grounds
    alternatives: tuple[str, ...]
    decided_by: Role
    decider_id: PersonId
    appeal_until: datetime
    charges_announced: tuple[ChargeKind, ...]
    at: datetime
    listing_id: ListingId | None = None
    """What the buyer asks about before buying; then there is no order."""
    costs: tuple[Cost, ...] = ()
    """The amounts of what is announced; of a contact that is taken over at once nothing is due before the verdict."""


@dataclass(frozen=True, slots=True)
class RequestUnlock:
    """The seller gets one chance to unlock the device."""

    at: datetime


@dataclass(frozen=True, slots=True)
class EndUnlock:
    """The chance is over: `unlocked`, `still_locked` (the buyer says which) or `not_answered`."""

    outcome: str
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTakeover:
    """A person says whether what the contact was taken over for is so."""

    confirmed: bool
    reason: str
    facts: tuple[Fact, ...]
    decided_by: Role
    decider_id: PersonId
    costs: tuple[Cost, ...]
    appeal_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclineTakeover:
    reason: str
    declined_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class LapseTakeover:
    """Nobody decided the proposal in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class HandBack:
    reason: str
    decided_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class ConcludeTakeover:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseTakeover:
    """What the takeover rests on was withdrawn, by the event `withdrawn_by`; a proposal is declined for that reason."""

    reason: str
    withdrawn_by: EventId
    decided_by: Role
    decider_id: PersonId | None = None
    """The person who decides; None when a rule does."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealTakeover:
    """The seller says what is wrong with the decision."""

    appeal_id: AppealId
    by: Role
    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAppeal:
    """A supervisor says what becomes of the appeal; a takeover that is to be reversed is reversed beside it."""

    outcome: AppealOutcome
    reasons: tuple[str, ...]
    decided_by: Role
    reviewer_id: PersonId
    at: datetime


Command = (
    NoteEligibility
    | ProposeTakeover
    | WarnSeller
    | ActivateTakeover
    | RequestUnlock
    | EndUnlock
    | JudgeTakeover
    | DeclineTakeover
    | LapseTakeover
    | HandBack
    | ConcludeTakeover
    | ReverseTakeover
    | AppealTakeover
    | DecideAppeal
)
