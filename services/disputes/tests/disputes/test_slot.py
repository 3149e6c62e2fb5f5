"""One live dispute per order line and reason family (section 5)."""

from disputes_situations import LATER, NOON, given

from disputes.disputes.domain.slot import Free, Freed, Occupied, Occupy
from disputes.disputes.store import SLOTS
from disputes.refusals import DisputeAlreadyLive

TAKE = Occupy("dsp_1", NOON)
OTHER = Occupy("dsp_2", LATER)
OCCUPIED = given(SLOTS, TAKE)


def test_a_slot_holds_one_live_dispute() -> None:
    """INVARIANT: two live disputes never share a slot; occupying a held one would break it."""
    given(SLOTS).when(TAKE).then(Occupied("dsp_1", NOON), dispute_id="dsp_1")
    refusal = OCCUPIED.when(OTHER).then_refused(DisputeAlreadyLive)
    assert refusal.facts == {"dispute_id": "dsp_1"}


def test_a_slot_is_free_again_after_its_dispute() -> None:
    OCCUPIED.when(Free("dsp_1", LATER)).then(Freed("dsp_1", LATER), dispute_id=None)
    given(SLOTS, TAKE, Free("dsp_1", LATER)).when(OTHER).then(Occupied("dsp_2", LATER), dispute_id="dsp_2")


def test_repeats_and_strangers_change_nothing() -> None:
    OCCUPIED.when(TAKE).then_nothing()
    OCCUPIED.when(Free("dsp_2", LATER)).then_nothing()
    given(SLOTS).when(Free("dsp_1", LATER)).then_nothing()
    given(SLOTS, TAKE, Free("dsp_1", LATER)).when(Free("dsp_1", LATER)).then_nothing()
