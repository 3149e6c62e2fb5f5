"""What others hear of a dispute: every fact of the ladder is a valid contract event, or documented as private."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from disputes_situations import (
    ACCEPT,
    AMEND,
    DEADLINE,
    EVIDENCE,
    FAST,
    FORGET_FACT,
    LADDER,
    LATER,
    NOON,
    OFFER,
    OPEN,
    REFUND_ORDERED,
    UPHOLD,
    WINDOW,
    WINDOW_NEVER_WAS,
    WITHDRAW_LAPSE,
)

from disputes.disputes import domain
from disputes.disputes.domain import commands as asked
from disputes.disputes.domain import events as told
from disputes.disputes.store import DISPUTES
from ombud_contracts import Event
from ombud_contracts.events import disputes, findings
from ombud_words import AppealOutcome

PRIVATE = {
    told.OfferDeadlineNoted,
    told.DeadlineNoted,
    told.DeadlineForgotten,
    told.FactShown,
    told.FactForgotten,
    told.ContactOwnerChanged,
    told.RefundFailed,
    told.RefundReordered,
}
"""Told by clocks, by the takeover, and by billing."""
PROPOSED = (OPEN, replace(OFFER, by="agent"), ACCEPT)
WINDOW_GONE = (OPEN, DEADLINE, WINDOW, WINDOW_NEVER_WAS)
FORGOTTEN = (*LADDER["shown"], FORGET_FACT)
LAPSED_WRONGLY = (*LADDER["lapsed"], WITHDRAW_LAPSE)
REORDERED = (*LADDER["refund_failed"], REFUND_ORDERED)
REVERSED = (*LADDER["found_and_appealed"], replace(UPHOLD, outcome=AppealOutcome.REVERSED))
JUDGED = ((*LADDER["appealed"], UPHOLD), (*LADDER["appealed"], AMEND))
HISTORIES = (
    *LADDER.values(),
    REVERSED,
    *JUDGED,
    (FAST, EVIDENCE),
    FORGOTTEN,
    PROPOSED,
    REORDERED,
    WINDOW_GONE,
    LAPSED_WRONGLY,
)


def published(history: tuple[asked.Command, ...]) -> list[tuple[told.Event, Event | None]]:
    state: domain.Dispute | None = None
    told = []
    for command in history:
        for event in DISPUTES.decide(command, state):
            state = DISPUTES.evolve(state, event)
            told.append((event, DISPUTES.publish(event, state)))
    return told


@pytest.mark.parametrize("history", HISTORIES)
def test_every_fact_is_a_contract_event_that_reads_back_or_documented_as_private(
    history: tuple[asked.Command, ...],
) -> None:
    for event, contract in published(history):
        assert (contract is None) == (type(event) in PRIVATE), type(event).__name__
        if contract is not None:
            assert type(contract).read(contract.to_bytes()) == contract


def test_the_ladder_meets_every_event() -> None:
    assert {type(event) for history in HISTORIES for event, _ in published(history)} == set(get_args(told.Event))


def test_the_stage_that_is_told_at_opening_is_the_one_it_starts_in() -> None:
    for command, stage in ((OPEN, "NEGOTIATION"), (FAST, "MEDIATION")):
        ((_, contract),) = published((command,))
        assert contract is not None
        assert contract.model_dump()["stage"] == stage


@pytest.mark.parametrize("situation", ["decided", "settled"])
def test_an_outcome_tells_billing_the_lines_the_refund_and_the_currency(situation: str) -> None:
    contract = published(LADDER[situation])[-1][1]
    assert contract is not None
    decision = contract.model_dump()["decision"]
    refund = 12_990 if situation == "decided" else OFFER.amount_minor
    assert decision["refund_minor"] == refund
    assert decision["lines"] == ({"line": "refund", "kind": "REFUND", "amount_minor": refund},)
    assert decision["currency"] == "EUR"
    assert [e["amount_minor"] for e in decision["effects"]] == [refund, -refund]


IDS = {"dispute_id": "dsp_1", "case_id": "cas_1"}
PARTIES = {"order_id": "ord_3", "line_id": "lin_4", "buyer_id": "buy_1", "seller_id": "sel_2"}


@pytest.mark.rule("S-8")
def test_an_opening_names_each_party_and_thing_by_its_own_id() -> None:
    """INVARIANT: would break if a buyer stood where the seller belongs."""
    ((_, contract),) = published((OPEN,))
    assert contract == disputes.DisputeOpened(
        **IDS,
        **PARTIES,
        reason="DEFECTIVE",
        family="CONFORMITY",
        claimed_remedy="FULL_REFUND",
        claimed_minor=0,
        currency="EUR",
        stage="NEGOTIATION",
        opened_by="buyer",
        opened_at=NOON,
    )


@pytest.mark.rule("S-8")
def test_an_offer_is_told_with_what_it_costs_each_side() -> None:
    assert published((OPEN, OFFER))[-1][1] == disputes.OfferMade(
        **IDS,
        offer_id="ofr_1",
        by="seller",
        remedy="PARTIAL_REFUND",
        amount_minor=3_000,
        currency="EUR",
        cost_to_seller_minor=3_000,
        cost_to_buyer_minor=0,
        expires_by=NOON + timedelta(days=30),
        made_at=NOON,
    )


@pytest.mark.rule("S-5")
def test_the_end_that_an_offerer_named_is_told_to_its_clock() -> None:
    named = published((OPEN, replace(OFFER, open_until=LATER)))[-1][1]
    assert named is not None
    assert (named.model_dump()["open_until"], named.model_dump()["expires_by"]) == (LATER, LATER)


def test_the_window_to_escalate_is_told_whatever_opened_it() -> None:
    """A window that nobody tells of has no clock."""
    for history, cause in ((LADDER["declined"], "refused"), ((OPEN, DEADLINE), "deadline")):
        assert published(history)[-1][1] == disputes.EscalationOpened(
            **IDS, cause=cause, claimant="buyer", opened_at=LATER
        )


@pytest.mark.rule("S-8")
def test_a_decision_names_each_party_and_thing_by_its_own_id() -> None:
    """INVARIANT: billing charges and refunds by these ids."""
    decision = disputes.Decision(
        decision_id="dec_2",
        remedy="FULL_REFUND",
        clause="S-5.1",
        clause_version="2026.1",
        facts=("claim",),
        reasons=("second_failure",),
        effects=(
            disputes.Effect(party="buyer", amount_minor=12_990, currency="EUR"),
            disputes.Effect(party="seller", amount_minor=-12_990, currency="EUR"),
        ),
        lines=(disputes.DecisionLine(line="refund", kind="REFUND", amount_minor=12_990),),
        refund_minor=12_990,
        currency="EUR",
        appeal_until=NOON + timedelta(days=30),
    )
    assert published(LADDER["decided"])[-1][1] == disputes.DisputeDecided(
        **IDS, **PARTIES, decision=decision, decided_by="mediator", mediator_id="med_1", decided_at=LATER
    )


@pytest.mark.rule("S-8")
def test_an_appeal_names_its_decision_and_who_made_it() -> None:
    assert published(LADDER["appealed"])[-1][1] == disputes.DecisionAppealed(
        **IDS, appeal_id="apl_1", decision_id="dec_2", by="seller", grounds=("facts_wrong",), appealed_at=LATER
    )


@pytest.mark.rule("S-8")
def test_an_amendment_names_each_party_and_thing_by_its_own_id() -> None:
    """INVARIANT: billing credits and charges by these ids."""
    decision = disputes.Decision(
        decision_id="dec_3",
        remedy="PRICE_REDUCTION",
        clause="S-5.1",
        clause_version="2026.1",
        facts=("claim",),
        reasons=("second_failure",),
        effects=(
            disputes.Effect(party="buyer", amount_minor=4_000, currency="EUR"),
            disputes.Effect(party="seller", amount_minor=-4_000, currency="EUR"),
        ),
        lines=(disputes.DecisionLine(line="refund", kind="REFUND", amount_minor=4_000),),
        refund_minor=4_000,
        currency="EUR",
        appeal_until=NOON + timedelta(days=30),
    )
    (amended,) = (e for _, e in published((*LADDER["appealed"], AMEND)) if isinstance(e, disputes.AppealDecided))
    assert amended == disputes.AppealDecided(
        **IDS,
        **PARTIES,
        appeal_id="apl_1",
        decision_id="dec_2",
        outcome="AMENDED",
        reasons=("facts_hold",),
        decision=decision,
        given_minor=12_990,
        decided_by="supervisor",
        reviewer_id="sup_1",
        decided_at=LATER,
    )


@pytest.mark.rule("S-8")
def test_a_settlement_names_each_party_and_thing_by_its_own_id() -> None:
    (settled,) = (e for _, e in published((OPEN, OFFER, ACCEPT)) if isinstance(e, disputes.DisputeSettled))
    assert settled.model_dump(include={*IDS, *PARTIES}) == {**IDS, **PARTIES}
    assert (settled.offer_id, settled.accepted_by) == (OFFER.offer_id, ACCEPT.by)


@pytest.mark.rule("S-8")
def test_evidence_is_told_by_its_id_and_hash() -> None:
    assert published((FAST, EVIDENCE))[-1][1] == disputes.EvidenceSubmitted(
        **IDS,
        evidence_id="evd_1",
        kind="photo",
        sha256="0" * 64,
        bytes=2_048,
        by="buyer",
        audience="thread",
        submitted_at=LATER,
    )


@pytest.mark.rule("R-45")
def test_a_finding_is_told_apart_and_withdrawn_with_its_decision() -> None:
    told = [e for _, e in published(REVERSED) if isinstance(e, findings.FindingEvent)]
    head = {**IDS, "decision_id": "dec_2", "kind": "CLAIM_KNOWINGLY_UNFOUNDED", "against": "buyer"}
    whose = {"buyer_id": PARTIES["buyer_id"], "seller_id": PARTIES["seller_id"]}
    assert told == [
        findings.FindingMade(
            **head,
            **whose,
            reason="photo_of_another_item",
            facts=("evd_1",),
            found_by="mediator",
            finder_id="med_1",
            appeal_until=NOON + timedelta(days=30),
            found_at=LATER,
        ),
        findings.FindingWithdrawn(**head, **whose, withdrawn_at=LATER),
    ]


@pytest.mark.rule("R-38")
@pytest.mark.parametrize(("opened_by", "claimant"), [("buyer", "buyer"), ("agent", "buyer"), ("seller", "seller")])
def test_the_window_to_escalate_names_the_side_whose_claim_lapses(opened_by: str, claimant: str) -> None:
    """INVARIANT: would break if a buyer were told to save a seller's claim, and the seller heard nothing."""
    told = published((replace(OPEN, opened_by=opened_by), DEADLINE))[-1][1]
    assert isinstance(told, disputes.EscalationOpened)
    assert told.claimant == claimant
