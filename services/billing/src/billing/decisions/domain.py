"""What charges rest on: the decision of a dispute, or a takeover. One that was taken back counts as if it had not been (S-3)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from billing.refusals import DecisionTakenBack, SellerNotBound
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
    appeal_until: datetime
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
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeDecisionBack:
    """Whoever decided says that it counts no longer; it may be told before the decision itself."""

    at: datetime


Command = NoteDecision | TakeDecisionBack


@dataclass(frozen=True, slots=True)
class DecisionNoted:
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionWasTakenBack:
    at: datetime


Event = DecisionNoted | DecisionWasTakenBack


@dataclass(frozen=True, slots=True)
class KnownDecision:
    decision: Decision | None
    """None while only its end was told."""
    taken_back: bool = False

    def expect_standing(self) -> None:
        """Raise DecisionTakenBack when nothing may be charged by it."""
        if self.taken_back:
            raise DecisionTakenBack("The decision was taken back; nothing can be charged by it.")


def decide(command: Command, state: KnownDecision | None) -> list[Event]:
    """Return what is new; a decision that was told once does not change."""
    match command:
        case NoteDecision(decision, at):
            return [DecisionNoted(decision, at)] if state is None or state.decision is None else []
        case TakeDecisionBack(at):
            return [] if state is not None and state.taken_back else [DecisionWasTakenBack(at)]
        case _:
            assert_never(command)


def evolve(state: KnownDecision | None, event: Event) -> KnownDecision:
    """Return what is known after it."""
    state = state or KnownDecision(None)
    match event:
        case DecisionNoted(decision, _):
            return replace(state, decision=decision)
        case DecisionWasTakenBack():
            return replace(state, taken_back=True)
        case _:
            assert_never(event)
