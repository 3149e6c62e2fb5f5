"""One live case per order line and reason family."""

import pytest
from ticketing_situations import LATER, NOON, SITUATIONS

from ticketing.cases.domain.refusals import CaseAlreadyLive
from ticketing.cases.domain.slot import Command, Free, Occupy, Slot, TakeBack
from ticketing.cases.store import SLOTS

FIRST, SECOND = Occupy("cas_1", "LV-26-1", NOON), Occupy("cas_2", "LV-26-2", LATER)
BACK, BACK_SECOND = TakeBack("cas_1", "LV-26-1", LATER), TakeBack("cas_2", "LV-26-2", LATER)
FREE, FREE_SECOND = Free("cas_1", LATER), Free("cas_2", LATER)
LADDER: dict[str, tuple[Command, ...]] = {"free": (), "occupied": (FIRST,), "freed": (FIRST, FREE)}
COMMANDS: dict[str, Command] = {
    "occupy": FIRST,
    "occupy by another": SECOND,
    "take back": BACK,
    "take back by another": BACK_SECOND,
    "free": FREE,
    "free by another": FREE_SECOND,
}
EXPECTED = {
    "occupy": {"free": "Occupied", "occupied": "-", "freed": "Occupied"},
    "occupy by another": {"free": "Occupied", "occupied": "CaseAlreadyLive", "freed": "Occupied"},
    "take back": {"free": "Occupied", "occupied": "-", "freed": "Occupied"},
    "take back by another": {"free": "Occupied", "occupied": "-", "freed": "Occupied"},
    "free": {"free": "-", "occupied": "Freed", "freed": "-"},
    "free by another": {"free": "-", "occupied": "-", "freed": "-"},
}


def test_what_becomes_of_a_slot_in_every_situation() -> None:
    outcomes = SITUATIONS.outcomes(SLOTS, LADDER, COMMANDS)
    assert {c: {s: o.told for s, o in row.items()} for c, row in outcomes.items()} == EXPECTED


def test_a_refusal_names_the_case_to_go_on_in_and_says_what_to_do() -> None:
    refusal = SITUATIONS.given(SLOTS, FIRST).when(SECOND).then_refused(CaseAlreadyLive)
    assert refusal.facts == {"case_id": "cas_1", "number": "LV-26-1"}
    assert "Write in its conversation" in str(refusal)


def test_the_slot_knows_who_has_it() -> None:
    assert SITUATIONS.given(SLOTS, FIRST, FREE, SECOND).state == Slot("cas_2", "LV-26-2", previous="cas_1")


@pytest.mark.parametrize("command", [BACK, FREE])
def test_an_older_case_takes_nothing_from_the_one_that_followed_it(command: Command) -> None:
    SITUATIONS.given(SLOTS, FIRST, FREE, SECOND).when(command).then_nothing()
