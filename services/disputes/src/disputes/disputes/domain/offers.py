"""Offers of a dispute: made, answered by the other side, and agreed on (casework, section 4)."""

from datetime import datetime

from disputes.disputes.domain.commands import AcceptOffer, MakeOffer, settlement_clause
from disputes.disputes.domain.events import (
    PARTIES,
    DisputeSettled,
    EscalationOpened,
    Event,
    Offer,
    OfferAccepted,
    OfferDeclined,
    OfferMade,
    Record,
)
from disputes.disputes.domain.stages import expect_negotiation, expect_owner, offers_ended, with_execution
from disputes.disputes.domain.state import Dispute
from disputes.refusals import (
    AmountAboveLeft,
    GoodwillIsGivenByStaff,
    OfferExpired,
    OfferNotOpen,
    OwnOffer,
    PartiesAnswerOffers,
)
from disputes.remedies.domain import check_order, waits_for_return, work_out
from ombud_words import OfferId, Remedy


def make(state: Dispute, c: MakeOffer) -> list[Event]:
    if any(o.id == c.offer_id for o in state.offers):
        return []
    expect_negotiation(state, c.at)
    expect_owner(state, c.by)
    _expect_offerable(state, c)
    outcome = work_out(c.remedy, c.amount_minor, state.opened.money, c.left_minor)
    offer = Offer(
        id=c.offer_id,
        by=c.by,
        remedy=c.remedy,
        amount_minor=c.amount_minor,
        cost_to_seller_minor=outcome.costs("seller"),
        cost_to_buyer_minor=max(0, outcome.costs("buyer")),
        open_until=c.open_until,
        made_at=c.at,
    )
    return [OfferMade(offer, c.at)]


def _expect_offerable(state: Dispute, c: MakeOffer) -> None:
    """Refuse gifts of the platform's money (S-2), and what the platform may not propose by itself (S-1). After a takeover there is no
    negotiation, and so no offer."""
    _expect_no_goodwill(c.remedy)
    if c.by not in PARTIES:
        check_order(c.remedy, state.opened.family, c.reasons, c.legal_order)


def _expect_no_goodwill(remedy: str) -> None:
    if remedy == Remedy.GOODWILL:
        raise GoodwillIsGivenByStaff("Goodwill is the platform's own money; its staff gives it by itself.")


def _answerable(state: Dispute, offer_id: OfferId, by: str, at: datetime) -> Offer:
    if by not in PARTIES:
        raise PartiesAnswerOffers("buyer and seller answer offers; the platform can make one")
    expect_negotiation(state, at)
    expect_owner(state, by)
    offer = state.offer(offer_id)
    if offer.by == by:
        raise OwnOffer("the other side answers your offer")
    late = offer.status == "OPEN" and offer.answer_by is not None and at > offer.answer_by
    if offer.status == "EXPIRED" or late:
        raise OfferExpired("the offer was not answered in time; make a new one")
    if offer.status != "OPEN":
        raise OfferNotOpen(f"the offer is {offer.status.lower()}")
    return offer


def accept(state: Dispute, c: AcceptOffer) -> list[Event]:
    if state.has_accepted(c.offer_id, c.by):
        return []
    offer = _answerable(state, c.offer_id, c.by, c.at)
    _expect_no_goodwill(offer.remedy)
    if offer.of_platform and not offer.accepted_by:
        return [OfferAccepted(offer.id, c.by, c.at)]
    outcome = work_out(offer.remedy, offer.amount_minor, state.opened.money, c.left_minor)
    if outcome.costs("seller") != offer.cost_to_seller_minor:
        raise AmountAboveLeft(c.left_minor)  # the offer was made when more was left: nobody gets less than was offered
    record = Record(
        decision_id=c.decision_id,
        outcome=outcome,
        clause=settlement_clause(state.opened.family),
        clause_version=c.rules.clause_version,
        facts=(f"offer:{offer.id}",),
        reasons=("agreed",),
        appeal_until=c.rules.appeal_until,
        by_return=waits_for_return(outcome),
    )
    settled = DisputeSettled(offer_id=offer.id, accepted_by=c.by, record=record, at=c.at)
    return with_execution([*offers_ended(state, c.at, but=offer.id), settled], record, c.at)


def decline(state: Dispute, offer_id: OfferId, by: str, at: datetime) -> list[Event]:
    if state.has_answered(offer_id, "DECLINED"):
        return []
    offer = _answerable(state, offer_id, by, at)
    opened: list[Event] = [] if state.escalation_cause else [EscalationOpened("refused", at)]
    return [OfferDeclined(offer.id, by, at), *opened]
