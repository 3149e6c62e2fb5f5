"""One live dispute per order line and reason family (section 5)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from disputes_situations import LATER, NOON, OPEN, given

from disputes.disputes.domain.slot import EndForgotten, ForgetEnd, Free, Freed, Occupied, Occupy
from disputes.disputes.store import SLOTS, slot_of
from disputes.refusals import DisputeAlreadyLive, DisputeEndedBefore

TAKE = Occupy("dsp_1", NOON)
OTHER = Occupy("dsp_2", LATER)
OCCUPIED = given(SLOTS, TAKE)


def test_a_slot_holds_one_live_dispute() -> None:
    """INVARIANT: two live disputes never share a slot; occupying a held one would break it."""
    given(SLOTS).when(TAKE).then(Occupied("dsp_1", NOON), dispute_id="dsp_1")
    refusal = OCCUPIED.when(OTHER).then_refused(DisputeAlreadyLive)
    assert refusal.facts == {"dispute_id": "dsp_1"}


def test_a_slot_is_free_again_after_its_dispute() -> None:
    withdrawn = Free("dsp_1", "WITHDRAWN", LATER)
    OCCUPIED.when(withdrawn).then(
        Freed("dsp_1", "WITHDRAWN", LATER),
        dispute_id=None,
        ended_id="dsp_1",
        ended_stage="WITHDRAWN",
        ended_at=LATER,
        withdrawn=1,
    )
    given(SLOTS, TAKE, withdrawn).when(OTHER).then(Occupied("dsp_2", LATER), dispute_id="dsp_2")


def test_repeats_and_strangers_change_nothing() -> None:
    OCCUPIED.when(TAKE).then_nothing()
    OCCUPIED.when(Free("dsp_2", "CLOSED", LATER)).then_nothing()
    given(SLOTS).when(Free("dsp_1", "WITHDRAWN", LATER)).then_nothing()
    given(SLOTS, TAKE, Free("dsp_1", "WITHDRAWN", LATER)).when(Free("dsp_1", "WITHDRAWN", LATER)).then_nothing()


@pytest.mark.parametrize("stage", ["CLOSED", "LAPSED"])
def test_what_was_decided_settled_or_lapsed_is_opened_again_only_for_a_new_fact(stage: str) -> None:
    """Casework, section 4."""
    ended = given(SLOTS, TAKE, Free("dsp_1", stage, LATER))
    refusal = ended.when(OTHER).then_refused(DisputeEndedBefore)
    assert refusal.facts == {"dispute_id": "dsp_1", "stage": stage}
    assert ended.when(replace(OTHER, new_fact="expert_notice")).told == "Occupied"


@pytest.mark.rule("R-47")
def test_a_fact_that_a_system_shows_after_the_end_is_new() -> None:
    """INVARIANT: would break if a buyer to whom a delivery was guaranteed could not claim it, having once agreed to wait."""
    ended = given(SLOTS, TAKE, Free("dsp_1", "CLOSED", LATER))
    assert ended.when(replace(OTHER, shown_since=LATER + timedelta(days=1))).told == "Occupied"
    ended.when(replace(OTHER, shown_since=LATER)).then_refused(DisputeEndedBefore)
    OCCUPIED.when(replace(OTHER, shown_since=LATER + timedelta(days=1))).then_refused(DisputeAlreadyLive)


def test_a_withdrawn_dispute_can_be_opened_again_once() -> None:
    """Casework, section 4."""
    again = (TAKE, Free("dsp_1", "WITHDRAWN", LATER), OTHER, Free("dsp_2", "WITHDRAWN", LATER))
    given(SLOTS, *again).when(Occupy("dsp_3", LATER)).then_refused(DisputeEndedBefore)


@pytest.mark.rule("S-3")
def test_an_end_that_is_forgotten_keeps_nobody_from_opening_again() -> None:
    lapsed = given(SLOTS, TAKE, Free("dsp_1", "LAPSED", LATER))
    forget = ForgetEnd("dsp_1", LATER)
    lapsed.when(forget).then(
        EndForgotten("dsp_1", LATER), ended_id=None, ended_stage=None, ended_at=None, end_forgotten=True
    )
    again = given(SLOTS, TAKE, Free("dsp_1", "LAPSED", LATER), forget)
    again.when(OTHER).then(Occupied("dsp_2", LATER), dispute_id="dsp_2", end_forgotten=False)
    again.when(forget).then_nothing()


@pytest.mark.rule("S-3")
def test_only_the_last_end_of_a_free_slot_is_forgotten() -> None:
    """Would break if a withdrawn breach let somebody open a third dispute after the second was decided."""
    forget = ForgetEnd("dsp_1", LATER)
    given(SLOTS).when(forget).then_nothing()
    OCCUPIED.when(forget).then_nothing()
    second = (TAKE, Free("dsp_1", "LAPSED", LATER), replace(OTHER, new_fact="expert_notice"))
    given(SLOTS, *second).when(forget).then_nothing()
    decided = given(SLOTS, *second, Free("dsp_2", "CLOSED", LATER))
    decided.when(forget).then_nothing()


def test_a_seller_cannot_occupy_the_buyers_slot() -> None:
    of_seller = replace(OPEN, opened_by="seller")
    assert slot_of(of_seller) != slot_of(OPEN)
    assert slot_of(replace(OPEN, opened_by="agent")) == slot_of(OPEN)
