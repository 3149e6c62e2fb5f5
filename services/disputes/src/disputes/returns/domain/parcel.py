"""A parcel, by its tracking number: what its carrier said, and to which return it belongs, in whichever order both are heard.

What nobody can place is kept with its reason, and counts as soon as a return names the parcel.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from disputes.refusals import ParcelOfAnotherReturn
from ombud_words import Market, ReturnId

UNKNOWN_PARCEL, RETURN_ENDED = "unknown_parcel", "return_ended"
"""Why a scan is refused."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a carrier said of a parcel."""

    state: str
    carrier: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class BindParcel:
    """A return names the parcel as its own."""

    return_id: ReturnId
    at: datetime


@dataclass(frozen=True, slots=True)
class KeepScan:
    """The carrier scanned the parcel; `ended` says that its return takes nothing any more."""

    scan: Scan
    ended: bool
    market: Market | None
    """Of its return; None while no return names it."""
    at: datetime


Command = BindParcel | KeepScan


@dataclass(frozen=True, slots=True)
class ParcelBound:
    return_id: ReturnId
    at: datetime


@dataclass(frozen=True, slots=True)
class ScanKept:
    scan: Scan
    refused: str | None
    market: Market | None
    at: datetime


Event = ParcelBound | ScanKept


@dataclass(frozen=True, slots=True)
class Parcel:
    return_id: ReturnId | None = None
    scans: tuple[Scan, ...] = ()
    refused: str | None = None
    """Why what was last scanned led to nothing; None when it did."""
    market: Market | None = None
    at: datetime | None = None


def decide(command: Command, state: Parcel | None) -> list[Event]:
    """Return what is new. Raises ParcelOfAnotherReturn."""
    known = state or Parcel()
    match command:
        case BindParcel(return_id, at):
            if known.return_id not in (None, return_id):
                raise ParcelOfAnotherReturn("The tracking number belongs to another return. Check it.")
            return [ParcelBound(return_id, at)] if known.return_id is None else []
        case KeepScan(scan, ended, market, at):
            reason = UNKNOWN_PARCEL if known.return_id is None else RETURN_ENDED if ended else None
            return [] if scan in known.scans else [ScanKept(scan, reason, market, at)]
        case _:
            assert_never(command)


def evolve(state: Parcel | None, event: Event) -> Parcel:
    """Return what is known after it."""
    known = state or Parcel()
    match event:
        case ParcelBound(return_id, at):
            return replace(known, return_id=return_id, refused=None, at=at)
        case ScanKept(scan, refused, market, at):
            return replace(known, scans=(*known.scans, scan), refused=refused, market=market, at=at)
        case _:
            assert_never(event)
