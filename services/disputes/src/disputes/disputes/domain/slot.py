"""A slot per order line and reason family: at most one live dispute is in it (section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from disputes.refusals import DisputeAlreadyLive
from ombud_words import DisputeId


@dataclass(frozen=True, slots=True)
class Occupy:
    dispute_id: DisputeId
    at: datetime


@dataclass(frozen=True, slots=True)
class Free:
    dispute_id: DisputeId
    at: datetime


Command = Occupy | Free


@dataclass(frozen=True, slots=True)
class Occupied:
    dispute_id: DisputeId
    at: datetime


@dataclass(frozen=True, slots=True)
class Freed:
    dispute_id: DisputeId
    at: datetime


Event = Occupied | Freed


@dataclass(frozen=True, slots=True)
class Slot:
    dispute_id: DisputeId | None


def decide(command: Command, state: Slot | None) -> list[Event]:
    """Return what happens. Raises DisputeAlreadyLive."""
    live = state.dispute_id if state else None
    match command:
        case Occupy(dispute_id, at):
            if live == dispute_id:
                return []
            if live is not None:
                raise DisputeAlreadyLive(live)
            return [Occupied(dispute_id, at)]
        case Free(dispute_id, at):
            return [Freed(dispute_id, at)] if live == dispute_id else []
        case _:
            assert_never(command)


def evolve(_state: Slot | None, event: Event) -> Slot:
    """Return the state after a fact."""
    match event:
        case Occupied(dispute_id, _):
            return Slot(dispute_id)
        case Freed():
            return Slot(None)
        case _:
            assert_never(event)
