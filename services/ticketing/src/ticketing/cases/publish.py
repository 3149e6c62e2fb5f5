"""Facts of cases as contract events; None for those that are ticketing's own."""

from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import ticketing as contract
from ombud_words import Counterpart, ListingId, Matter, PersonId, Role
from ticketing.cases.domain import events, state


def publish_case(event: events.Event, state: state.Case) -> ContractEvent | None:
    """Return what others hear of a case."""
    match event:
        case events.CaseOpened():
            return _with_platform(event) if event.approach.with_platform else _with_seller(event)
        case events.SellerBroughtIn(opening=opening):
            return _with_seller(opening)
        case events.CaseResolved(outcome, at, despite):
            return contract.CaseResolved(case_id=state.id, outcome=outcome, resolved_at=at, despite=despite)
        case events.CaseClosed(at, despite):
            return contract.CaseClosed(case_id=state.id, closed_at=at, despite=despite)
        case events.CaseReopened(cause, at):
            return contract.CaseReopened(case_id=state.id, cause=cause, reopened_at=at)
        case events.ContactMoved(to=to):
            return contract.CaseMoved(
                case_id=state.id,
                to=to,
                reason=event.reason,
                seller_id=state.seller_id if to == Counterpart.SELLER else None,
                moved_by=event.by,
                moved_at=event.at,
            )
        case events.NoticeIssued():
            return contract.NoticeIssued(
                case_id=state.id,
                about=event.about,
                template=event.template,
                recipients=event.recipients,
                issued_at=event.at,
            )
        case events.CaseLinked():
            return contract.CaseLinked(
                case_id=state.id,
                linked_case_id=event.other,
                linked_number=event.number,
                kind=event.kind,
                linked_by=event.by,
                linked_at=event.at,
            )
        case events.CaseMerged():
            return contract.CaseMerged(
                case_id=state.id,
                into_case_id=event.into,
                into_number=event.number,
                merged_by=event.by,
                merged_at=event.at,
            )
        case events.ContactTakenOver() | events.ContactHandedBack() | events.AnswerNoted():
            return None  # told by the takeover itself, and by the message
        case _:
            assert_never(event)


def _with_seller(opened: events.CaseOpened) -> contract.CaseOpened | contract.ListingCaseOpened:
    if opened.listing_id is not None:
        return _about_listing(opened, opened.listing_id)
    assert opened.buyer_id is not None, "a seller answers a buyer"
    assert opened.seller_id is not None, "a seller answers a buyer"
    assert opened.order_id is not None, "a seller answers about an order line"
    assert opened.line_id is not None, "a seller answers about an order line"
    return contract.CaseOpened(
        case_id=opened.case_id,
        number=opened.number,
        market=opened.market,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        order_id=opened.order_id,
        line_id=opened.line_id,
        reason=opened.reason,
        family=opened.family,
        phase=opened.approach.phase,
        priority=opened.priority,
        priority_reasons=opened.priority_reasons,
        draft_id=opened.draft_id,
        opened_by=opened.opened_by,
        opened_at=opened.at,
        channel=opened.approach.channel,
        origin=opened.approach.origin,
        desired_outcome=opened.desired_outcome,
        rights_until=opened.rights_until,
    )


def _about_listing(opened: events.CaseOpened, listing_id: ListingId) -> contract.ListingCaseOpened:
    assert opened.buyer_id is not None, "a seller answers a buyer"
    assert opened.seller_id is not None, "a listing is a seller's"
    return contract.ListingCaseOpened(
        case_id=opened.case_id,
        number=opened.number,
        market=opened.market,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        listing_id=listing_id,
        reason=opened.reason,
        family=opened.family,
        phase=opened.approach.phase,
        priority=opened.priority,
        priority_reasons=opened.priority_reasons,
        draft_id=opened.draft_id,
        channel=opened.approach.channel,
        origin=opened.approach.origin,
        opened_by=opened.opened_by,
        opened_at=opened.at,
    )


def _with_platform(opened: events.CaseOpened) -> contract.PlatformCaseOpened:
    approach = opened.approach
    asker: PersonId | None = opened.buyer_id if approach.asked_by == Role.BUYER else opened.seller_id
    assert asker is not None, "a contact is somebody's"
    return contract.PlatformCaseOpened(
        case_id=opened.case_id,
        number=opened.number,
        market=opened.market,
        asked_by=approach.asked_by,
        asker_id=asker,
        order_id=opened.order_id,
        line_id=opened.line_id,
        reason=opened.reason,
        family=opened.family,
        listing_id=opened.listing_id,
        matter=_matter(opened),
        phase=approach.phase,
        channel=approach.channel,
        origin=approach.origin,
        priority=opened.priority,
        priority_reasons=opened.priority_reasons,
        draft_id=opened.draft_id,
        opened_by=opened.opened_by,
        opened_at=opened.at,
        rights_until=opened.rights_until,
    )


def _matter(opened: events.CaseOpened) -> Matter:
    if opened.line_id is not None:
        return Matter.ORDER_LINE
    return Matter.NONE if opened.listing_id is None else Matter.LISTING
