"""A hold: placed once for a dispute, released once, and told to the marketplace with both (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import HELD, HOLD_LADDER, LATER, NOON, PLACE, RELEASE_HOLD, given, outcomes

from billing.payouts.domain import Status, hold
from billing.payouts.publish import publish_hold as publish
from billing.payouts.store import HOLDS
from ombud_contracts.events.payouts import PayoutHoldPlaced, PayoutHoldReleased

COMMANDS: dict[str, hold.Command] = {
    "place": PLACE,
    "place_more": hold.PlaceHold(replace(HELD, amount_minor=20_000), LATER),
    "release": RELEASE_HOLD,
    "release_later": hold.ReleaseHold("time_limit", LATER),
}
# In the order of the ladder: nothing, placed, released, ended before it began.
EXPECTED = {
    "place": "HoldPlaced - - -",
    "place_more": "HoldPlaced - - -",
    "release": "HoldReleased HoldReleased - -",
    "release_later": "HoldReleased HoldReleased - -",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(HOLDS, HOLD_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command_and_meets_every_event() -> None:
    walk = outcomes(HOLDS, HOLD_LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(hold.Command))
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(hold.Event))


def test_a_hold_says_since_when_and_why_it_ended() -> None:
    given(HOLDS, PLACE).when(RELEASE_HOLD).then(
        hold.HoldReleased("settled", LATER),
        status=Status.RELEASED,
        held=HELD,
        placed_at=NOON,
        released_at=LATER,
        cause="settled",
    )


@pytest.mark.rule("S-8")
def test_the_marketplace_hears_whose_money_it_keeps_back_and_until_when() -> None:
    whose = {
        "hold_id": "hld_1",
        "dispute_id": "dsp_1",
        "case_id": "cas_1",
        "seller_id": "sel_2",
        "market": "lv",
        "amount_minor": 12_990,
        "currency": "EUR",
    }
    placed = given(HOLDS).when(PLACE)
    assert placed.after is not None
    assert publish(placed.events[0], placed.after) == PayoutHoldPlaced(
        **whose, order_id="ord_3", line_id="lin_4", placed_at=NOON
    )
    released = given(HOLDS, PLACE).when(RELEASE_HOLD)
    assert released.after is not None
    assert publish(released.events[0], released.after) == PayoutHoldReleased(
        **whose, cause="settled", released_at=LATER
    )


def test_an_end_that_is_told_before_its_dispute_is_told_to_nobody() -> None:
    ended = given(HOLDS).when(RELEASE_HOLD)
    assert ended.after is not None
    assert publish(ended.events[0], ended.after) is None
