"""What others hear: every fact of a walk over all situations is a valid contract event, or documented as private."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ticketing_situations import (
    ACTIVATE,
    APPEAL,
    APPEAL_UNTIL,
    ASK_OF_PAYMENT,
    ASK_UNLOCK,
    AT_ONCE,
    CASE_LADDER,
    CLOSE,
    CONCLUDE,
    CONFIRM,
    DECLINE,
    FEE,
    GIVE_BACK,
    LAPSE,
    LATER,
    LINK,
    MERGE,
    NOON,
    NOTE_ELIGIBLE,
    OPEN,
    PROPOSE,
    REOPEN,
    RESOLVE,
    REVERSE,
    SAY_LOCKED,
    TAKE_OVER,
    TAKEOVER_LADDER,
    TO_SELLER,
    UPHOLD,
    WARN,
    given,
)

from chassis.aggregate import Kind
from ombud_contracts import Event
from ombud_contracts.events import takeovers as course
from ombud_contracts.events import ticketing as contract
from ombud_words import Remedy
from ticketing.cases.domain import case
from ticketing.cases.store import CASES
from ticketing.takeovers.domain import takeover
from ticketing.takeovers.store import TAKEOVERS

PRIVATE = {case.ContactTakenOver, case.ContactHandedBack, case.AnswerNoted}
"""Told by the takeover itself, and by the message."""


def published(kind: Kind[Any, Any, Any], history: tuple[Any, ...]) -> list[tuple[Any, Event | None]]:
    state, told = None, []
    for command in history:
        for event in kind.decide(command, state):
            state = kind.evolve(state, event)
            told.append((event, kind.publish(event, state)))
    return told


def told_of(kind: Kind[Any, Any, Any], *history: Any) -> list[Event]:
    return [said for _, said in published(kind, history) if said is not None]


LADDERS: list[tuple[Kind[Any, Any, Any], tuple[Any, ...]]] = [
    *((CASES, history) for history in CASE_LADDER.values()),
    *((TAKEOVERS, history) for history in TAKEOVER_LADDER.values()),
    (TAKEOVERS, (ACTIVATE, APPEAL, UPHOLD)),
]


@pytest.mark.parametrize(("kind", "history"), LADDERS)
def test_every_fact_is_a_contract_event_that_reads_back_or_documented_as_private(
    kind: Kind[Any, Any, Any], history: tuple[Any, ...]
) -> None:
    for event, said in published(kind, history):
        assert (said is None) == (type(event) in PRIVATE), type(event).__name__
        if said is not None:
            assert type(said).read(said.to_bytes()) == said


def test_the_ladders_meet_every_event() -> None:
    met = {type(event) for kind, history in LADDERS for event, _ in published(kind, history)}
    assert met == {*case.Event.__args__, *takeover.Event.__args__}


def test_events_of_a_case_share_its_key_so_that_their_order_holds() -> None:
    state = given(CASES, *CASE_LADDER["taken_over"]).state
    decided = given(TAKEOVERS, *TAKEOVER_LADDER["active"]).state
    assert state is not None
    assert decided is not None
    assert CASES.origin(state).key == TAKEOVERS.origin(decided).key == "cas_1"


OPENED = replace(
    OPEN,
    buyer_id="buy_1",
    seller_id="sel_2",
    order_id="ord_3",
    line_id="lin_4",
    draft_id="drf_5",
    desired_outcome=Remedy.REPAIR,
    remedies=(Remedy.REPAIR,),
)
DECIDED = replace(ACTIVATE, buyer_id="buy_1", seller_id="sel_2", order_id="ord_3", line_id="lin_4")


def test_what_others_hear_of_a_case() -> None:
    assert told_of(CASES, OPENED, RESOLVE, CLOSE, REOPEN, TAKE_OVER) == [
        contract.CaseOpened(
            case_id="cas_1",
            number="LV-26-1",
            market="lv",
            buyer_id="buy_1",
            seller_id="sel_2",
            order_id="ord_3",
            line_id="lin_4",
            reason="DEFECTIVE",
            family="CONFORMITY",
            phase="after",
            priority=2,
            priority_reasons=("severity",),
            draft_id="drf_5",
            opened_by="buyer",
            opened_at=NOON,
            channel="thread",
            origin="site",
            desired_outcome="REPAIR",
            rights_until=NOON + timedelta(days=700),
        ),
        contract.NoticeIssued(
            case_id="cas_1",
            about="cas_1",
            template="registered_with_seller",
            recipients=("buyer",),
            issued_at=NOON,
        ),
        contract.CaseResolved(case_id="cas_1", outcome="answered", resolved_at=LATER),
        contract.CaseClosed(case_id="cas_1", closed_at=LATER),
        contract.CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=LATER),
        contract.NoticeIssued(
            case_id="cas_1",
            about="tko_1",
            template="takeover_activated",
            recipients=("buyer", "seller"),
            issued_at=LATER,
        ),
    ]


def test_what_others_hear_of_cases_that_belong_together() -> None:
    assert told_of(CASES, OPENED, LINK, MERGE)[2:] == [
        contract.CaseLinked(
            case_id="cas_1",
            linked_case_id="cas_7",
            linked_number="LV-26-7",
            kind="same_incident",
            linked_by="agent",
            linked_at=LATER,
        ),
        contract.CaseMerged(
            case_id="cas_1", into_case_id="cas_8", into_number="LV-26-8", merged_by="agent", merged_at=LATER
        ),
        contract.CaseResolved(case_id="cas_1", outcome="merged", resolved_at=LATER),
        contract.CaseClosed(case_id="cas_1", closed_at=LATER),
        contract.NoticeIssued(
            case_id="cas_1",
            about="cas_8",
            template="case_merged",
            recipients=("buyer", "seller"),
            issued_at=LATER,
        ),
    ]


def test_what_others_hear_of_a_contact_with_the_platform_names_the_seller_when_it_is_moved_to_them() -> None:
    """INVARIANT: a subscriber of `case_opened` hears of a case when it has two parties, and not before."""
    complaint = replace(ASK_OF_PAYMENT, seller_id="sel_2", order_id="ord_3", line_id="lin_4", draft_id="drf_5")
    asked, _, moved, opened, _ = told_of(CASES, complaint, TO_SELLER)
    assert asked == contract.PlatformCaseOpened(
        case_id="cas_1",
        number="LV-26-1",
        market="lv",
        asked_by="buyer",
        asker_id="buy_1",
        order_id="ord_3",
        line_id="lin_4",
        reason="PAYMENT",
        family="PAYMENT",
        matter="order_line",
        phase="after",
        channel="thread",
        origin="site",
        priority=2,
        priority_reasons=("severity",),
        draft_id="drf_5",
        opened_by="buyer",
        opened_at=NOON,
        rights_until=NOON + timedelta(days=700),
    )
    assert b"sel_2" not in asked.to_bytes()
    assert moved == contract.CaseMoved(
        case_id="cas_1", to="seller", reason="wrong_door", seller_id="sel_2", moved_by="agent", moved_at=LATER
    )
    assert isinstance(opened, contract.CaseOpened)
    assert (opened.buyer_id, opened.seller_id, opened.line_id) == ("buy_1", "sel_2", "lin_4")


FEE_SHOWN = contract.AnnouncedCharge(
    kind="HANDLING_FEE",
    net_minor=1_500,
    vat_minor=315,
    vat_basis_points=2_100,
    currency="EUR",
    tariff_version="2026.1",
)


def test_what_others_hear_of_a_takeover_that_waits_for_a_verdict() -> None:
    about = {"takeover_id": "tko_1", "case_id": "cas_1"}
    assert told_of(TAKEOVERS, NOTE_ELIGIBLE) == [
        course.TakeoverFoundEligible(**about, trigger="T2", facts=("cas_1:3", "dsp_1:2"), found_at=NOON)
    ]
    proposed = replace(PROPOSE, costs=(FEE,))
    warned, lapsed = told_of(TAKEOVERS, proposed, WARN, LAPSE)[1:]
    assert warned == course.TakeoverWarned(**about, trigger="T2", costs=(FEE_SHOWN,), warned_at=LATER)
    assert lapsed == course.TakeoverLapsed(**about, lapsed_at=LATER)
    at_once = replace(DECIDED, grounds=AT_ONCE, charges_announced=())
    activated, asked, ended, judged = told_of(TAKEOVERS, at_once, ASK_UNLOCK, SAY_LOCKED, CONFIRM)
    assert isinstance(activated, contract.TakeoverActivated)
    assert (activated.decision.awaits_verdict, activated.decision.costs) == (True, (FEE_SHOWN,))
    assert asked == course.UnlockRequested(**about, requested_at=LATER)
    assert ended == course.UnlockEnded(**about, outcome="still_locked", by="buyer", ended_at=LATER)
    assert judged == course.TakeoverJudged(
        **about,
        seller_id="sel_2",
        buyer_id="buy_1",
        order_id="ord_3",
        line_id="lin_4",
        trigger="T4",
        verdict="confirmed",
        reason="activation_lock_seen",
        facts=("cas_1:3", "dsp_1:2", "dsp_1:6"),
        decided_by="mediator",
        decider_id="med_1",
        charges_announced=("HANDLING_FEE",),
        costs=(FEE_SHOWN,),
        appeal_until=APPEAL_UNTIL,
        judged_at=LATER,
    )


def test_what_others_hear_of_a_takeover_and_on_what_it_rests() -> None:
    decision = contract.TakeoverDecision(
        trigger="T2",
        clause="S-4.2",
        clause_version="2026.1",
        facts=("cas_1:3", "dsp_1:2"),
        deadline_trace=(
            contract.TraceSegment(
                from_at=NOON - timedelta(days=1),
                to_at=NOON,
                counted=True,
                seconds=86_400,
                cause="open",
                calendar_version="1",
            ),
        ),
        alternatives=("remind_again",),
        decided_by="agent",
        decider_id="agt_1",
        scope="dispute",
        appeal_until=APPEAL_UNTIL,
        charges_announced=("HANDLING_FEE",),
        costs=(FEE_SHOWN,),
    )
    activated = contract.TakeoverActivated(
        takeover_id="tko_1",
        case_id="cas_1",
        seller_id="sel_2",
        buyer_id="buy_1",
        order_id="ord_3",
        line_id="lin_4",
        reason="DEFECTIVE",
        decision=decision,
        activated_at=LATER,
    )
    about = {"takeover_id": "tko_1", "case_id": "cas_1"}
    proposed = contract.TakeoverProposed(
        **about, trigger="T2", facts=("cas_1:3", "dsp_1:2"), proposed_by="seller", proposed_at=NOON
    )
    assert told_of(TAKEOVERS, PROPOSE, DECIDED) == [proposed, activated]
    assert told_of(TAKEOVERS, PROPOSE, DECLINE)[1:] == [
        contract.TakeoverDeclined(**about, reason="seller_answered", declined_by="agent", declined_at=LATER)
    ]
    assert told_of(TAKEOVERS, DECIDED, GIVE_BACK)[1:] == [
        contract.TakeoverHandedBack(**about, reason="seller_cooperates", decided_by="agent", handed_back_at=LATER)
    ]
    assert told_of(TAKEOVERS, DECIDED, CONCLUDE)[1:] == [contract.TakeoverConcluded(**about, concluded_at=LATER)]
    assert told_of(TAKEOVERS, DECIDED, REVERSE)[1:] == [
        contract.TakeoverReversed(
            **about,
            reason="breach_withdrawn",
            withdrawn_by="clk_1:6",
            contact_returned=True,
            charges_announced=("HANDLING_FEE",),
            decided_by="system",
            reversed_at=LATER,
        )
    ]
