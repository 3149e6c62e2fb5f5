"""A case: one contact about one order line, from opening to closing. It never holds what people wrote."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ticketing.domain.priority import Circumstances, prioritise
from ticketing.domain.refusals import (
    CaseNotOpen,
    CaseNotResolved,
    CaseWindowClosed,
    ContactAlreadyTakenOver,
    ContactNotTakenOver,
    UnknownCase,
)

# Commands


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Register a contact (R-23)."""

    case_id: str
    number: str
    market: str
    buyer_id: str
    seller_id: str
    order_id: str
    line_id: str
    reason: str
    family: str
    draft_id: str
    opened_by: str
    circumstances: Circumstances
    rights_until: datetime
    """The last of the buyer's windows: law, platform and the seller's own terms."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ResolveCase:
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseCase:
    at: datetime


@dataclass(frozen=True, slots=True)
class ReopenCase:
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeContactOver:
    """The platform owns the contact by a decision; both sides are told."""

    takeover_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandContactBack:
    takeover_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoTakeover:
    """A takeover of this case was reversed: the contact is the seller's again, and both sides are told."""

    takeover_id: str
    at: datetime


Command = OpenCase | ResolveCase | CloseCase | ReopenCase | TakeContactOver | HandContactBack | UndoTakeover

# Events


@dataclass(frozen=True, slots=True)
class CaseOpened:
    case_id: str
    number: str
    market: str
    buyer_id: str
    seller_id: str
    order_id: str
    line_id: str
    reason: str
    family: str
    draft_id: str
    opened_by: str
    priority: int
    priority_reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseResolved:
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseClosed:
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseReopened:
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactTakenOver:
    takeover_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactHandedBack:
    takeover_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    about: str
    template: str
    recipients: tuple[str, ...]
    at: datetime


Event = CaseOpened | CaseResolved | CaseClosed | CaseReopened | ContactTakenOver | ContactHandedBack | NoticeIssued

# State


class Status(StrEnum):
    """Where a case is in its life."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something both sides are told, rendered in the reader's language."""

    about: str
    template: str
    recipients: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    number: str
    market: str
    buyer_id: str
    seller_id: str
    order_id: str
    line_id: str
    reason: str
    family: str
    priority: int
    priority_reasons: tuple[str, ...]
    opened_at: datetime
    status: Status = Status.OPEN
    outcome: str | None = None
    takeover_id: str | None = None
    """Set while the platform owns the contact (R-09)."""
    notices: tuple[Notice, ...] = ()

    @property
    def taken_over(self) -> bool:
        return self.takeover_id is not None


# Decide


def decide(command: Command, state: Case | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OpenCase):
        return _open(command) if state is None else []
    if state is None:
        raise UnknownCase("there is no such case")
    match command:
        case ResolveCase(outcome, at):
            return _resolve(state, outcome, at)
        case CloseCase(at):
            return _close(state, at)
        case ReopenCase(cause, at):
            return [] if state.status == Status.OPEN else [CaseReopened(cause, at)]
        case TakeContactOver(takeover_id, at):
            return _take_over(state, takeover_id, at)
        case HandContactBack(takeover_id, at):
            return _hand_back(state, takeover_id, at)
        case UndoTakeover(takeover_id, at):
            return _undo_takeover(state, takeover_id, at)
        case _:
            assert_never(command)


def _open(c: OpenCase) -> list[Event]:
    if c.at > c.rights_until:
        raise CaseWindowClosed("every right about this purchase has lapsed; the order page shows the dates")
    priority, reasons = prioritise(c.circumstances)
    return [
        CaseOpened(
            c.case_id,
            c.number,
            c.market,
            c.buyer_id,
            c.seller_id,
            c.order_id,
            c.line_id,
            c.reason,
            c.family,
            c.draft_id,
            c.opened_by,
            priority,
            reasons,
            c.at,
        )
    ]


def _resolve(state: Case, outcome: str, at: datetime) -> list[Event]:
    if state.status == Status.RESOLVED and state.outcome == outcome:
        return []
    if state.status != Status.OPEN:
        raise CaseNotOpen(f"the case is {state.status.lower()}; reopen it first")
    return [CaseResolved(outcome, at)]


def _close(state: Case, at: datetime) -> list[Event]:
    if state.status == Status.CLOSED:
        return []
    if state.status != Status.RESOLVED:
        raise CaseNotResolved("the case is open; resolve it first")
    return [CaseClosed(at)]


def _take_over(state: Case, takeover_id: str, at: datetime) -> list[Event]:
    if state.takeover_id == takeover_id:
        return []
    if state.taken_over:
        raise ContactAlreadyTakenOver("the platform owns this contact already")
    if state.status != Status.OPEN:
        raise CaseNotOpen(f"the case is {state.status.lower()}; reopen it first")
    notice = NoticeIssued(takeover_id, "takeover_activated", ("buyer", "seller"), at)
    return [ContactTakenOver(takeover_id, at), notice]


def _hand_back(state: Case, takeover_id: str, at: datetime) -> list[Event]:
    if state.takeover_id != takeover_id:
        raise ContactNotTakenOver("the seller owns this contact; there is nothing to hand back")
    notice = NoticeIssued(takeover_id, "contact_handed_back", ("buyer", "seller"), at)
    return [ContactHandedBack(takeover_id, at), notice]


def _undo_takeover(state: Case, takeover_id: str, at: datetime) -> list[Event]:
    """The contact goes back if this takeover still has it; that the takeover is reversed is told once in any case."""
    if any((notice.about, notice.template) == (takeover_id, "takeover_reversed") for notice in state.notices):
        return []
    notice = NoticeIssued(takeover_id, "takeover_reversed", ("buyer", "seller"), at)
    returned = _hand_back(state, takeover_id, at) if state.takeover_id == takeover_id else []
    return [notice, *returned]


# Evolve


def evolve(state: Case | None, event: Event) -> Case:
    """Return the state after a fact."""
    if isinstance(event, CaseOpened):
        return Case(
            event.case_id,
            event.number,
            event.market,
            event.buyer_id,
            event.seller_id,
            event.order_id,
            event.line_id,
            event.reason,
            event.family,
            event.priority,
            event.priority_reasons,
            event.at,
        )
    assert state is not None, "a case is born by CaseOpened"
    match event:
        case CaseResolved(outcome, _):
            return replace(state, status=Status.RESOLVED, outcome=outcome)
        case CaseClosed():
            return replace(state, status=Status.CLOSED, takeover_id=None)
        case CaseReopened():
            return replace(state, status=Status.OPEN, outcome=None)
        case ContactTakenOver(takeover_id, _):
            return replace(state, takeover_id=takeover_id)
        case ContactHandedBack():
            return replace(state, takeover_id=None)
        case NoticeIssued(about, template, recipients, at):
            return replace(state, notices=(*state.notices, Notice(about, template, recipients, at)))
        case _:
            assert_never(event)
