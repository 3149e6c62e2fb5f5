"""A case: one contact about one order line, from opening to closing. It never holds what people wrote."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import (
    BuyerId,
    CaseId,
    Counterpart,
    DraftId,
    LineId,
    OrderId,
    Reason,
    ReasonFamily,
    Role,
    SellerId,
    TakeoverId,
)
from ticketing.cases.domain.approach import FROM_BUYER_TO_SELLER, Approach
from ticketing.cases.domain.priority import Circumstances, prioritise
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    CaseNotResolved,
    CaseWindowClosed,
    ContactAlreadyTakenOver,
    ContactNotTakenOver,
    ContactWithPlatform,
    NoSellerToMoveTo,
    UnknownCase,
)

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Register a contact (R-23)."""

    case_id: CaseId
    number: str
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    order_id: OrderId | None
    line_id: LineId | None
    reason: Reason
    family: ReasonFamily
    draft_id: DraftId
    opened_by: Role
    circumstances: Circumstances
    rights_until: datetime | None
    """The last of the buyer's windows for this reason: law, platform and the seller's own terms. None for no limit."""
    at: datetime
    approach: Approach = FROM_BUYER_TO_SELLER


@dataclass(frozen=True, slots=True)
class ResolveCase:
    outcome: str
    at: datetime
    despite: str | None = None
    """Why, although something of the case is unfinished elsewhere."""


@dataclass(frozen=True, slots=True)
class CloseCase:
    at: datetime
    despite: str | None = None


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
    notice: str = "takeover_reversed"


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """The seller answered, in the sense of the rules for replies; `at` is when the answer was written."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveContact:
    """The contact came in by the wrong door: the other counterpart owes the answer."""

    to: Counterpart
    reason: str
    by: Role
    at: datetime


Command = (
    OpenCase
    | ResolveCase
    | CloseCase
    | ReopenCase
    | TakeContactOver
    | HandContactBack
    | UndoTakeover
    | NoteAnswer
    | MoveContact
)

# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    case_id: CaseId
    number: str
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    order_id: OrderId | None
    line_id: LineId | None
    reason: Reason
    family: ReasonFamily
    draft_id: DraftId
    opened_by: Role
    priority: int
    priority_reasons: tuple[str, ...]
    at: datetime
    approach: Approach = FROM_BUYER_TO_SELLER


@dataclass(frozen=True, slots=True)
class CaseResolved:
    outcome: str
    at: datetime
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class CaseClosed:
    at: datetime
    despite: str | None = None


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
class ContactMoved:
    to: Counterpart
    reason: str
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerBroughtIn:
    """The seller becomes a party of a case that began between the buyer and the platform."""

    opening: CaseOpened
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeIssued:
    about: TakeoverId | CaseId
    template: str
    recipients: tuple[Role, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerNoted:
    """Private: messaging tells of the answer itself."""

    at: datetime


Event = (
    CaseOpened
    | CaseResolved
    | CaseClosed
    | CaseReopened
    | ContactTakenOver
    | ContactHandedBack
    | ContactMoved
    | SellerBroughtIn
    | NoticeIssued
    | AnswerNoted
)

# State


class Status(StrEnum):
    """Where a case is in its life."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something both sides are told, rendered in the reader's language."""

    about: TakeoverId | CaseId
    template: str
    recipients: tuple[Role, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: CaseId
    number: str
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    order_id: OrderId | None
    line_id: LineId | None
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
    answered_at: datetime | None = None
    """When the newest answer of the seller was written."""
    approach: Approach = FROM_BUYER_TO_SELLER
    opened: CaseOpened | None = None
    """How it was opened, kept while others know of no seller: a case that was opened with the platform."""

    @property
    def taken_over(self) -> bool:
        return self.takeover_id is not None

    def answered_since(self, deadline: datetime) -> bool:
        """Whether the seller answered after a deadline: late, and so that nothing is owed by it any more."""
        return self.answered_at is not None and self.answered_at > deadline

    @property
    def with_platform(self) -> bool:
        """Tell whether the platform owes the answer, without any takeover."""
        return self.approach.with_platform

    @property
    def parties(self) -> tuple[BuyerId | None, SellerId | None]:
        """Return the buyer and the seller who see the case; who is not a party is None."""
        buyer = self.buyer_id if self.approach.concerns_buyer else None
        return buyer, self.seller_id if self.approach.concerns_seller else None


def refuse_with_platform(state: Case) -> None:
    """Refuse to take over what no seller answers. Raises ContactWithPlatform."""
    if state.with_platform:
        raise ContactWithPlatform("the platform answers this contact; there is nothing to take over")


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
        case ResolveCase():
            return _resolve(state, command)
        case CloseCase():
            return _close(state, command)
        case ReopenCase(cause, at):
            return [] if state.status == Status.OPEN else [CaseReopened(cause, at)]
        case TakeContactOver(takeover_id, at):
            return _take_over(state, takeover_id, at)
        case HandContactBack(takeover_id, at):
            return _hand_back(state, takeover_id, at)
        case UndoTakeover():
            return _undo_takeover(state, command)
        case NoteAnswer(at):
            return [] if state.answered_at is not None and state.answered_at >= at else [AnswerNoted(at)]
        case MoveContact():
            return _move(state, command)
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
        approach=c.approach,
    )
    return [opened]


def _resolve(state: Case, c: ResolveCase) -> list[Event]:
    if state.status == Status.RESOLVED and state.outcome == c.outcome:
        return []
    if state.status != Status.OPEN:
        raise CaseNotOpen(f"the case is {state.status.lower()}; reopen it first")
    return [CaseResolved(c.outcome, c.at, c.despite)]


def _close(state: Case, c: CloseCase) -> list[Event]:
    if state.status == Status.CLOSED:
        return []
    if state.status != Status.RESOLVED:
        raise CaseNotResolved("the case is open; resolve it first")
    return [CaseClosed(c.at, c.despite)]


def _take_over(state: Case, takeover_id: TakeoverId, at: datetime) -> list[Event]:
    if state.takeover_id == takeover_id:
        return []
    refuse_with_platform(state)
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


def _undo_takeover(state: Case, c: UndoTakeover) -> list[Event]:
    """The contact goes back if this takeover still has it; that the takeover is reversed is told once in any case."""
    if any((notice.about, notice.template) == (c.takeover_id, c.notice) for notice in state.notices):
        return []
    notice = _notice(c.takeover_id, c.notice, c.at)
    returned = _hand_back(state, c.takeover_id, c.at) if state.takeover_id == c.takeover_id else []
    return [notice, *returned]


def _move(state: Case, c: MoveContact) -> list[Event]:
    """Both sides are told; a seller who is brought in for the first time becomes a party."""
    if state.approach.counterpart == c.to:
        return []
    refuse_closed(state)
    if state.taken_over:
        raise ContactAlreadyTakenOver("the platform has taken this contact over; hand it back first")
    asked_about_line = state.approach.asked_by == Role.BUYER and state.line_id is not None
    if c.to == Counterpart.SELLER and not asked_about_line:
        raise NoSellerToMoveTo("only a buyer's contact about an order line can be moved to its seller")
    moved = ContactMoved(to=c.to, reason=c.reason, by=c.by, at=c.at)
    notice = _notice(state.id, f"moved_to_{c.to}", c.at)
    if c.to == Counterpart.PLATFORM or state.opened is None:
        return [moved, notice]
    opening = replace(state.opened, approach=replace(state.approach, counterpart=Counterpart.SELLER), at=c.at)
    return [moved, SellerBroughtIn(opening=opening, at=c.at), notice]


def _notice(about: TakeoverId | CaseId, template: str, at: datetime) -> NoticeIssued:
    return NoticeIssued(about=about, template=template, recipients=(Role.BUYER, Role.SELLER), at=at)


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
        case ContactMoved(to=to):
            return replace(state, approach=replace(state.approach, counterpart=to))
        case SellerBroughtIn():
            return replace(state, opened=None)
        case NoticeIssued(about=about, template=template, recipients=recipients, at=at):
            notice = Notice(about=about, template=template, recipients=recipients, at=at)
            return replace(state, notices=(*state.notices, notice))
        case AnswerNoted(at):
            return replace(state, answered_at=at)
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
        approach=opened.approach,
        opened=opened if opened.approach.with_platform else None,
    )
