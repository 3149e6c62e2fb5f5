"""A hold: placed once for a dispute, released once, and told to the marketplace with both (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import (
    AWAIT_HOLD,
    EMPTY_HOLD,
    EXPIRE_HOLD,
    HELD,
    HOLD_LADDER,
    LATER,
    NOON,
    PLACE,
    RELEASE_HOLD,
    RESIZE_HOLD,
    RESTORE_HOLD,
    TICK,
    given,
    outcomes,
)

from billing.payouts.domain import Status, hold
from billing.payouts.publish import publish_hold as publish
from billing.payouts.store import HOLDS
from ombud_contracts.events.payouts import PayoutHoldAdjusted, PayoutHoldPlaced, PayoutHoldReleased

COMMANDS: dict[str, hold.Command] = {
    "place": PLACE,
    "place_more": hold.PlaceHold(replace(HELD, amount_minor=20_000), LATER),
    "await": AWAIT_HOLD,
    "resize": RESIZE_HOLD,
    "resize_to_the_same": hold.ResizeHold(HELD.amount_minor, LATER),
    "empty": EMPTY_HOLD,
    "release": RELEASE_HOLD,
    "release_otherwise": hold.ReleaseHold("withdrawn", LATER),
    "expire": EXPIRE_HOLD,
    "expire_an_earlier_round": hold.ExpireHold(NOON - TICK, LATER),
    "restore": RESTORE_HOLD,
}
ENDED = "HoldReleased HoldReleased - - DisputeOver HoldReleased DisputeOver DisputeOver - DisputeOver"
# In the order of the ladder: nothing, placed, released, ended before it began, waiting, lowered, emptied, expired, expired and over,
# restored.
EXPECTED = {
    "place": "HoldPlaced - - - - - - - - -",
    "place_more": "HoldPlaced - - - - - - - - -",
    "await": "HoldAwaited - - - - - - - - -",
    "resize": "- HoldAdjusted - - HoldPlaced - HoldPlaced - - HoldPlaced",
    "resize_to_the_same": "- - - - HoldPlaced HoldAdjusted HoldPlaced - - HoldPlaced",
    "empty": "- HoldReleased - - - HoldReleased - - - -",
    "release": ENDED,
    "release_otherwise": ENDED,
    "expire": "- HoldReleased - - - HoldReleased - - - -",
    "expire_an_earlier_round": "- - - - - - - - - -",
    "restore": "- - - - - - - HoldAwaited - -",
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


def test_a_hold_expires_from_the_instant_until_which_it_was_silent() -> None:
    assert given(HOLDS, PLACE).when(hold.ExpireHold(NOON, LATER)).told == "HoldReleased"


def test_what_is_held_anew_after_its_time_was_given_back_holds_nothing_yet() -> None:
    restored = given(HOLDS, PLACE, EXPIRE_HOLD).when(RESTORE_HOLD)
    assert restored.after is not None
    assert restored.after.held == replace(HELD, amount_minor=0)


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
    adjusted = given(HOLDS, PLACE).when(RESIZE_HOLD)
    assert adjusted.after is not None
    assert publish(adjusted.events[0], adjusted.after) == PayoutHoldAdjusted(
        **whose | {"amount_minor": 3_990}, adjusted_at=LATER
    )
    released = given(HOLDS, PLACE).when(RELEASE_HOLD)
    assert released.after is not None
    assert publish(released.events[0], released.after) == PayoutHoldReleased(
        **whose, cause="settled", released_at=LATER
    )


@pytest.mark.parametrize(
    ("history", "command"),
    [((), RELEASE_HOLD), ((), AWAIT_HOLD), ((AWAIT_HOLD,), RELEASE_HOLD), ((PLACE, EXPIRE_HOLD), RELEASE_HOLD)],
)
def test_what_holds_nothing_is_told_to_nobody(history: tuple[hold.Command, ...], command: hold.Command) -> None:
    outcome = given(HOLDS, *history).when(command)
    assert outcome.after is not None
    assert publish(outcome.events[0], outcome.after) is None
