"""Linking and merging cases (casework, section 2): a merge keeps the earliest start, and both numbers find the case."""

from ombud_words import Role
from ticketing.cases.domain.commands import LinkCase, MergeCase
from ticketing.cases.domain.events import CaseClosed, CaseLinked, CaseMerged, CaseResolved, Event, NoticeIssued
from ticketing.cases.domain.links import LinkKind
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    ContactAlreadyTakenOver,
    LinkedToItself,
    MergeIntoEarlier,
    NotDuplicates,
    OfAnotherOrder,
    TooManyLinks,
)
from ticketing.cases.domain.state import Case, Status, refuse_closed

MERGED = "merged"
"""The outcome of a case that ended because another says the same."""
_MOST_LINKS = 100
"""That people make; what rules link has bounds of its own."""
_BY_PEOPLE = (LinkKind.SAME_ORDER, LinkKind.SAME_INCIDENT)


def link(state: Case, c: LinkCase) -> list[Event]:
    """Return what happens. Raises LinkedToItself or TooManyLinks."""
    if c.other == state.id:
        raise LinkedToItself("name another case")
    if any((known.case_id, known.kind) == (c.other, c.kind) for known in state.links):
        return []
    if c.kind in _BY_PEOPLE and len(state.links) >= _MOST_LINKS:
        raise TooManyLinks(f"{_MOST_LINKS} cases are linked to this one; link them to one of those")
    return [CaseLinked(other=c.other, number=c.number, kind=c.kind, by=c.by, at=c.at)]


def expect_linkable(one: Case, other: Case, kind: LinkKind) -> None:
    """Refuse to link cases of two orders because of their order. Raises OfAnotherOrder."""
    if kind == LinkKind.SAME_ORDER and (one.order_id is None or one.order_id != other.order_id):
        raise OfAnotherOrder("these cases are not about the same order; link them for another reason")


def expect_duplicates(ends: Case, goes_on: Case) -> None:
    """Refuse to merge what is not the same matter of the same people, and the earlier into the later.

    Raises LinkedToItself, NotDuplicates, MergeIntoEarlier or CaseNotOpen.
    """
    if ends.id == goes_on.id:
        raise LinkedToItself("name another case to merge this one into")
    if _matter(ends) != _matter(goes_on):
        raise NotDuplicates(
            "only a case of the same people about the same order line or listing can go on for this one; link them"
        )
    if goes_on.opened_at > ends.opened_at:
        raise MergeIntoEarlier("the case to merge into was opened later; merge that one into this")
    if goes_on.status != Status.OPEN:
        raise CaseNotOpen(f"the case to merge into is {goes_on.status.lower()}; reopen it first")


def merge(state: Case, c: MergeCase) -> list[Event]:
    """Return what happens to the case that ends. Raises CaseNotOpen or ContactAlreadyTakenOver."""
    if state.merged_into is not None and state.merged_into.case_id == c.into:
        return []
    refuse_closed(state)
    if state.taken_over:
        raise ContactAlreadyTakenOver("the platform has taken this contact over; hand it back first")
    resolved = [CaseResolved(MERGED, c.at)] if state.status == Status.OPEN else []
    buyer_id, seller_id = state.parties
    recipients = tuple(role for role, id in ((Role.BUYER, buyer_id), (Role.SELLER, seller_id)) if id is not None)
    told = NoticeIssued(about=c.into, template="case_merged", recipients=recipients, at=c.at)
    merged = CaseMerged(into=c.into, number=c.number, by=c.by, at=c.at)
    return [merged, *resolved, CaseClosed(c.at), told]


def _matter(case: Case) -> tuple[object, ...]:
    approach = case.approach
    return (
        case.market,
        case.parties,
        approach.counterpart,
        approach.asked_by,
        case.about_conduct,
        case.order_id,
        case.line_id,
        case.listing_id,
    )
