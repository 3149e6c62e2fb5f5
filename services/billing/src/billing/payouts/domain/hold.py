"""A hold on a seller's payouts: (WAITING →) PLACED → RELEASED. It keeps money back and takes none, so it is in no ledger (section 6).

A dispute waits while an older one holds its line, and holds until its outcome: less when a refund of the line is paid, more when
one is refused. What its time ended is held again when that time had not passed (S-3). An end that is told before the opening
leaves nothing to hold.
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


TIME_LIMIT, NOTHING_LEFT = "time_limit", "refunded"
"""Why a hold is released although its dispute has no outcome: its clock said so, or the buyer has back all that was paid."""


@dataclass(frozen=True, slots=True)
class PlaceHold:
    held: Held
    """Of which nothing may be held yet."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ResizeHold:
    """What the dispute holds of its line is another amount now."""

    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """The dispute has an outcome."""

    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpireHold:
    """It was held for as long as its clock allows."""

    silent_until: datetime
    """The end of that time; what was placed afterwards has a time of its own."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RestoreHold:
    """The time had not passed for which it is held at the latest (S-3)."""

    at: datetime


Command = PlaceHold | ResizeHold | ReleaseHold | ExpireHold | RestoreHold


@dataclass(frozen=True, slots=True)
class HoldAwaited:
    """Its dispute waits, and nothing is held for it yet."""

    held: Held
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    held: Held
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldAdjusted:
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldReleased:
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeOver:
    """Its dispute has an outcome, when nothing was held for it."""

    at: datetime


Event = HoldAwaited | HoldPlaced | HoldAdjusted | HoldReleased | DisputeOver


class Status(StrEnum):
    """Where a hold is."""

    WAITING = "WAITING"
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
    over: bool = False
    """Its dispute had an outcome after it was released, or while it waited."""

    @property
    def ended(self) -> bool:
        """True when nothing is held for the dispute any more, whatever comes."""
        released_by_outcome = self.status == Status.RELEASED and self.cause not in (TIME_LIMIT, NOTHING_LEFT)
        return self.over or released_by_outcome


def decide(command: Command, state: Hold | None) -> list[Event]:
    """Return what happens; a dispute begins once to hold, and ends once."""
    match command:
        case PlaceHold(held, at):
            if state is not None:
                return []
            return [HoldPlaced(held, at) if held.amount_minor else HoldAwaited(held, at)]
        case ResizeHold(amount, at):
            return _resize(state, amount, at) if state is not None else []
        case ReleaseHold(cause, at):
            if state is None or state.status == Status.PLACED:
                return [HoldReleased(cause, at)]
            return [] if state.ended else [DisputeOver(at)]
        case ExpireHold(silent_until, at):
            placed_at = state.placed_at if state is not None and state.status == Status.PLACED else None
            return [HoldReleased(TIME_LIMIT, at)] if placed_at is not None and placed_at <= silent_until else []
        case RestoreHold(at):
            if state is None or state.held is None or state.ended or state.cause != TIME_LIMIT:
                return []
            return [HoldAwaited(replace(state.held, amount_minor=0), at)]
        case _:
            assert_never(command)


def _resize(state: Hold, amount_minor: int, at: datetime) -> list[Event]:
    if state.held is None or state.ended or state.cause == TIME_LIMIT:
        return []
    if state.status != Status.PLACED:
        return [HoldPlaced(replace(state.held, amount_minor=amount_minor), at)] if amount_minor else []
    if amount_minor == state.held.amount_minor:
        return []
    return [HoldAdjusted(amount_minor, at) if amount_minor else HoldReleased(NOTHING_LEFT, at)]


def evolve(state: Hold | None, event: Event) -> Hold:
    """Return the state after a fact."""
    match event:
        case HoldAwaited(held, _):
            return replace(state or Hold(Status.WAITING), status=Status.WAITING, held=held, cause=None)
        case HoldPlaced(held, at):
            return Hold(Status.PLACED, held, placed_at=at)
        case HoldReleased(cause, at):
            return replace(state or Hold(Status.RELEASED), status=Status.RELEASED, released_at=at, cause=cause)
    assert state is not None, "a hold is born by its beginning or its end"
    match event:
        case HoldAdjusted(amount, _):
            assert state.held is not None, "what is adjusted was placed"
            return replace(state, held=replace(state.held, amount_minor=amount))
        case DisputeOver():
            return replace(state, status=Status.RELEASED, over=True)
        case _:
            assert_never(event)
