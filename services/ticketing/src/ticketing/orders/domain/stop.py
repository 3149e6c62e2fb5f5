"""A listing that should not be sold: asked to be stopped, until the listings system says that it is stopped or corrected, or
until nothing that asked for it counts any more."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import EventId, ListingId, SellerId, Trigger


class StopStatus(StrEnum):
    """Where it is."""

    REQUESTED = "REQUESTED"
    STOPPED = "STOPPED"
    CORRECTED = "CORRECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStop:
    listing_id: ListingId
    model: str
    seller_id: SellerId
    market: str
    trigger: Trigger
    told_by: EventId
    """The event for which it is asked."""
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerStop:
    status: StopStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawStop:
    """What asked for it counts no longer (S-3)."""

    at: datetime


Command = RequestStop | AnswerStop | WithdrawStop


@dataclass(frozen=True, slots=True)
class StopRequested:
    request: RequestStop

    @property
    def at(self) -> datetime:
        return self.request.at


@dataclass(frozen=True, slots=True)
class StopAnswered:
    status: StopStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class StopWithdrawn:
    at: datetime


Event = StopRequested | StopAnswered | StopWithdrawn


@dataclass(frozen=True, slots=True)
class Stop:
    request: RequestStop
    status: StopStatus = StopStatus.REQUESTED
    answered_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the listing should not be sold, as far as Ombud asks."""
        return self.withdrawn_at is None and self.status != StopStatus.CORRECTED


def decide(command: Command, state: Stop | None) -> list[Event]:
    """Return what happens. What is stopped, or asked for, is not asked for again; one that was corrected may be."""
    match command:
        case RequestStop():
            return [] if state is not None and state.holds else [StopRequested(command)]
        case AnswerStop(status, at):
            return [] if state is None or state.status == status else [StopAnswered(status, at)]
        case WithdrawStop(at):
            return [StopWithdrawn(at)] if state is not None and state.holds else []
        case _:
            assert_never(command)


def evolve(state: Stop | None, event: Event) -> Stop:
    """Return the state after a fact."""
    match event:
        case StopRequested(request):
            return Stop(request)
        case StopAnswered(status, at):
            assert state is not None, "what is answered was asked"
            return replace(state, status=status, answered_at=at)
        case StopWithdrawn(at):
            assert state is not None, "what is withdrawn was asked"
            return replace(state, withdrawn_at=at)
        case _:
            assert_never(event)
