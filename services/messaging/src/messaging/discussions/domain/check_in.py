"""When a seller last opened the list of owed replies: the check-in that inactivity is measured by (R-06)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ombud_words import SellerId

TOLD_EVERY = timedelta(hours=1)
"""Others hear of a seller's check-ins at most this often; inactivity is measured in days."""


@dataclass(frozen=True, slots=True)
class CheckDiscussions:
    """The seller opens the list."""

    seller_id: SellerId
    at: datetime


Command = CheckDiscussions


@dataclass(frozen=True, slots=True)
class DiscussionsChecked:
    seller_id: SellerId
    told: bool
    """Others hear of it."""
    at: datetime


Event = DiscussionsChecked


@dataclass(frozen=True, slots=True)
class CheckIn:
    seller_id: SellerId
    checked_at: datetime
    told_at: datetime


def decide(command: Command, state: CheckIn | None) -> list[Event]:
    """Return what happens. Nothing is refused; an opening before the last one changes nothing."""
    if state is not None and command.at <= state.checked_at:
        return []
    told = state is None or command.at - state.told_at >= TOLD_EVERY
    return [DiscussionsChecked(command.seller_id, told, command.at)]


def evolve(state: CheckIn | None, event: Event) -> CheckIn:
    """Return the state after a fact."""
    if state is None:
        return CheckIn(event.seller_id, event.at, event.at)
    return replace(state, checked_at=event.at, told_at=event.at if event.told else state.told_at)
