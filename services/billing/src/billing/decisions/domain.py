"""What charges rest on: the decision of a dispute, a takeover, or what a return came to. One that was taken back counts as if it
had not been (S-3), and whoever decided anything about it judges nothing that rests on it (S-4)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from billing.refusals import DecisionTakenBack, OwnDecision, SellerNotBound
from ombud_words import BuyerId, CaseId, DecisionId, LineId, Market, OrderId, SellerId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    id: DecisionId
    case_id: CaseId
    market: Market
    seller_id: SellerId
    buyer_id: BuyerId
    order_id: OrderId
    line_id: LineId
    appeal_until: datetime | None
    """Until when the seller may appeal it. None for what both sides agreed to, when the seller did, and while an appeal waits."""
    decided_by: StaffId | None = None
    """Who decided; None when both sides agreed, or the system did."""
    binds_seller: bool = True
    """The seller agreed to it, or was decided against; not so where the claim was refused or the platform gave its own money."""
    clause: str | None = None
    """What it rests on in the market's legal pack; None for one that was told before billing kept it."""
    clause_version: str | None = None

    def expect_binding(self) -> None:
        """Raise SellerNotBound when the seller pays for nothing by it (S-1)."""
        if not self.binds_seller:
            raise SellerNotBound("This decision is not against the seller, so that nothing can be charged by it.")


@dataclass(frozen=True, slots=True)
class NoteDecision:
    """It is told, or told again as it has become: a return's label and its refund are one decision."""

    decision: Decision
    at: datetime
    latest: bool = True
    """Nothing later was told of it before."""


@dataclass(frozen=True, slots=True)
class NoteDeciders:
    """These people decided something about it, or what it takes the place of."""

    people: tuple[StaffId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteAppealTime:
    """An appeal of it was filed or decided: it says until when the seller may appeal."""

    appeal_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeDecisionBack:
    """Whoever decided says that it counts no longer; it may be told before the decision itself."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TakeLineBack:
    """One of its lines counts no longer; it may be told before the line itself."""

    line: str
    at: datetime


Command = NoteDecision | NoteDeciders | NoteAppealTime | TakeDecisionBack | TakeLineBack


@dataclass(frozen=True, slots=True)
class DecisionNoted:
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class DecidersNoted:
    people: tuple[StaffId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AppealTimeNoted:
    appeal_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionWasTakenBack:
    at: datetime


@dataclass(frozen=True, slots=True)
class LineWasTakenBack:
    line: str
    at: datetime


Event = DecisionNoted | DecidersNoted | AppealTimeNoted | DecisionWasTakenBack | LineWasTakenBack


@dataclass(frozen=True, slots=True)
class KnownDecision:
    decision: Decision | None
    """As it was told last; None while only its end, or who decided about it, was told."""
    taken_back: bool = False
    deciders: tuple[StaffId, ...] = ()
    """Who decided it, an appeal of it, or a decision that it takes the place of; of one that was told before billing kept
    them, `everyone` knows more."""
    lines_taken_back: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[StaffId, ...]:
        """Everyone who decided something about it."""
        own = self.decision.decided_by if self.decision is not None else None
        return self.deciders if own is None or own in self.deciders else (*self.deciders, own)

    def expect_standing(self) -> None:
        """Raise DecisionTakenBack when nothing may be charged by it."""
        if self.taken_back:
            raise DecisionTakenBack("The decision was taken back; nothing can be charged by it.")

    def expect_another_person(self, who: StaffId) -> None:
        """Raise OwnDecision when this person decided about it (S-4)."""
        if who in self.everyone:
            raise OwnDecision("Another person decides about what rests on your decision.")


def decide(command: Command, state: KnownDecision | None) -> list[Event]:
    """Return what is new."""
    known = state or KnownDecision(None)
    match command:
        case NoteDecision(decision, at, latest):
            new = known.decision is None or (latest and decision != known.decision)
            noted: list[Event] = [DecisionNoted(decision, at)] if new else []
            return noted + _note_deciders(known, [decision.decided_by], at)
        case NoteDeciders(people, at):
            return _note_deciders(known, people, at)
        case NoteAppealTime(until, at):
            new = known.decision is not None and known.decision.appeal_until != until
            return [AppealTimeNoted(until, at)] if new else []
        case TakeDecisionBack(at):
            return [] if known.taken_back else [DecisionWasTakenBack(at)]
        case TakeLineBack(line, at):
            return [] if line in known.lines_taken_back else [LineWasTakenBack(line, at)]
        case _:
            assert_never(command)


def _note_deciders(known: KnownDecision, people: Iterable[StaffId | None], at: datetime) -> list[Event]:
    others = tuple(dict.fromkeys(who for who in people if who is not None and who not in known.deciders))
    return [DecidersNoted(others, at)] if others else []


def evolve(state: KnownDecision | None, event: Event) -> KnownDecision:
    """Return what is known after it."""
    state = state or KnownDecision(None)
    match event:
        case DecisionNoted(decision, _):
            return replace(state, decision=decision)
        case DecidersNoted(people, _):
            return replace(state, deciders=(*state.deciders, *people))
        case AppealTimeNoted(until, _):
            assert state.decision is not None, "only of what was told a time is kept"
            return replace(state, decision=replace(state.decision, appeal_until=until))
        case DecisionWasTakenBack():
            return replace(state, taken_back=True)
        case LineWasTakenBack(line, _):
            return replace(state, lines_taken_back=(*state.lines_taken_back, line))
        case _:
            assert_never(event)
