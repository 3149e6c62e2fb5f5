"""Whose case it is: the parties, who asks the platform, and who sees its clocks."""

from datetime import UTC, datetime

import pytest

from ombud_words import BuyerId, ClockId, SellerId
from sla_monitor.clocks.domain.parties import (
    AwaitParties,
    CaseParties,
    MoveParties,
    NameAsker,
    NameParties,
    PartiesCommand,
    decide,
    evolve,
)

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
BUYER, SELLER = BuyerId("buy_1"), SellerId("sel_1")
OPENED = NameParties("lv", BUYER, SELLER, NOW)
ASKED = NameAsker(market="lv", buyer_id=BUYER, seller_id=SELLER, channel="thread", at=NOW)


def after(*commands: PartiesCommand) -> CaseParties:
    state = None
    for command in commands:
        for event in decide(command, state):
            state = evolve(state, event)
    assert state is not None
    return state


@pytest.mark.rule("R-22")
def test_who_asks_the_platform_is_answered_by_it_and_no_seller_sees_its_clocks() -> None:
    asked = after(ASKED)
    assert (asked.with_platform, asked.channel, asked.seller_seeing) == (True, "thread", None)
    assert (
        after(NameAsker(market="lv", buyer_id=None, seller_id=SELLER, channel="thread", at=NOW)).seller_seeing == SELLER
    )


def test_a_contact_that_is_moved_to_the_seller_is_seen_by_him() -> None:
    moved = after(ASKED, MoveParties(False, "thread", NOW))
    assert (moved.with_platform, moved.seller_seeing) == (False, SELLER)
    assert decide(MoveParties(False, "chat", NOW), moved) == []


def test_parties_never_change_once_they_are_named_and_clocks_wait_only_until_then() -> None:
    waiting = after(AwaitParties(ClockId("clk_1"), NOW), AwaitParties(ClockId("clk_1"), NOW))
    assert waiting.waiting == ("clk_1",)
    named = after(AwaitParties(ClockId("clk_1"), NOW), OPENED)
    assert (named.buyer_id, named.seller_id, named.waiting) == (BUYER, SELLER, ())
    assert decide(NameParties("pt", BuyerId("buy_2"), SellerId("sel_2"), NOW), named) == []
    assert decide(AwaitParties(ClockId("clk_2"), NOW), named) == []
    assert decide(ASKED, named) == []
