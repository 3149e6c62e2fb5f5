"""A case: one contact about an order line, a listing or neither, from opening to closing. It never holds what people wrote."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from ombud_words import (
    Counterpart,
    Matter,
    Role,
    TakeoverId,
)
from ticketing.cases.domain.commands import (
    CloseCase,
    Command,
    HandContactBack,
    LinkCase,
    MergeCase,
    MoveContact,
    NoteAnswer,
    OpenCase,
    ReopenCase,
    ResolveCase,
    TakeContactOver,
    TellParties,
    TellSeller,
    UndoTakeover,
)
from ticketing.cases.domain.events import (
    AnswerNoted,
    CaseClosed,
    CaseLinked,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    ContactHandedBack,
    ContactMoved,
    ContactTakenOver,
    Event,
    EventOfKnown,
    NoticeIssued,
    SellerBroughtIn,
)
from ticketing.cases.domain.joining import link, merge
from ticketing.cases.domain.links import Link, LinkKind
from ticketing.cases.domain.notices import NoticeSubject
from ticketing.cases.domain.priority import prioritise
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    CaseNotResolved,
    CaseWindowClosed,
    ContactAlreadyTakenOver,
    ContactNotTakenOver,
    MoveToTheAccused,
    NoSellerToMoveTo,
    OutcomeNotOffered,
    UnknownCase,
)
from ticketing.cases.domain.state import Case, Notice, Status, refuse_closed, refuse_with_platform


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
            return _reopen(state, cause, at)
        case TakeContactOver(takeover_id, at):
            return _take_over(state, takeover_id, at)
        case HandContactBack(takeover_id, at):
            return _hand_back(state, takeover_id, at)
        case UndoTakeover():
            return _undo_takeover(state, command)
        case NoteAnswer(at):
            return [] if state.answered_at is not None and state.answered_at >= at else [AnswerNoted(at)]
        case TellSeller(notice, at):
            _, seller_id = state.addressees
            return [_notice(state.id, notice, at, (Role.SELLER,))] if seller_id else []
        case TellParties():
            return _tell_parties(state, command)
        case MoveContact():
            return _move(state, command)
        case LinkCase():
            return link(state, command)
        case MergeCase():
            return merge(state, command)
        case _:
            assert_never(command)


def _open(c: OpenCase) -> list[Event]:
    if c.rights_until is not None and c.at > c.rights_until:
        raise CaseWindowClosed("the rights for this reason have lapsed; the order page shows the dates")
    if c.desired_outcome is not None and c.desired_outcome not in c.remedies:
        raise OutcomeNotOffered(c.remedies)
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
        desired_outcome=c.desired_outcome,
        rights_until=c.rights_until if c.rights_known else None,
        listing_id=c.listing_id,
    )
    return [opened, _receipt(c)]


def _receipt(c: OpenCase) -> NoticeIssued:
    """Whoever asked is told at once what was registered, and who answers next; it is not a reply (R-23)."""
    template = f"registered_with_{c.approach.counterpart}"
    return NoticeIssued(about=c.case_id, template=template, recipients=(c.approach.asked_by,), at=c.at)


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


def _reopen(state: Case, cause: str, at: datetime) -> list[Event]:
    """In the place of a case that was merged, another goes on."""
    return [] if state.status == Status.OPEN or state.merged_into is not None else [CaseReopened(cause, at)]


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
    if _was_told(state, c.takeover_id, c.notice):
        return []
    notice = _notice(c.takeover_id, c.notice, c.at)
    returned = _hand_back(state, c.takeover_id, c.at) if state.takeover_id == c.takeover_id else []
    return [notice, *returned]


def _tell_parties(state: Case, c: TellParties) -> list[Event]:
    """Who is not a party any more, since the contact was moved away, is told nothing of how it goes on."""
    buyer, seller = state.addressees if c.also_former else state.parties
    parties = {Role.BUYER: buyer, Role.SELLER: seller}
    recipients = tuple(role for role in c.recipients if parties[role] is not None)
    if not recipients or _was_told(state, c.about, c.notice, c.occasion):
        return []
    return [replace(_notice(c.about, c.notice, c.at, recipients), occasion=c.occasion)]


def _was_told(state: Case, about: NoticeSubject, template: str, occasion: int = 1) -> bool:
    return any((known.about, known.template, known.occasion) == (about, template, occasion) for known in state.notices)


def _move(state: Case, c: MoveContact) -> list[Event]:
    """Both sides are told; a seller who is brought in for the first time becomes a party."""
    if state.approach.counterpart == c.to:
        return []
    refuse_closed(state)
    if state.taken_over:
        raise ContactAlreadyTakenOver("the platform has taken this contact over; hand it back first")
    of_a_seller = state.approach.asked_by == Role.BUYER and state.matter != Matter.NONE
    if c.to == Counterpart.SELLER and not of_a_seller:
        raise NoSellerToMoveTo("only a buyer's contact about an order line or a listing can be moved to its seller")
    if c.to == Counterpart.SELLER and state.about_conduct:
        raise MoveToTheAccused(
            "the contact is a complaint about this seller, and stays between the buyer and the platform"
        )
    moved = ContactMoved(to=c.to, reason=c.reason, by=c.by, at=c.at)
    notice = _notice(state.id, f"moved_to_{c.to}", c.at)
    if c.to == Counterpart.PLATFORM or state.opened is None:
        return [moved, notice]
    opening = replace(state.opened, approach=replace(state.approach, counterpart=Counterpart.SELLER), at=c.at)
    return [moved, SellerBroughtIn(opening=opening, at=c.at), notice]


_BOTH = (Role.BUYER, Role.SELLER)


def _notice(about: NoticeSubject, template: str, at: datetime, recipients: tuple[Role, ...] = _BOTH) -> NoticeIssued:
    return NoticeIssued(about=about, template=template, recipients=recipients, at=at)


_BESIDE = (NoticeIssued, AnswerNoted, CaseLinked)
"""Facts that stand beside a case, some of them for one reader alone: they keep nobody from deciding about it."""


def evolve(state: Case | None, event: Event) -> Case:
    """Return the state after a fact."""
    if isinstance(event, CaseOpened):
        return _born(event)
    assert state is not None, "a case is born by CaseOpened"
    after = _evolved(state, event)
    return after if isinstance(event, _BESIDE) else replace(after, revision=state.revision + 1)


def _evolved(state: Case, event: EventOfKnown) -> Case:
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
        case NoticeIssued(about=about, template=template, recipients=recipients, at=at, occasion=occasion):
            notice = Notice(about=about, template=template, recipients=recipients, at=at, occasion=occasion)
            return replace(state, notices=(*state.notices, notice))
        case AnswerNoted(at):
            return replace(state, answered_at=at)
        case CaseLinked(other=other, number=number, kind=kind):
            return replace(state, links=(*state.links, Link(case_id=other, number=number, kind=kind)))
        case CaseMerged(into=into, number=number):
            return replace(state, merged_into=Link(case_id=into, number=number, kind=LinkKind.MERGED))
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
        desired_outcome=opened.desired_outcome,
        listing_id=opened.listing_id,
        opened=opened if opened.approach.with_platform else None,
    )
