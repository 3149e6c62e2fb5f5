"""A slot per order line and reason family, or per buyer, listing and reason: at most one case is opened in it while another is
live (casework, section 2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType, assert_never

from ombud_words import BuyerId, CaseId, LineId, ListingId, OrderId, Reason, ReasonFamily
from ticketing.cases.domain.refusals import CaseAlreadyLive

SlotId = NewType("SlotId", str)


def slot_id(order_id: OrderId, line_id: LineId, family: ReasonFamily) -> SlotId:
    """Return the id of the slot of an order line and reason family."""
    return SlotId(f"slt_{order_id}|{line_id}|{family}")


def listing_slot_id(listing_id: ListingId, buyer_id: BuyerId, reason: Reason) -> SlotId:
    """Return the id of the slot of a buyer who asks about a listing: many buyers ask about one, its seller and the platform."""
    return SlotId(f"slt_listing|{listing_id}|{buyer_id}|{reason}")


@dataclass(frozen=True, slots=True)
class Occupy:
    """A case is opened: it needs the slot."""

    case_id: CaseId
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A closed case lives again by what somebody wrote in it: it takes the slot if that is free."""

    case_id: CaseId
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Free:
    """A case is closed."""

    case_id: CaseId
    at: datetime


Command = Occupy | TakeBack | Free


@dataclass(frozen=True, slots=True)
class Occupied:
    case_id: CaseId
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Freed:
    case_id: CaseId
    at: datetime


Event = Occupied | Freed


@dataclass(frozen=True, slots=True)
class Slot:
    case_id: CaseId | None = None
    number: str | None = None
    previous: CaseId | None = None
    """The case that had it last, to which one that is opened in it is linked."""


def decide(command: Command, state: Slot | None) -> list[Event]:
    """Return what happens. Raises CaseAlreadyLive, which names the case to go on in."""
    live = state or Slot()
    match command:
        case Occupy(case_id, number, at):
            if live.case_id is not None and live.number is not None and live.case_id != case_id:
                raise CaseAlreadyLive(live.case_id, live.number)
            return [] if live.case_id == case_id else [Occupied(case_id, number, at)]
        case TakeBack(case_id, number, at):
            return [Occupied(case_id, number, at)] if live.case_id is None else []
        case Free(case_id, at):
            return [Freed(case_id, at)] if live.case_id == case_id else []
        case _:
            assert_never(command)


def evolve(state: Slot | None, event: Event) -> Slot:
    """Return the state after a fact."""
    match event:
        case Occupied(case_id, number, _):
            return Slot(case_id, number, state.previous if state else None)
        case Freed(case_id, _):
            return Slot(previous=case_id)
        case _:
            assert_never(event)
