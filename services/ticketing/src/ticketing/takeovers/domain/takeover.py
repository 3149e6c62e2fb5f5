"""A takeover: the decision that the platform owns a contact, with everything it rests on (section 4).

ELIGIBLE facts become PROPOSED or ACTIVE at once; ACTIVE ends HANDED_BACK or CONCLUDED; a proposal may be DECLINED. A
takeover whose reason was withdrawn is REVERSED, also after it ended: it counts as if it had not been (S-3).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import (
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
    Trigger,
)
from ticketing.takeovers.domain.refusals import (
    FactMissing,
    OwnDecision,
    TakeoverAlreadyDecided,
    TakeoverNotDecided,
    UnknownTakeover,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the decision rests on: an event of the case, and the kinds of fact it shows."""

    event_id: EventId
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the missed deadline, as the SLA monitor counted it."""

    from_at: datetime
    to_at: datetime
    counted: bool
    seconds: int
    cause: str
    calendar_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a trigger needs in this market, and what was given."""

    trigger: Trigger
    clause: str
    clause_version: str
    scope: str
    required: tuple[str, ...]
    facts: tuple[Fact, ...]
    deadline_trace: tuple[Segment, ...] = ()

    @property
    def deadline(self) -> datetime | None:
        """The deadline that was missed, for T1; None for decisions that rest on no deadline."""
        return self.deadline_trace[-1].to_at if self.deadline_trace else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the kinds of fact that are required and not shown; of `photo|video` either is enough."""
        shown = {kind for fact in self.facts for kind in fact.shows}
        return tuple(needed for needed in self.required if shown.isdisjoint(needed.split("|")))

    def with_facts(self, facts: tuple[Fact, ...]) -> "Grounds":
        """Return these grounds with more facts; an event counts once."""
        known = {fact.event_id for fact in self.facts}
        return replace(self, facts=(*self.facts, *(fact for fact in facts if fact.event_id not in known)))


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeTakeover:
    """A party requests it, or a rule recommends it."""

    takeover_id: TakeoverId
    case_id: CaseId
    market: str
    grounds: Grounds
    proposed_by: Role
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


@dataclass(frozen=True, slots=True)
class DeclineTakeover:
    reason: str
    declined_by: Role
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


Command = ProposeTakeover | ActivateTakeover | DeclineTakeover | HandBack | ConcludeTakeover | ReverseTakeover

# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverProposed:
    takeover_id: TakeoverId
    case_id: CaseId
    market: str
    grounds: Grounds
    proposed_by: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeoverActivated:
    decided: ActivateTakeover

    @property
    def at(self) -> datetime:
        return self.decided.at


@dataclass(frozen=True, slots=True)
class TakeoverDeclined:
    reason: str
    declined_by: Role
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


Event = (
    TakeoverProposed | TakeoverActivated | TakeoverDeclined | TakeoverHandedBack | TakeoverConcluded | TakeoverReversed
)

# State


class Status(StrEnum):
    """Where a takeover is."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    HANDED_BACK = "HANDED_BACK"
    CONCLUDED = "CONCLUDED"
    REVERSED = "REVERSED"


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

    def rests_on(self, event_id: EventId) -> bool:
        """Return whether the event is among the facts of the decision."""
        return any(fact.event_id == event_id for fact in self.grounds.facts)


# Decide


def decide(command: Command, state: Takeover | None) -> list[Event]:
    """Return what happens. Raises a Refusal; a missing fact refuses the decision."""
    match command:
        case ProposeTakeover():
            return [] if state else [_proposed(command)]
        case ActivateTakeover():
            return _activate(command, state)
    if state is None:
        raise UnknownTakeover("there is no such takeover")
    match command:
        case DeclineTakeover(reason, declined_by, at):
            if state.status == Status.DECLINED:
                return []
            _expect(state, Status.PROPOSED)
            return [TakeoverDeclined(reason, declined_by, at)]
        case HandBack(reason, decided_by, at):
            if state.status == Status.HANDED_BACK:
                return []
            _expect(state, Status.ACTIVE)
            return [TakeoverHandedBack(reason, decided_by, at)]
        case ConcludeTakeover(at):
            return [TakeoverConcluded(at)] if state.status == Status.ACTIVE else []
        case ReverseTakeover():
            return _reverse(command, state)
        case _:
            assert_never(command)


def _proposed(c: ProposeTakeover) -> TakeoverProposed:
    return TakeoverProposed(
        takeover_id=c.takeover_id,
        case_id=c.case_id,
        market=c.market,
        grounds=c.grounds,
        proposed_by=c.proposed_by,
        at=c.at,
    )


def _activate(command: ActivateTakeover, state: Takeover | None) -> list[Event]:
    if state and state.status == Status.ACTIVE:
        return []
    if state:
        _expect(state, Status.PROPOSED)
    if command.grounds.missing:
        raise FactMissing(command.grounds.missing)
    return [TakeoverActivated(command)]


def _reverse(c: ReverseTakeover, state: Takeover) -> list[Event]:
    if c.decider_id is not None and state.decision is None:
        raise TakeoverNotDecided("the takeover was not decided yet; decline the proposal instead")
    if c.decider_id is not None and state.decision is not None and state.decision.decider_id == c.decider_id:
        raise OwnDecision("you decided this takeover yourself; another supervisor can reverse it")
    if state.status in (Status.DECLINED, Status.REVERSED):
        return []
    if state.status == Status.PROPOSED:
        return [TakeoverDeclined(c.reason, c.decided_by, c.at)]
    reversed_ = TakeoverReversed(
        reason=c.reason,
        withdrawn_by=c.withdrawn_by,
        contact_returned=state.status == Status.ACTIVE,
        decided_by=c.decided_by,
        at=c.at,
    )
    return [reversed_]


def _expect(state: Takeover, status: Status) -> None:
    if state.status != status:
        raise TakeoverAlreadyDecided(f"the takeover is {state.status.lower().replace('_', ' ')}")


# Evolve


def evolve(state: Takeover | None, event: Event) -> Takeover:
    """Return the state after a fact."""
    match event:
        case TakeoverProposed():
            return _proposed_state(event)
        case TakeoverActivated(decided):
            return _active_state(decided, state.proposed_by if state else decided.decided_by)
    assert state is not None, "a takeover is born proposed or active"
    match event:
        case TakeoverDeclined(reason, _, at):
            return replace(state, status=Status.DECLINED, ended_because=reason, ended_at=at)
        case TakeoverHandedBack(reason, _, at):
            return replace(state, status=Status.HANDED_BACK, ended_because=reason, ended_at=at)
        case TakeoverConcluded(at):
            return replace(state, status=Status.CONCLUDED, ended_because="case_closed", ended_at=at)
        case TakeoverReversed(reason=reason, at=at):
            return replace(state, status=Status.REVERSED, ended_because=reason, ended_at=at)
        case _:
            assert_never(event)


def _proposed_state(e: TakeoverProposed) -> Takeover:
    return Takeover(
        id=e.takeover_id,
        case_id=e.case_id,
        market=e.market,
        status=Status.PROPOSED,
        grounds=e.grounds,
        proposed_by=e.proposed_by,
        at=e.at,
    )


def _active_state(decided: ActivateTakeover, proposed_by: Role) -> Takeover:
    return Takeover(
        id=decided.takeover_id,
        case_id=decided.case_id,
        market=decided.market,
        status=Status.ACTIVE,
        grounds=decided.grounds,
        proposed_by=proposed_by,
        at=decided.at,
        decision=decided,
    )
