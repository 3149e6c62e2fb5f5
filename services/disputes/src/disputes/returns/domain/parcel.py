"""A parcel, by its tracking number: what its carrier said, and to which return it belongs, in whichever order both are heard.

What nobody can place is kept with its reason, and counts as soon as a return names the parcel. Items of one order may come
back in one box.
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
    shares_with: tuple[ReturnId, ...] = ()
    """Whose parcel it may be too: returns of other items of the order."""
    instead_of: tuple[ReturnId, ...] = ()
    """Returns of the same item that ended before it was sent: the parcel is theirs no more."""


@dataclass(frozen=True, slots=True)
class ReleaseParcel:
    """A return named another parcel in its place."""

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


Command = BindParcel | ReleaseParcel | KeepScan


@dataclass(frozen=True, slots=True)
class ParcelBound:
    return_id: ReturnId
    at: datetime
    instead_of: tuple[ReturnId, ...] = ()


@dataclass(frozen=True, slots=True)
class ParcelReleased:
    return_id: ReturnId
    at: datetime


@dataclass(frozen=True, slots=True)
class ScanKept:
    scan: Scan
    refused: str | None
    market: Market | None
    at: datetime


Event = ParcelBound | ParcelReleased | ScanKept


@dataclass(frozen=True, slots=True)
class Parcel:
    return_id: ReturnId | None = None
    """The first return that named it."""
    scans: tuple[Scan, ...] = ()
    refused: str | None = None
    """Why what was last scanned led to nothing; None when it did."""
    market: Market | None = None
    at: datetime | None = None
    shared_with: tuple[ReturnId, ...] = ()
    """Returns of other items of the order, in the same box."""

    @property
    def return_ids(self) -> tuple[ReturnId, ...]:
        """Return whose parcel it is."""
        return self.shared_with if self.return_id is None else (self.return_id, *self.shared_with)


def parcel_number(tracking_number: str) -> str:
    """Return a tracking number as it is compared: people and carriers write it with spaces and hyphens or without, and in
    either case."""
    return "".join(filter(str.isalnum, tracking_number)).upper()


def is_same_parcel(one: str, other: str) -> bool:
    """Tell whether two people wrote the same number."""
    return parcel_number(one) == parcel_number(other)


def decide(command: Command, state: Parcel | None) -> list[Event]:
    """Return what is new. Raises ParcelOfAnotherReturn."""
    known = state or Parcel()
    match command:
        case BindParcel(return_id, at, shares_with, instead_of):
            if not set(known.return_ids) <= {return_id, *shares_with, *instead_of}:
                raise ParcelOfAnotherReturn("The tracking number belongs to another return. Check it.")
            return [] if return_id in known.return_ids else [ParcelBound(return_id, at, instead_of)]
        case ReleaseParcel(return_id, at):
            return [ParcelReleased(return_id, at)] if return_id in known.return_ids else []
        case KeepScan(scan, ended, market, at):
            reason = UNKNOWN_PARCEL if not known.return_ids else RETURN_ENDED if ended else None
            return [] if scan in known.scans else [ScanKept(scan, reason, market, at)]
        case _:
            assert_never(command)


def evolve(state: Parcel | None, event: Event) -> Parcel:
    """Return what is known after it."""
    known = state or Parcel()
    match event:
        case ParcelBound(return_id, at, instead_of):
            return _of(replace(known, refused=None, at=at), (*_without(known, *instead_of), return_id))
        case ParcelReleased(return_id, at):
            return _of(replace(known, at=at), _without(known, return_id))
        case ScanKept(scan, refused, market, at):
            return replace(known, scans=(*known.scans, scan), refused=refused, market=market, at=at)
        case _:
            assert_never(event)


def _without(parcel: Parcel, *others: ReturnId) -> tuple[ReturnId, ...]:
    return tuple(id for id in parcel.return_ids if id not in others)


def _of(parcel: Parcel, return_ids: tuple[ReturnId, ...]) -> Parcel:
    return replace(parcel, return_id=return_ids[0] if return_ids else None, shared_with=return_ids[1:])
