"""A case: one contact about one order line, from opening to closing. It never holds what people wrote."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import BuyerId, CaseId, DraftId, LineId, OrderId, Reason, ReasonFamily, Role, SellerId, TakeoverId
from ticketing.cases.domain.priority import Circumstances, prioritise
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    CaseNotResolved,
    CaseWindowClosed,
    ContactAlreadyTakenOver,
    ContactNotTakenOver,
    UnknownCase,
)

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Register a contact (R-23)."""

    case_id: CaseId
    number: str
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    order_id: OrderId
    line_id: LineId
    reason: Reason
    family: ReasonFamily
    draft_id: DraftId
    opened_by: Role
    circumstances: Circumstances
    rights_until: datetime | None
    """The last of the buyer's windows for this reason: law, platform and the seller's own terms. None for no limit."""
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

    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class HandContactBack:
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoTakeover:
    """A takeover of this case was reversed: the contact is the seller's again, and both sides are told."""

    takeover_id: TakeoverId
    at: datetime


Command = OpenCase | ResolveCase | CloseCase | ReopenCase | TakeContactOver | HandContactBack | UndoTakeover

# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    case_id: CaseId
    number: str
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    order_id: OrderId
    line_id: LineId
    reason: Reason
    family: ReasonFamily
    draft_id: DraftId
    opened_by: Role
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
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactHandedBack:
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeIssued:
    about: TakeoverId
    template: str
    recipients: tuple[Role, ...]
    at: datetime


Event = CaseOpened | CaseResolved | CaseClosed | CaseReopened | ContactTakenOver | ContactHandedBack | NoticeIssued

# State


class Status(StrEnum):
    """Where a case is in its life."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something both sides are told, rendered in the reader's language."""

    about: TakeoverId
    template: str
    recipients: tuple[Role, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: CaseId
    number: str
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    order_id: OrderId
    line_id: LineId
    reason: Reason
    family: ReasonFamily
    priority: int
    priority_reasons: tuple[str, ...]
    opened_at: datetime
    status: Status = Status.OPEN
    outcome: str | None = None
    takeover_id: TakeoverId | None = None
    """Set while the platform owns the contact (R-09)."""
    notices: tuple[Notice, ...] = ()

    @property
    def taken_over(self) -> bool:
        return self.takeover_id is not None


def refuse_closed(state: Case) -> None:
    """Refuse to begin anything new about a case that is closed. Raises CaseNotOpen."""
    if state.status == Status.CLOSED:
        raise CaseNotOpen("the case is closed; reopen it first")


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
    if c.rights_until is not None and c.at > c.rights_until:
        raise CaseWindowClosed("the rights for this reason have lapsed; the order page shows the dates")
    priority, reasons = prioritise(c.circumstances)
    opened = CaseOpened(
        case_id=c.case_id,
        number=c.number,
        market=c.market,
        buyer_id=c.buyer_id,
        seller_id=c.seller_id,
        order_id=c.order_id,
        line_id=c.line_id,
        reason=c.reason,
        family=c.family,
        draft_id=c.draft_id,
        opened_by=c.opened_by,
        priority=priority,
        priority_reasons=reasons,
        at=c.at,
    )
    return [opened]


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


def _take_over(state: Case, takeover_id: TakeoverId, at: datetime) -> list[Event]:
    if state.takeover_id == takeover_id:
        return []
    if state.taken_over:
        raise ContactAlreadyTakenOver("the platform owns this contact already")
    if state.status != Status.OPEN:
        raise CaseNotOpen(f"the case is {state.status.lower()}; reopen it first")
    notice = _notice(takeover_id, "takeover_activated", at)
    return [ContactTakenOver(takeover_id, at), notice]


def _hand_back(state: Case, takeover_id: TakeoverId, at: datetime) -> list[Event]:
    if state.takeover_id != takeover_id:
        raise ContactNotTakenOver("the seller owns this contact; there is nothing to hand back")
    notice = _notice(takeover_id, "contact_handed_back", at)
    return [ContactHandedBack(takeover_id, at), notice]


def _undo_takeover(state: Case, takeover_id: TakeoverId, at: datetime) -> list[Event]:
    """The contact goes back if this takeover still has it; that the takeover is reversed is told once in any case."""
    if any((notice.about, notice.template) == (takeover_id, "takeover_reversed") for notice in state.notices):
        return []
    notice = _notice(takeover_id, "takeover_reversed", at)
    returned = _hand_back(state, takeover_id, at) if state.takeover_id == takeover_id else []
    return [notice, *returned]


def _notice(takeover_id: TakeoverId, template: str, at: datetime) -> NoticeIssued:
    return NoticeIssued(about=takeover_id, template=template, recipients=(Role.BUYER, Role.SELLER), at=at)


# Evolve


def evolve(state: Case | None, event: Event) -> Case:
    """Return the state after a fact."""
    if isinstance(event, CaseOpened):
        return _born(event)
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
        case NoticeIssued(about=about, template=template, recipients=recipients, at=at):
            notice = Notice(about=about, template=template, recipients=recipients, at=at)
            return replace(state, notices=(*state.notices, notice))
        case _:
            assert_never(event)


def _born(opened: CaseOpened) -> Case:
    return Case(
        id=opened.case_id,
        number=opened.number,
        market=opened.market,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        order_id=opened.order_id,
        line_id=opened.line_id,
        reason=opened.reason,
        family=opened.family,
        priority=opened.priority,
        priority_reasons=opened.priority_reasons,
        opened_at=opened.at,
    )
