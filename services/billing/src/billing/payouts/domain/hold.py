"""A hold on a seller's payouts: PLACED → RELEASED. It keeps money back and takes none, so it is in no ledger (section 6).

A dispute holds once. An end that is told before the opening leaves nothing to hold.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import CaseId, Currency, DisputeId, HoldId, LineId, Market, OrderId, SellerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held back of whose payouts, and for which dispute."""

    hold_id: HoldId
    dispute_id: DisputeId
    case_id: CaseId
    seller_id: SellerId
    market: Market
    order_id: OrderId
    line_id: LineId
    amount_minor: int
    currency: Currency


@dataclass(frozen=True, slots=True)
class PlaceHold:
    held: Held
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    cause: str
    at: datetime


Command = PlaceHold | ReleaseHold


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    held: Held
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldReleased:
    cause: str
    at: datetime


Event = HoldPlaced | HoldReleased


class Status(StrEnum):
    """Where a hold is."""

    PLACED = "PLACED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class Hold:
    status: Status
    held: Held | None = None
    """None when its end was told before its beginning, or nothing was left to hold."""
    placed_at: datetime | None = None
    released_at: datetime | None = None
    cause: str | None = None


def decide(command: Command, state: Hold | None) -> list[Event]:
    """Return what happens; a hold begins once, and ends once."""
    match command:
        case PlaceHold(held, at):
            return [HoldPlaced(held, at)] if state is None else []
        case ReleaseHold(cause, at):
            return [] if state is not None and state.status == Status.RELEASED else [HoldReleased(cause, at)]
        case _:
            assert_never(command)


def evolve(state: Hold | None, event: Event) -> Hold:
    """Return the state after a fact."""
    match event:
        case HoldPlaced(held, at):
            return Hold(Status.PLACED, held, placed_at=at)
        case HoldReleased(cause, at):
            return replace(state or Hold(Status.RELEASED), status=Status.RELEASED, released_at=at, cause=cause)
        case _:
            assert_never(event)
