"""A dispute: negotiated while the seller owns the contact, or decided by a mediator; each step has its stage and time."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from disputes_situations import (
    ACCEPT,
    ADMITTED,
    AMEND,
    APPEAL,
    COUNTER,
    COUNTERFEIT,
    DEADLINE,
    DECIDE,
    DECIDE_NOTHING,
    DECIDE_RETURN,
    DECLINE,
    ESCALATE,
    EVIDENCE,
    EXECUTE,
    EXECUTE_SETTLEMENT,
    EXPIRES_BY,
    FAST,
    FIND_UNFOUNDED,
    FORGET_FACT,
    GRANT,
    HAND_BACK,
    LADDER,
    LAPSE,
    LAPSE_REQUEST,
    LAPSES_AT,
    LATER,
    NOON,
    NOTE_FACT,
    NOTICE,
    OFFER,
    OFFER_DUE,
    OFFER_EXPIRES,
    OPEN,
    REFUND_CANCELLED,
    REFUND_FAILS,
    REFUND_ORDERED,
    REPAIR_OFFER,
    REPEAT_REQUEST,
    REQUEST_EVIDENCE,
    RETURN_ENDS,
    RULES,
    SELLER_ESCALATES,
    TAKE_OVER,
    TICK,
    UPHOLD,
    WINDOW,
    WINDOW_NEVER_WAS,
    WITHDRAW,
    WITHDRAW_LAPSE,
    WITHDRAW_REQUEST,
    given,
    outcomes,
)

from disputes.disputes.domain import Admission, Stage, expect_admitted
from disputes.disputes.domain import commands as asked
from disputes.disputes.domain import events as fact
from disputes.disputes.store import DISPUTES
from disputes.refusals import (
    AmountAboveLeft,
    AmountAbovePaid,
    AmountMissing,
    DisputeWindowClosed,
    DisputeWindowNotOpen,
    EscalationNotOpen,
    EvidenceTooLate,
    NotACurrentStage,
    NotDisputable,
    NothingLeft,
    OfferExpired,
    OfferNotOpen,
    OwnOffer,
    Refusal,
    RemedyOutOfOrder,
    SellerNoLongerOwnsContact,
    UnknownClause,
    UnknownFact,
    UnknownOffer,
)

COMMANDS: dict[str, asked.Command] = {
    "open": OPEN,
    "offer": replace(OFFER, offer_id="ofr_9"),
    "accept": ACCEPT,
    "decline": DECLINE,
    "offer_due": replace(OFFER_DUE, due_by=LATER),
    "offer_expires": OFFER_EXPIRES,
    "window": replace(WINDOW, due_by=LATER),
    "window_never_was": WINDOW_NEVER_WAS,
    "lapse": LAPSE,
    "withdraw_lapse": WITHDRAW_LAPSE,
    "deadline": DEADLINE,
    "escalate": ESCALATE,
    "seller_escalates": SELLER_ESCALATES,
    "take_over": TAKE_OVER,
    "hand_back": HAND_BACK,
    "evidence": EVIDENCE,
    "note_fact": NOTE_FACT,
    "forget_fact": FORGET_FACT,
    "request_evidence": replace(REQUEST_EVIDENCE, request_id="evr_9"),
    "withdraw_request": WITHDRAW_REQUEST,
    "lapse_request": LAPSE_REQUEST,
    "repeat_request": REPEAT_REQUEST,
    "decide": DECIDE,
    "find": FIND_UNFOUNDED,
    "withdraw": WITHDRAW,
    "execute": EXECUTE,
    "return_ends": RETURN_ENDS,
    "refund_fails": REFUND_FAILS,
    "refund_ordered": REFUND_ORDERED,
    "refund_cancelled": REFUND_CANCELLED,
    "appeal": APPEAL,
    "uphold": UPHOLD,
    "amend": AMEND,
}
NEGOTIATING = "negotiating offered proposed countered declined expired past_deadline"
UNPAID = "decided granted granted_in_vain"
MEDIATING = "escalated taken_over fast_track shown not_sent evidenced"
# For each command: outcome → situations of the ladder; `*` is every other one. Nothing exists only after opening.
EXPECTED: dict[str, dict[str, str]] = {
    "open": {"DisputeOpened": "nothing", "-": "*"},
    "offer": {"OfferMade": NEGOTIATING, "NotACurrentStage": "*"},
    "accept": {
        "DisputeSettled": "offered past_deadline",
        "OfferEnded+DisputeSettled": "countered",
        "OfferAccepted": "proposed",
        "UnknownOffer": "negotiating",
        "OfferNotOpen": "declined",
        "OfferExpired": "expired",
        "-": "settled settled_and_done mended",
        "NotACurrentStage": "*",
    },
    "decline": {
        "OfferDeclined+EscalationOpened": "offered proposed countered",
        "OfferDeclined": "past_deadline",
        "UnknownOffer": "negotiating",
        "OfferExpired": "expired",
        "-": "declined",
        "NotACurrentStage": "*",
    },
    "offer_due": {"OfferDeadlineNoted": "offered proposed countered past_deadline", "-": "*"},
    "offer_expires": {"OfferLapsed": "offered proposed countered past_deadline", "-": "*"},
    "window": {"DeadlineNoted": "*"},
    "window_never_was": {"DeadlineForgotten": "lapsed", "-": "*"},
    "lapse": {
        "DisputeLapsed": "negotiating declined expired",
        "OfferEnded+DisputeLapsed": "offered proposed past_deadline",
        "OfferEnded+OfferEnded+DisputeLapsed": "countered",
        "-": "*",
    },
    "withdraw_lapse": {"LapseWithdrawn": "lapsed", "-": "*"},
    "deadline": {"EscalationOpened": "negotiating offered proposed countered expired", "-": "*"},
    "escalate": {
        "EscalationNotOpen": "negotiating offered proposed countered expired",
        "DisputeEscalated": "declined",
        "OfferEnded+DisputeEscalated": "past_deadline",
        "-": f"{MEDIATING} asked",
        "NotACurrentStage": "*",
    },
    "seller_escalates": {
        "DisputeEscalated": "negotiating declined expired",
        "OfferEnded+DisputeEscalated": "offered proposed past_deadline",
        "OfferEnded+OfferEnded+DisputeEscalated": "countered",
        "-": f"{MEDIATING} asked",
        "NotACurrentStage": "*",
    },
    "take_over": {
        "ContactOwnerChanged+DisputeEscalated": "negotiating declined expired",
        "ContactOwnerChanged+OfferEnded+DisputeEscalated": "offered proposed past_deadline",
        "ContactOwnerChanged+OfferEnded+OfferEnded+DisputeEscalated": "countered",
        "ContactOwnerChanged": "escalated",
        "-": "*",
    },
    "hand_back": {"ContactOwnerChanged": "taken_over fast_track shown asked not_sent evidenced", "-": "*"},
    "evidence": {
        "EvidenceSubmitted": f"{NEGOTIATING} {MEDIATING.removesuffix('evidenced')} appealed granted_and_appealed",
        "EvidenceSubmitted+EvidenceRequestEnded": "asked",
        "-": "evidenced found_and_appealed",
        "EvidenceTooLate": "*",
    },
    "note_fact": {"FactShown": "fast_track asked not_sent evidenced", "-": "*"},
    "forget_fact": {
        "FactForgotten": "shown",
        "DecisionTakenBack": "granted",
        "AppealDecided+DecisionTakenBack": "granted_and_appealed",
        "-": "*",
    },
    "request_evidence": {"EvidenceRequested": MEDIATING, "EvidenceAwaited": "asked", "NotACurrentStage": "*"},
    "withdraw_request": {"EvidenceRequestEnded": "asked", "-": "not_sent", "UnknownEvidenceRequest": "*"},
    "lapse_request": {"EvidenceRequestEnded": "asked", "-": "*"},
    "repeat_request": {"EvidenceRequested": "not_sent", "-": "*"},
    "decide": {"DisputeDecided": MEDIATING, "EvidenceAwaited": "asked", "NotACurrentStage": "*"},
    "find": {
        "DisputeDecided+FindingMade+DisputeExecuted+DisputeClosed": "evidenced",
        "UnknownFact": MEDIATING,
        "EvidenceAwaited": "asked",
        "NotACurrentStage": "*",
    },
    "return_ends": {"DisputeClosed": f"{UNPAID} refund_failed", "-": "*"},
    "withdraw": {
        "DisputeWithdrawn": f"negotiating declined expired {MEDIATING} asked",
        "OfferEnded+DisputeWithdrawn": "offered proposed past_deadline",
        "OfferEnded+OfferEnded+DisputeWithdrawn": "countered",
        "-": "withdrawn",
        "NotACurrentStage": "*",
    },
    "execute": {"DisputeExecuted+DisputeClosed": f"{UNPAID} refund_failed", "-": "*"},
    "refund_fails": {"RefundFailed": UNPAID, "-": "*"},
    "refund_ordered": {"RefundReordered": "refund_failed", "-": "*"},
    "refund_cancelled": {"DisputeClosed": f"{UNPAID} refund_failed", "-": "*"},
    "appeal": {
        "DecisionAppealed": "decided refund_failed refund_given_up decided_and_done rejected granted",
        "-": "appealed granted_and_appealed",
        "AppealWaits": "found_and_appealed",
        "NothingToAppeal": "*",
    },
    "uphold": {"AppealDecided": "appealed granted_and_appealed found_and_appealed", "NothingAppealed": "*"},
    "amend": {
        "AppealDecided+DisputeExecuted+DisputeClosed": "appealed granted_and_appealed",
        "AppealDecided+FindingWithdrawn+DisputeExecuted+DisputeClosed": "found_and_appealed",
        "NothingAppealed": "*",
    },
}
OPENED = given(DISPUTES, OPEN)
OFFERED = given(DISPUTES, OPEN, OFFER)
ESCALATED = given(DISPUTES, *LADDER["escalated"])


def expected(command: str, situation: str) -> str:
    if situation == "nothing" and command != "open":
        return "UnknownDispute"
    table = EXPECTED[command]
    named = [outcome for outcome, situations in table.items() if situation in situations.split()]
    return named[0] if named else next(outcome for outcome, situations in table.items() if situations == "*")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(DISPUTES, LADDER, {command: COMMANDS[command]})[command]
    assert {rung: outcome.told for rung, outcome in walk.items()} == {rung: expected(command, rung) for rung in LADDER}


def test_the_walk_takes_every_command_and_meets_every_event_and_stage() -> None:
    walk = outcomes(DISPUTES, LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(asked.Command))
    told = [outcome for row in walk.values() for outcome in row.values()]
    assert {type(event) for outcome in told for event in outcome.events} == set(get_args(fact.Event))
    assert {outcome.after.stage for outcome in told if outcome.after} == set(Stage)


# Opening


def test_a_dispute_starts_in_negotiation_except_on_the_fast_track() -> None:
    """Section 5: T4 to T6, and contacts that were taken over, are mediated at once."""
    given(DISPUTES).when(OPEN).then(fact.DisputeOpened(OPEN), stage=Stage.NEGOTIATION, escalation_cause=None)
    given(DISPUTES).when(FAST).then(fact.DisputeOpened(FAST), stage=Stage.MEDIATION, taken_over=True)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"claimed_minor": 12_991}, AmountAbovePaid),
        ({"claimed_remedy": "PARTIAL_REFUND", "claimed_minor": 0}, AmountMissing),
    ],
)
def test_nobody_claims_more_than_was_paid_or_no_amount(change: dict[str, object], refusal: type[AmountMissing]) -> None:
    given(DISPUTES).when(replace(OPEN, **change)).then_refused(refusal)  # type: ignore[arg-type]


# Offers


def test_an_offer_shows_what_it_costs_each_side_and_never_changes() -> None:
    outcome = OPENED.when(replace(OFFER, remedy="RETURN_AND_REFUND", amount_minor=0))
    offer = fact.Offer(
        id="ofr_1",
        by="seller",
        remedy="RETURN_AND_REFUND",
        amount_minor=0,
        cost_to_seller_minor=12_990 + 835,
        cost_to_buyer_minor=0,
        made_at=NOON,
    )
    outcome.then(fact.OfferMade(offer, NOON), offers=(offer,))
    OFFERED.when(replace(OFFER, amount_minor=1)).then_nothing()


def test_an_offer_is_answered_by_the_other_side() -> None:
    OFFERED.when(replace(ACCEPT, by="seller")).then_refused(OwnOffer)
    OFFERED.when(replace(DECLINE, by="seller")).then_refused(OwnOffer)
    countered = given(DISPUTES, OPEN, OFFER, COUNTER)
    countered.when(replace(ACCEPT, offer_id="ofr_2")).then_refused(OwnOffer)
    assert countered.when(replace(ACCEPT, offer_id="ofr_2", by="seller")).told == "OfferEnded+DisputeSettled"
    OFFERED.when(replace(ACCEPT, offer_id="ofr_7")).then_refused(UnknownOffer)


@pytest.mark.rule("S-5")
def test_an_offer_can_be_answered_until_the_instant_that_its_clock_shows() -> None:
    """INVARIANT: S-5; would break if disputes counted days of its own."""
    due = given(DISPUTES, OPEN, OFFER, OFFER_DUE)
    assert due.when(replace(ACCEPT, at=EXPIRES_BY)).told == "DisputeSettled"
    due.when(replace(ACCEPT, at=EXPIRES_BY + TICK)).then_refused(OfferExpired)
    due.when(replace(DECLINE, at=EXPIRES_BY + TICK)).then_refused(OfferExpired)
    later = given(DISPUTES, OPEN, OFFER, OFFER_DUE, replace(OFFER_DUE, due_by=LAPSES_AT))
    assert later.when(replace(ACCEPT, at=EXPIRES_BY + TICK)).told == "DisputeSettled"
    assert given(DISPUTES, OPEN, OFFER).when(replace(ACCEPT, at=LAPSES_AT)).told == "DisputeSettled"


def test_a_deadline_is_noted_for_its_own_offer_alone() -> None:
    due = given(DISPUTES, OPEN, OFFER, OFFER_DUE)
    for told in (replace(OFFER_DUE, offer_id="ofr_9"), replace(OFFER_DUE, offer_id="ofr_9", due_by=LATER)):
        assert due.when(told).events == []


@pytest.mark.rule("S-5")
def test_the_end_that_an_offerer_named_holds_until_the_clock_is_heard() -> None:
    short = replace(OFFER, open_until=LATER)
    given(DISPUTES, OPEN, short).when(replace(ACCEPT, at=LATER + TICK)).then_refused(OfferExpired)
    assert given(DISPUTES, OPEN, short, OFFER_DUE).when(replace(ACCEPT, at=LATER + TICK)).told == "DisputeSettled"


def test_an_offer_expires_when_its_clock_tells_so() -> None:
    expired = given(DISPUTES, OPEN, OFFER, OFFER_EXPIRES)
    expired.when(ACCEPT).then_refused(OfferExpired)
    expired.when(OFFER_EXPIRES).then_nothing()
    given(DISPUTES, OPEN, OFFER).when(replace(OFFER_EXPIRES, offer_id="ofr_7")).then_nothing()


def test_offers_end_with_their_negotiation() -> None:
    """Casework, section 4: an open offer ends with the stage."""
    countered = given(DISPUTES, OPEN, OFFER, COUNTER)
    for step in (replace(ESCALATE, by="agent"), TAKE_OVER, WITHDRAW, LAPSE):
        after = countered.when(step).after
        assert after is not None
        assert [offer.status for offer in after.offers] == ["ENDED", "ENDED"], step
    settled = countered.when(ACCEPT).after
    assert settled is not None
    assert [offer.status for offer in settled.offers] == ["ACCEPTED", "ENDED"]


def test_an_answered_offer_is_not_answered_again() -> None:
    given(DISPUTES, OPEN, OFFER, DECLINE).when(ACCEPT).then_refused(OfferNotOpen)


def test_a_repeated_answer_changes_nothing_wherever_the_dispute_has_gone() -> None:
    given(DISPUTES, OPEN, REPAIR_OFFER, ACCEPT).when(ACCEPT).then_nothing()
    given(DISPUTES, *LADDER["settled_and_done"]).when(ACCEPT).then_nothing()
    given(DISPUTES, OPEN, OFFER, DECLINE, ESCALATE).when(DECLINE).then_nothing()


def test_an_accepted_offer_settles_with_what_was_agreed_as_its_fact() -> None:
    outcome = OFFERED.when(ACCEPT)
    before = OFFERED.state
    assert before is not None
    (event,) = outcome.events
    assert isinstance(event, fact.DisputeSettled)
    outcome.then(
        event,
        stage=Stage.SETTLED,
        offers=(replace(before.offers[0], status="ACCEPTED"),),
        record=event.record,
        decided_by="buyer",
    )
    assert event.record.facts == ("offer:ofr_1",)
    assert event.record.outcome.refund_minor == 3_000
    assert event.record.appeal_until == RULES.appeal_until


def test_a_settlement_without_money_is_done_by_itself() -> None:
    mended = given(DISPUTES, OPEN, REPAIR_OFFER).when(ACCEPT)
    assert mended.told == "DisputeSettled+DisputeExecuted+DisputeClosed"


# Escalation


def test_the_buyer_escalates_after_a_refusal_or_the_deadline_and_not_before() -> None:
    OFFERED.when(ESCALATE).then_refused(EscalationNotOpen)
    assert given(DISPUTES, OPEN, OFFER, DECLINE).when(ESCALATE).told == "DisputeEscalated"
    given(DISPUTES, OPEN, DEADLINE).when(ESCALATE).then(
        fact.DisputeEscalated("buyer", "deadline", LATER), stage=Stage.MEDIATION
    )


@pytest.mark.rule("S-5")
def test_the_escalation_window_closes_at_the_instant_that_its_clock_shows() -> None:
    """INVARIANT: S-5; 21 working days from the refusal or the deadline, as the clock's row counts them."""
    window = given(DISPUTES, OPEN, DEADLINE, WINDOW)
    assert window.when(replace(ESCALATE, at=LAPSES_AT)).told == "DisputeEscalated"
    for by in ("buyer", "seller", "agent"):
        window.when(asked.Escalate(by, LAPSES_AT + TICK)).then_refused(NotACurrentStage)
    assert given(DISPUTES, OPEN, DEADLINE).when(replace(ESCALATE, at=LAPSES_AT + TICK)).told == "DisputeEscalated"


def test_nothing_is_negotiated_after_the_window() -> None:
    late = LAPSES_AT + TICK
    offered = given(DISPUTES, OPEN, OFFER, DEADLINE, WINDOW)
    for step in (replace(OFFER, offer_id="ofr_9", at=late), replace(ACCEPT, at=late), replace(DECLINE, at=late)):
        offered.when(step).then_refused(NotACurrentStage)


def test_a_dispute_lapses_when_the_clock_of_its_window_tells_so() -> None:
    given(DISPUTES, OPEN, DEADLINE, WINDOW).when(LAPSE).then(fact.DisputeLapsed(LAPSES_AT + TICK), stage=Stage.LAPSED)
    given(DISPUTES, *LADDER["escalated"]).when(LAPSE).then_nothing()


# Takeovers


def test_after_a_takeover_the_seller_submits_evidence_and_negotiates_no_more() -> None:
    """Section 8: the seller writes, offers and accepts while owner."""
    owned = given(DISPUTES, replace(OPEN, taken_over=True))
    owned.when(OFFER).then_refused(SellerNoLongerOwnsContact)
    offered = given(DISPUTES, replace(OPEN, taken_over=True), replace(OFFER, by="buyer"))
    offered.when(replace(ACCEPT, by="seller")).then_refused(SellerNoLongerOwnsContact)
    offered.when(replace(DECLINE, by="seller")).then_refused(SellerNoLongerOwnsContact)
    assert owned.when(replace(EVIDENCE, by="seller")).told == "EvidenceSubmitted"


def test_a_takeover_brings_a_negotiation_before_a_mediator() -> None:
    OPENED.when(TAKE_OVER).then(
        fact.ContactOwnerChanged(True, LATER),
        fact.DisputeEscalated("system", "taken_over", LATER),
        taken_over=True,
        stage=Stage.MEDIATION,
    )


def test_a_takeover_that_is_heard_late_ends_a_negotiation_no_earlier_than_it_began() -> None:
    """INVARIANT: an escalation before the opening would leave the clock of the negotiation running for ever."""
    told = OPENED.when(replace(TAKE_OVER, at=OPEN.at - timedelta(minutes=8))).events
    assert told[-1] == fact.DisputeEscalated("system", "taken_over", OPEN.at)


@pytest.mark.rule("S-7")
@pytest.mark.parametrize(("ending", "cause"), [(TAKE_OVER, "taken_over"), (NOTE_FACT, "fast_track")])
def test_an_end_that_is_heard_late_ends_the_window_no_earlier_than_it_began(ending: asked.Command, cause: str) -> None:
    """INVARIANT: would break if the window ended in time before its clock began, which would then run on for nobody."""
    opened_at = LATER + timedelta(days=1)
    told = given(DISPUTES, COUNTERFEIT, asked.OpenEscalation(opened_at)).when(ending).events
    (escalated,) = [event for event in told if isinstance(event, fact.DisputeEscalated)]
    assert (escalated.cause, escalated.at) == (cause, opened_at)


@pytest.mark.rule("S-7")
@pytest.mark.parametrize("ending", [TAKE_OVER, replace(NOTE_FACT, at=NOON)], ids=["takeover", "fact"])
def test_an_end_that_is_heard_late_ends_no_offer_before_it_was_made(ending: asked.Command) -> None:
    """INVARIANT: would break if an offer ended in time before its clock began, which would then run on for nobody."""
    made_at = LATER + timedelta(days=1)
    told = given(DISPUTES, COUNTERFEIT, replace(OFFER, at=made_at)).when(ending).events
    assert fact.OfferEnded(OFFER.offer_id, made_at) in told


@pytest.mark.rule("S-7")
def test_a_fact_of_the_fast_track_ends_the_offers_with_the_negotiation() -> None:
    fast = replace(OPEN, fast_track_facts=("guarantee_lapsed",))
    told = given(DISPUTES, fast, OFFER).when(asked.NoteFact("guarantee_lapsed", OPEN.at - timedelta(minutes=8))).events
    assert told[1:] == [
        fact.OfferEnded(OFFER.offer_id, OPEN.at),
        fact.DisputeEscalated("system", "fast_track", OPEN.at),
    ]


# Evidence


def test_evidence_is_accepted_until_the_decision_and_once() -> None:
    ESCALATED.when(EVIDENCE).then(fact.EvidenceSubmitted(EVIDENCE), evidence=(EVIDENCE,))
    given(DISPUTES, FAST, EVIDENCE).when(EVIDENCE).then_nothing()
    given(DISPUTES, FAST, EVIDENCE, DECIDE).when(EVIDENCE).then_nothing()
    given(DISPUTES, FAST, DECIDE).when(EVIDENCE).then_refused(EvidenceTooLate)


# Decisions


@pytest.mark.parametrize("facts", [("claim",), ("listing_snapshot",), ("evd_1",), ("ofr_1", "evd_1")])
def test_a_decision_rests_on_facts_of_this_dispute(facts: tuple[str, ...]) -> None:
    situation = given(DISPUTES, OPEN, OFFER, DEADLINE, ESCALATE, EVIDENCE)
    (event,) = situation.when(replace(DECIDE, facts=facts)).events
    assert isinstance(event, fact.DisputeDecided)
    assert event.record.facts == facts


@pytest.mark.parametrize("facts", [(), ("evd_9",), ("claim", "evd_9"), ("ofr_9",)])
def test_a_decision_without_facts_or_on_foreign_ones_is_refused(facts: tuple[str, ...]) -> None:
    """INVARIANT: a missing fact refuses the decision; deciding on facts of another dispute would break it."""
    ESCALATED.when(replace(DECIDE, facts=facts)).then_refused(UnknownFact)


@pytest.mark.rule("R-35")
def test_a_decision_cites_a_clause_of_the_markets_legal_pack() -> None:
    """R-35."""
    ESCALATED.when(replace(DECIDE, clause="S-9.9")).then_refused(UnknownClause)


def test_a_decision_keeps_to_the_order_of_the_law() -> None:
    ESCALATED.when(replace(DECIDE, reasons=("buyer_prefers",))).then_refused(RemedyOutOfOrder)


def test_a_decision_says_who_made_it_and_is_made_once() -> None:
    outcome = ESCALATED.when(DECIDE)
    (event,) = outcome.events
    assert isinstance(event, fact.DisputeDecided)
    outcome.then(event, stage=Stage.DECIDED, record=event.record, decided_by="mediator")
    second = replace(DECIDE, remedy="NONE", mediator_id="med_2")
    given(DISPUTES, FAST, DECIDE).when(second).then_refused(NotACurrentStage)


def test_a_decision_with_money_waits_for_the_refund_of_this_decision() -> None:
    decided = given(DISPUTES, FAST, DECIDE)
    decided.when(EXECUTE_SETTLEMENT).then_nothing()
    decided.when(EXECUTE).then(fact.DisputeExecuted(LATER), fact.DisputeClosed(LATER), stage=Stage.CLOSED)
    assert given(DISPUTES, FAST).when(DECIDE_NOTHING).told == "DisputeDecided+DisputeExecuted+DisputeClosed"


def test_a_refund_that_failed_shows_until_it_is_paid_after_all() -> None:
    """Section 6: the payment system may pay a refund that it refused before; the line stays occupied meanwhile."""
    decided = given(DISPUTES, FAST, DECIDE)
    decided.when(REFUND_FAILS).then(fact.RefundFailed(LATER), refund_failed=True)
    decided.when(replace(REFUND_FAILS, decision_id="dec_9")).then_nothing()
    paid = given(DISPUTES, FAST, DECIDE, REFUND_FAILS).when(EXECUTE)
    paid.then(fact.DisputeExecuted(LATER), fact.DisputeClosed(LATER), stage=Stage.CLOSED, refund_failed=False)


@pytest.mark.parametrize(
    ("history", "cause"),
    [((OFFER, DECLINE), "refused"), ((DEADLINE,), "deadline"), ((DEADLINE, OFFER, DECLINE), "deadline")],
)
def test_an_escalation_of_the_buyer_says_what_opened_its_window(history: tuple[asked.Command, ...], cause: str) -> None:
    """Section 5: the window opens at refusal or at the negotiation deadline, whichever comes first."""
    (event,) = given(DISPUTES, OPEN, *history).when(ESCALATE).events
    assert event == fact.DisputeEscalated("buyer", cause, LATER)


def test_an_escalation_of_anybody_else_says_who_asked() -> None:
    (event,) = given(DISPUTES, OPEN, DEADLINE).when(SELLER_ESCALATES).events
    assert event == fact.DisputeEscalated("seller", "seller", LATER)


def test_a_withdrawn_dispute_is_withdrawn_once_and_a_decided_one_never() -> None:
    OPENED.when(WITHDRAW).then(fact.DisputeWithdrawn(LATER), stage=Stage.WITHDRAWN)
    given(DISPUTES, FAST, DECIDE).when(WITHDRAW).then_refused(NotACurrentStage)


# What is left of the line


@pytest.mark.rule("S-10")
def test_nobody_offers_or_decides_more_than_is_left_of_the_line() -> None:
    """Casework, section 4. INVARIANT: would break if an outcome were told that billing must refuse."""
    OPENED.when(replace(OFFER, left_minor=2_999)).then_refused(AmountAboveLeft)
    assert OPENED.when(replace(OFFER, left_minor=3_000)).told == "OfferMade"
    part = replace(DECIDE, remedy="PRICE_REDUCTION", amount_minor=3_000)
    ESCALATED.when(replace(part, left_minor=2_999)).then_refused(AmountAboveLeft)
    ESCALATED.when(replace(DECIDE, left_minor=0)).then_refused(NothingLeft)


def test_a_full_refund_is_all_that_is_left() -> None:
    (event,) = ESCALATED.when(replace(DECIDE, left_minor=9_990)).events
    assert isinstance(event, fact.DisputeDecided)
    assert event.record.outcome.refund_minor == 9_990


def test_an_offer_that_is_above_what_is_left_by_now_cannot_be_accepted() -> None:
    OFFERED.when(replace(ACCEPT, left_minor=2_999)).then_refused(AmountAboveLeft)
    assert OFFERED.when(replace(ACCEPT, left_minor=3_000)).told == "DisputeSettled"
    whole = given(DISPUTES, OPEN, replace(OFFER, remedy="FULL_REFUND", amount_minor=0))
    whole.when(replace(ACCEPT, left_minor=9_990)).then_refused(AmountAboveLeft)
    assert whole.when(ACCEPT).told == "DisputeSettled"


def test_goodwill_is_not_bound_by_what_is_left() -> None:
    goodwill = replace(DECIDE, remedy="GOODWILL", amount_minor=2_000, left_minor=0)
    (event,) = ESCALATED.when(goodwill).events
    assert isinstance(event, fact.DisputeDecided)
    assert (event.record.outcome.refund_minor, event.record.outcome.from_line_minor) == (2_000, 0)


# What the reason decides


def test_a_reason_that_is_named_does_not_skip_the_negotiation_and_its_fact_does() -> None:
    """Casework, section 4: the fast-track fact, not the name of a reason."""
    named = given(DISPUTES, COUNTERFEIT)
    assert named.state is not None
    assert named.state.stage == Stage.NEGOTIATION
    shown = named.when(NOTICE)
    assert shown.told == "EvidenceSubmitted+DisputeEscalated"
    assert shown.events[-1] == fact.DisputeEscalated("mediator", "fast_track", LATER)
    assert named.when(NOTE_FACT).events == [
        fact.FactShown("imei_check", LATER),
        fact.DisputeEscalated("system", "fast_track", LATER),
    ]


@pytest.mark.rule("S-10")
def test_a_refund_against_the_item_waits_for_its_return() -> None:
    """INVARIANT: would break if the buyer were paid, or the line drawn on, before the item came back."""
    decided = given(DISPUTES, FAST, DECIDE_RETURN)
    assert decided.state is not None
    record = decided.state.record
    assert record is not None
    assert (record.return_id, record.owed_minor, record.from_line_minor) == ("ret_2", 12_990, 0)
    assert decided.when(EXECUTE).told == "DisputeExecuted+DisputeClosed"
    assert decided.when(replace(RETURN_ENDS, done=True)).told == "DisputeExecuted+DisputeClosed"
    assert decided.when(RETURN_ENDS).told == "DisputeClosed"
    nothing_owed = replace(DECIDE_RETURN, left_minor=0)
    given(DISPUTES, FAST).when(nothing_owed).then_refused(NothingLeft)


@pytest.mark.rule("S-3")
def test_a_decision_rests_on_what_a_system_showed_until_that_is_withdrawn() -> None:
    """INVARIANT: would break if a guarantee that had not lapsed were decided by; the mediator who was called goes on."""
    on_fact = replace(DECIDE, facts=("imei_check",))
    given(DISPUTES, FAST).when(on_fact).then_refused(UnknownFact)
    assert given(DISPUTES, FAST, NOTE_FACT).when(on_fact).told == "DisputeDecided"
    assert given(DISPUTES, replace(FAST, shown=("imei_check",))).when(on_fact).told == "DisputeDecided"
    forgotten = given(DISPUTES, COUNTERFEIT, NOTE_FACT, FORGET_FACT)
    forgotten.when(on_fact).then_refused(UnknownFact)
    assert forgotten.state is not None
    assert forgotten.state.stage == Stage.MEDIATION


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("expert_notice", "buyer"),
        ("expert_notice", "seller"),
        ("imei_check", "buyer"),
        ("imei_check", "agent"),
        ("photo", "mediator"),
        ("recall", "mediator"),
    ],
)
def test_who_cannot_show_a_fact_does_not_skip_the_negotiation_whatever_the_upload_is_called(kind: str, by: str) -> None:
    """Casework, section 3: facts are typed by who can show them, and the row names which of them count."""
    assert given(DISPUTES, COUNTERFEIT).when(replace(NOTICE, kind=kind, by=by)).told == "EvidenceSubmitted"


@pytest.mark.parametrize(
    ("admission", "refusal"),
    [
        (replace(ADMITTED, disputable=False), NotDisputable),
        (replace(ADMITTED, opens_at=NOON + TICK), DisputeWindowNotOpen),
        (replace(ADMITTED, closes_at=NOON - TICK), DisputeWindowClosed),
    ],
)
def test_a_dispute_is_opened_within_the_window_of_its_reason(admission: Admission, refusal: type[Refusal]) -> None:
    """Casework, section 4. Both ends of the window belong to it."""
    with pytest.raises(refusal):
        expect_admitted(OPEN, admission)
    expect_admitted(OPEN, replace(ADMITTED, opens_at=NOON, closes_at=NOON))


def test_a_sellers_dispute_has_no_window() -> None:
    expect_admitted(replace(OPEN, opened_by="seller"), replace(ADMITTED, closes_at=NOON - TICK))


@pytest.mark.parametrize(
    ("family", "clause"),
    [("DELIVERY", "S-5.2"), ("WITHDRAWAL", "S-5.3"), ("CONFORMITY", "S-5.1"), ("PAYMENT", "S-5.1")],
)
def test_a_settlement_names_the_clause_of_its_kind_of_problem(family: str, clause: str) -> None:
    (event,) = given(DISPUTES, replace(OPEN, family=family), OFFER).when(ACCEPT).events
    assert isinstance(event, fact.DisputeSettled)
    assert event.record.clause == clause


# What the system decides


@pytest.mark.rule("S-3")
def test_what_the_system_decided_by_a_fact_that_is_none_counts_as_if_it_had_not_been() -> None:
    """INVARIANT: would break if a seller paid, or an appeal waited for ever, by a time that had not passed."""
    granted = given(DISPUTES, *LADDER["granted"])
    granted.when(FORGET_FACT).then(fact.DecisionTakenBack("dec_2", "imei_check", LATER), taken_back=True)
    granted.when(replace(FORGET_FACT, kind="guarantee_lapsed")).then_nothing()
    judged, _ = given(DISPUTES, *LADDER["granted_and_appealed"]).when(FORGET_FACT).events
    assert isinstance(judged, fact.AppealDecided)
    assert (judged.outcome, judged.reviewer_id) == ("REVERSED", "system")


@pytest.mark.rule("S-4")
def test_what_a_person_decided_by_the_same_fact_stands_until_it_is_appealed() -> None:
    by_person = replace(GRANT, decided_by="mediator", mediator_id="med_1")
    given(DISPUTES, FAST, NOTE_FACT, by_person).when(FORGET_FACT).then_nothing()
    given(DISPUTES, *LADDER["granted_and_appealed"], AMEND).when(FORGET_FACT).then_nothing()


@pytest.mark.rule("R-47")
def test_a_claim_is_undisputed_while_nothing_was_offered_or_shown_against_it() -> None:
    """INVARIANT: would break if the system decided over what a seller had to say (product rules, section 8)."""
    sellers = replace(EVIDENCE, by="seller")
    for commands, undisputed in (
        ((FAST,), True),
        ((FAST, EVIDENCE), True),
        ((FAST, sellers), False),
        ((FAST, REQUEST_EVIDENCE), False),
        ((replace(FAST, claimed_remedy="REPLACEMENT"),), False),
        (LADDER["escalated"], False),
    ):
        state = given(DISPUTES, *commands).state
        assert state is not None
        assert state.undisputed is undisputed
