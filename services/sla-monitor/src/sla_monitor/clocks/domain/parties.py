"""Whose case it is, and which of its clocks began before that was known: topics have no common order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import BuyerId, ClockId, SellerId


@dataclass(frozen=True, slots=True)
class NameParties:
    """The case was opened: between these two, in this market. An account has no buyer."""

    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId
    at: datetime


@dataclass(frozen=True, slots=True)
class AwaitParties:
    """A clock of the case began, and nobody knows yet whose case it is."""

    clock_id: ClockId
    at: datetime


PartiesCommand = NameParties | AwaitParties


@dataclass(frozen=True, slots=True)
class PartiesNamed:
    """It is known whose case it is."""

    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockAwaitsParties:
    """A clock is to be told of the seller once he is known."""

    clock_id: ClockId
    at: datetime


PartiesEvent = PartiesNamed | ClockAwaitsParties


@dataclass(frozen=True, slots=True)
class CaseParties:
    """The parties of one case; all None until the case was opened."""

    market: str | None = None
    buyer_id: BuyerId | None = None
    seller_id: SellerId | None = None
    waiting: tuple[ClockId, ...] = ()
    """Clocks that began before; they are told when the parties are named."""


def decide(command: PartiesCommand, state: CaseParties | None) -> list[PartiesEvent]:
    """Events that follow from a command; parties never change once they are named."""
    parties = state or CaseParties()
    if parties.seller_id is not None:
        return []
    match command:
        case NameParties():
            return [PartiesNamed(command.market, command.buyer_id, command.seller_id, command.at)]
        case AwaitParties():
            return [] if command.clock_id in parties.waiting else [ClockAwaitsParties(command.clock_id, command.at)]
        case _:
            assert_never(command)


def evolve(state: CaseParties | None, event: PartiesEvent) -> CaseParties:
    """The state after an event; it never refuses."""
    match event:
        case PartiesNamed():
            return CaseParties(event.market, event.buyer_id, event.seller_id)
        case ClockAwaitsParties():
            parties = state or CaseParties()
            return replace(parties, waiting=(*parties.waiting, event.clock_id))
        case _:
            assert_never(event)
