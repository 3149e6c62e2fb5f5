"""The slot of an order line: one live return at a time, and none again after a lawful refusal."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from disputes.refusals import ReturnAlreadyLive, ReturnRefusedBefore
from ombud_words import ReturnId


@dataclass(frozen=True, slots=True)
class Occupy:
    return_id: ReturnId
    at: datetime
    decided: bool = False
    """A decision says so, whatever was refused before."""


@dataclass(frozen=True, slots=True)
class Free:
    """The return ended; after a refusal the slot stays shut."""

    return_id: ReturnId
    refused: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class KeepWindow:
    """It lapsed by a deadline that had not passed: the buyer may request again, also after the window."""

    at: datetime


Command = Occupy | Free | KeepWindow


@dataclass(frozen=True, slots=True)
class Occupied:
    return_id: ReturnId
    at: datetime


@dataclass(frozen=True, slots=True)
class Freed:
    refused: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class WindowKept:
    at: datetime


Event = Occupied | Freed | WindowKept


@dataclass(frozen=True, slots=True)
class LineSlot:
    return_id: ReturnId | None = None
    """The live return."""
    refused: bool = False
    window_kept: bool = False


def decide(command: Command, state: LineSlot | None) -> list[Event]:
    """Return what changes. Raises ReturnAlreadyLive, ReturnRefusedBefore."""
    known = state or LineSlot()
    match command:
        case Occupy(return_id, at, decided):
            if known.return_id == return_id:
                return []
            if known.return_id is not None:
                raise ReturnAlreadyLive(known.return_id)
            if known.refused and not decided:
                raise ReturnRefusedBefore(
                    "The seller refused to take this item back, for a ground that the law knows. If you disagree, open a dispute."
                )
            return [Occupied(return_id, at)]
        case Free(return_id, refused, at):
            return [Freed(refused, at)] if known.return_id == return_id else []
        case KeepWindow(at):
            return [] if known.window_kept else [WindowKept(at)]
        case _:
            assert_never(command)


def evolve(state: LineSlot | None, event: Event) -> LineSlot:
    """Return the slot after it."""
    known = state or LineSlot()
    match event:
        case Occupied(return_id, _):
            return replace(known, return_id=return_id, window_kept=False)
        case Freed(refused, _):
            return replace(known, return_id=None, refused=known.refused or refused)
        case WindowKept():
            return replace(known, window_kept=True)
        case _:
            assert_never(event)
