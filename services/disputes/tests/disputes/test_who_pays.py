"""Who pays, and why: nobody is charged who neither agreed nor was decided against (S-1), and the platform's own money is
not the parties' to offer (S-2)."""

from dataclasses import replace

import pytest
from disputes_situations import ACCEPT, COUNTER, DECIDE, DECLINE, FAST, LATER, OFFER, OPEN, RULES, given

from disputes.disputes.domain import Stage
from disputes.disputes.domain import events as fact
from disputes.disputes.store import DISPUTES
from disputes.refusals import (
    AboveAuthority,
    EarlierJudge,
    GoodwillIsGivenByStaff,
    NotACurrentStage,
    PartiesAnswerOffers,
    RemedyOutOfOrder,
)
from ombud_words import Remedy

ORDER = RULES.legal_order
PROPOSAL = replace(
    OFFER, by="agent", remedy="FULL_REFUND", amount_minor=0, reasons=("second_failure",), legal_order=ORDER
)
BY_SELLER = replace(ACCEPT, by="seller")
OPENED = given(DISPUTES, OPEN)
PROPOSED = given(DISPUTES, OPEN, PROPOSAL)
DECIDING = given(DISPUTES, FAST)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("first", ["buyer", "seller"])
def test_a_proposal_of_the_platform_binds_when_both_sides_accepted_it(first: str) -> None:
    second = "seller" if first == "buyer" else "buyer"
    one = PROPOSED.when(replace(ACCEPT, by=first))
    assert one.events == [fact.OfferAccepted("ofr_1", first, LATER)]
    assert one.after is not None
    assert (one.after.stage, one.after.offers[0].accepted_by) == (Stage.NEGOTIATION, (first,))
    both = given(DISPUTES, OPEN, PROPOSAL, replace(ACCEPT, by=first))
    assert both.when(replace(ACCEPT, by=first)).told == "-"
    settled = both.when(replace(ACCEPT, by=second))
    assert settled.told == "DisputeSettled"
    assert settled.after is not None
    assert (settled.after.stage, settled.after.decided_by) == (Stage.SETTLED, second)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("by", ["agent", "mediator", "supervisor", "system"])
def test_who_is_not_a_side_answers_no_offer_and_makes_none_that_binds(by: str) -> None:
    for offer in (OFFER, COUNTER):
        answering = given(DISPUTES, OPEN, offer)
        answering.when(replace(ACCEPT, offer_id=offer.offer_id, by=by)).then_refused(PartiesAnswerOffers)
        answering.when(replace(DECLINE, offer_id=offer.offer_id, by=by)).then_refused(PartiesAnswerOffers)
    assert given(DISPUTES, OPEN, replace(PROPOSAL, by=by)).when(ACCEPT).told == "OfferAccepted"


@pytest.mark.rule("S-1")
def test_a_refused_proposal_of_the_platform_settles_nothing() -> None:
    declined = given(DISPUTES, OPEN, PROPOSAL, BY_SELLER, DECLINE)
    assert declined.state is not None
    assert (declined.state.stage, declined.state.offers[0].status) == (Stage.NEGOTIATION, "DECLINED")


@pytest.mark.rule("S-1")
def test_after_a_takeover_the_platform_decides_and_offers_nothing() -> None:
    DECIDING.when(PROPOSAL).then_refused(NotACurrentStage)


def test_the_legal_order_binds_the_platform_and_not_what_a_seller_gives_freely() -> None:
    """Casework, section 4."""
    OPENED.when(replace(PROPOSAL, reasons=())).then_refused(RemedyOutOfOrder)
    assert OPENED.when(replace(PROPOSAL, by="seller", reasons=())).told == "OfferMade"


@pytest.mark.rule("S-2")
@pytest.mark.parametrize("by", ["buyer", "seller", "agent", "mediator"])
def test_goodwill_is_never_offered(by: str) -> None:
    OPENED.when(replace(OFFER, by=by, remedy="GOODWILL", amount_minor=12_990)).then_refused(GoodwillIsGivenByStaff)


@pytest.mark.rule("S-2")
def test_goodwill_that_was_offered_before_is_not_accepted() -> None:
    state = given(DISPUTES, OPEN, OFFER).state
    assert state is not None
    offered = replace(state, offers=(replace(state.offers[0], remedy="GOODWILL"),))
    with pytest.raises(GoodwillIsGivenByStaff):
        DISPUTES.decide(ACCEPT, offered)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize(("limit", "decided"), [(12_990, True), (12_989, False), (None, True), (0, False)])
def test_a_decision_is_within_the_authority_of_who_decides(limit: int | None, decided: bool) -> None:
    """Casework, section 13."""
    outcome = DECIDING.when(replace(DECIDE, rules=replace(RULES, decides_up_to_minor=limit)))
    if decided:
        assert outcome.told == "DisputeDecided"
    else:
        outcome.then_refused(AboveAuthority)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("remedy", ["REPAIR", "REPLACEMENT", "RETURN_AND_REFUND", "PRICE_REDUCTION"])
def test_what_a_decision_costs_the_seller_counts_towards_the_authority(remedy: str) -> None:
    amount = 5_000 if remedy == Remedy.PRICE_REDUCTION else 0
    narrow = replace(DECIDE, remedy=remedy, amount_minor=amount, rules=replace(RULES, decides_up_to_minor=834))
    DECIDING.when(narrow).then_refused(AboveAuthority)


@pytest.mark.rule("S-4")
@pytest.mark.parametrize("judges", [("med_1",), ("agt_1", "med_1"), ("med_1", "sup_1")])
def test_who_judged_in_the_case_before_decides_nothing_more_in_it(judges: tuple[str, ...]) -> None:
    DECIDING.when(replace(DECIDE, judges=judges)).then_refused(EarlierJudge)
    others = tuple(judge for judge in judges if judge != DECIDE.mediator_id)
    assert DECIDING.when(replace(DECIDE, judges=others)).told == "DisputeDecided"
