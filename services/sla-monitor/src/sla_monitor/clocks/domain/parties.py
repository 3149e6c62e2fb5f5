"""Whose case it is, and which of its clocks began before that was known: topics have no common order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import BuyerId, CaseId, ClockId, SellerId


@dataclass(frozen=True, slots=True)
class NameParties:
    """The case was opened: between these two, in this market. An account has no buyer."""

    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAsker:
    """Somebody asks the platform, by a channel (R-22); the other side of a purchase is not a party."""

    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveParties:
    """The contact was moved to the platform, or to the seller."""

    with_platform: bool
    channel: str
    """By which the platform is asked from now on, where it was not asked before."""
    at: datetime


@dataclass(frozen=True, slots=True)
class MergeInto:
    """Another case goes on in place of this one."""

    into: CaseId
    at: datetime


@dataclass(frozen=True, slots=True)
class AwaitParties:
    """A clock of the case began, and nobody knows yet whose case it is."""

    clock_id: ClockId
    at: datetime


PartiesCommand = NameParties | NameAsker | MoveParties | MergeInto | AwaitParties


@dataclass(frozen=True, slots=True)
class PartiesNamed:
    """It is known whose case it is."""

    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId
    at: datetime


@dataclass(frozen=True, slots=True)
class AskerNamed:
    """It is known who asks the platform."""

    asked: NameAsker

    @property
    def at(self) -> datetime:
        return self.asked.at


@dataclass(frozen=True, slots=True)
class PartiesMoved:
    """The other counterpart owes the answer."""

    with_platform: bool
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PartiesMerged:
    """What is asked in this case is owed in another one."""

    into: CaseId
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockAwaitsParties:
    """A clock is to be told of the seller once he is known."""

    clock_id: ClockId
    at: datetime


PartiesEvent = PartiesNamed | AskerNamed | PartiesMoved | PartiesMerged | ClockAwaitsParties


@dataclass(frozen=True, slots=True)
class CaseParties:
    """The parties of one case; all None until the case was opened."""

    market: str | None = None
    buyer_id: BuyerId | None = None
    seller_id: SellerId | None = None
    waiting: tuple[ClockId, ...] = ()
    """Clocks that began before; they are told when the parties are named."""
    channel: str | None = None
    """By which way the platform was asked; None when it never was."""
    with_platform: bool = False
    """The platform owes the answer."""
    merged_into: CaseId | None = None
    """The case that goes on in place of this one."""

    @property
    def seller_seeing(self) -> SellerId | None:
        """Return the seller who sees the case's clocks: one who is a party, or who asked the platform."""
        return None if self.with_platform and self.buyer_id is not None else self.seller_id


def decide(command: PartiesCommand, state: CaseParties | None) -> list[PartiesEvent]:
    """Events that follow from a command; parties never change once they are named."""
    parties = state or CaseParties()
    match command:
        case MoveParties(with_platform, channel, at):
            known = parties.channel or channel
            return [] if parties.with_platform == with_platform else [PartiesMoved(with_platform, known, at)]
        case MergeInto(into, at):
            return [] if parties.merged_into == into else [PartiesMerged(into, at)]
        case NameAsker():
            return [AskerNamed(command)] if parties.market is None else []
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
            known = state or CaseParties()
            return replace(known, market=event.market, buyer_id=event.buyer_id, seller_id=event.seller_id, waiting=())
        case AskerNamed(asked):
            waiting = state.waiting if state else ()
            return CaseParties(asked.market, asked.buyer_id, asked.seller_id, waiting, asked.channel, True)
        case PartiesMoved(with_platform, channel, _):
            return replace(state or CaseParties(), with_platform=with_platform, channel=channel)
        case PartiesMerged(into, _):
            return replace(state or CaseParties(), merged_into=into)
        case ClockAwaitsParties():
            parties = state or CaseParties()
            return replace(parties, waiting=(*parties.waiting, event.clock_id))
        case _:
            assert_never(event)
