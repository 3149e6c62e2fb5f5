"""Whoever bought what is recalled, counterfeit or like a locked device has a case, whether or not they complained (R-37)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from bought_phone import AGENT, PLACED
from sold_models import NOTICE, RECALL, cases, judged, listed, looked_through, piece, sold, takeovers_of

from chassis.aggregate import Cause, Session
from chassis.store import Conflict
from chassis.testing import NOON
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts.events.marketplace import (
    ListingCorrected,
    ListingStopped,
    OrderDelivered,
)
from ombud_contracts.events.products import SearchAdvanced
from ticketing.app import SERVICE


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


@pytest.mark.rule("R-37")
async def test_every_buyer_of_a_recalled_model_has_a_case_that_the_platform_answers(desk: Desk) -> None:
    """INVARIANT: R-37; would break if a page were lost, or only the first seller's buyers were told."""
    for number in range(45):
        await sold(desk, number, "sel_2" if number % 2 else "sel_8")
    await sold(desk, 90, model="gtin_2")
    await desk.hears(RECALL)
    told = await looked_through(desk)
    assert (told[-1]["concerned"], told[-1]["more"], len(told)) == (45, False, 5)
    found = await cases(desk)
    assert found.keys() == {f"ord_{number:03}" for number in range(45)}
    assert {(case["reason"], case["answered_by"], case["origin"]) for case in found.values()} == {
        ("UNSAFE", "platform", "system")
    }
    (takeover,) = await takeovers_of(desk, found["ord_007"]["case_id"])
    assert (takeover["trigger"], takeover["status"], takeover["facts"][0]) == ("T6", "ACTIVE", RECALL.metadata.id)
    assert (takeover["charges_announced"], takeover["missing_facts"]) == ([], [])
    buyer = "buyer:buy_7"
    notices = (await desk.get(buyer, f"/cases/{found['ord_007']['case_id']}/notices?language=en")).json()["notices"]
    assert "Stop using yours" in " ".join(notice["text"] for notice in notices)
    assert set(await cases(desk, buyer)) == {"ord_007"}


async def test_a_recall_that_is_told_twice_opens_nothing_again(desk: Desk) -> None:
    await sold(desk, 1)
    await desk.hears(RECALL)
    await looked_through(desk)
    before = await desk.told()
    await desk.hears(RECALL)
    for told in await desk.events_of("ticketing.search_advanced"):
        await desk.hears(SearchAdvanced.model_validate(told))
    assert await desk.told() == before


async def test_a_buyer_who_complained_already_goes_on_in_that_case(desk: Desk) -> None:
    await sold(desk, 1)
    contact = {"order_id": "ord_001", "line_id": "lin_4", "reason": "DEFECTIVE", "draft_id": "drf_7"}
    own = await desk.done("buyer:buy_1", "/cases", contact)
    await desk.done(AGENT, f"/cases/{own['case_id']}/resolution", {"outcome": "answered"})
    await desk.hears(RECALL)
    await looked_through(desk)
    found = await cases(desk)
    assert [(case["case_id"], case["status"]) for case in found.values()] == [(own["case_id"], "OPEN")]
    assert found["ord_001"]["answered_by"] == "platform"


async def test_who_is_not_concerned_has_no_case(desk: Desk) -> None:
    """Lines of refused orders, of other markets, of other sellers, and past their rights."""
    await sold(desk, 1, currency="PLN")
    await sold(desk, 2, market="pt")
    await sold(desk, 3, "sel_8")
    await sold(desk, 4, placed_at=NOON - timedelta(days=900))
    late = OrderDelivered(order_id="ord_004", line_id="lin_4", delivered_at=NOON - timedelta(days=890))
    await desk.hears(received(late, NOON, sequence=3, subject="ord_004"))
    await sold(desk, 5)
    await desk.hears(NOTICE)
    assert (await looked_through(desk))[-1]["concerned"] == 1
    found = await cases(desk)
    assert [(order, case["reason"]) for order, case in found.items()] == [("ord_005", "COUNTERFEIT")]
    later = {"order_id": "ord_004", "line_id": "lin_4", "reason": "WARRANTY", "draft_id": "drf_8"}
    assert (await desk.post("buyer:buy_4", "/cases", later)).json()["type"].rpartition(":")[2] == "case_window_closed"


async def test_listings_of_the_model_are_asked_to_be_stopped_once_and_the_answer_is_shown(desk: Desk) -> None:
    await sold(desk, 1)
    await listed(desk, "lst_new")
    await listed(desk, "lst_other", "gtin_2")
    await desk.hears(RECALL, NOTICE)
    await looked_through(desk)
    asked = await desk.events_of("ticketing.listing_stop_requested")
    assert sorted((stop["listing_id"], stop["trigger"]) for stop in asked) == [("lst_new", "T6"), ("lst_sel_2", "T6")]
    case_id = (await cases(desk))["ord_001"]["case_id"]
    steps = []
    for answer in (
        None,
        ListingStopped(listing_id="lst_sel_2", reason="recall", stopped_at=NOON),
        ListingCorrected(listing_id="lst_sel_2", reason="description", corrected_at=NOON),
    ):
        if answer is not None:
            await desk.hears(received(answer, NOON, sequence=len(steps), subject="lst_sel_2"))
        steps.append((await desk.get("seller:sel_2", f"/cases/{case_id}/context")).json()["listing_stop"]["status"])
    assert steps == ["REQUESTED", "STOPPED", "CORRECTED"]
    assert (await desk.get("buyer:buy_1", f"/cases/{case_id}/context")).json()["listing_stop"] is None


@pytest.mark.parametrize(("trigger", "reason"), [("T4", "LOCKED_DEVICE"), ("T5", "COUNTERFEIT")])
async def test_a_verdict_proposes_the_sellers_like_orders_and_leaves_others_alone(
    desk: Desk, trigger: str, reason: str
) -> None:
    """T4, T5: a person looks whether the like pieces are so too; nothing is taken over or charged by it."""
    for number in (1, 2, 3):
        await sold(desk, number)
    await sold(desk, 4, "sel_8")
    first = await judged(desk, trigger, reason)
    assert (await looked_through(desk))[-1]["concerned"] == 2
    found = await cases(desk)
    assert found.keys() == {"ord_001", "ord_002", "ord_003"}
    for order in ("ord_002", "ord_003"):
        (proposed,) = await takeovers_of(desk, found[order]["case_id"])
        assert (proposed["trigger"], proposed["status"], proposed["proposed_by"]) == (trigger, "PROPOSED", "system")
        assert (found[order]["answered_by"], found[order]["linked_case_ids"]) == ("seller", [first])
    assert sorted(found["ord_001"]["linked_case_ids"]) == sorted(found[o]["case_id"] for o in ("ord_002", "ord_003"))


async def test_a_hazard_that_a_person_confirmed_is_the_platforms_for_every_buyer_of_the_model(desk: Desk) -> None:
    for number, seller in ((1, "sel_2"), (2, "sel_2"), (3, "sel_8")):
        await sold(desk, number, seller)
    await judged(desk, "T6", "UNSAFE")
    assert (await looked_through(desk))[-1]["concerned"] == 2
    found = await cases(desk)
    answered = {order: case["answered_by"] for order, case in found.items()}
    assert answered == {"ord_001": "seller", "ord_002": "platform", "ord_003": "platform"}


@pytest.mark.rule("R-37")
async def test_who_is_told_to_have_bought_it_after_the_recall_is_concerned_as_well(desk: Desk) -> None:
    """INVARIANT: orders and recalls come on topics of their own, in any order; would break if only the first pages counted."""
    await sold(desk, 1)
    await desk.hears(RECALL, NOTICE)
    await looked_through(desk)
    await sold(desk, 2, "sel_8")
    await sold(desk, 3, "sel_8", model="gtin_2")
    await sold(desk, 4, "sel_8", market="pt")
    found = await cases(desk)
    assert {order: case["answered_by"] for order, case in found.items()} == {
        "ord_001": "platform",
        "ord_002": "platform",
    }
    assert {stop["listing_id"] for stop in await desk.events_of("ticketing.listing_stop_requested")} == {
        "lst_sel_2",
        "lst_sel_8",
    }


async def test_a_recall_that_begins_while_an_order_is_told_misses_neither(desk: Desk) -> None:
    """INVARIANT: would break if the order's transaction did not guard the searches of its model."""
    await sold(desk, 1)
    order = received(
        PLACED.model_copy(update={"order_id": "ord_002", "lines": (piece("sel_2"),)}), NOON, subject="ord_002"
    )
    learning = Session(desk.mongo, desk.clock)
    (consumer,) = desk.parts.consumers
    await consumer.handle(order, learning.unit(Cause(order.metadata.id, "test")))
    await desk.hears(RECALL)
    with pytest.raises(Conflict):
        await learning.commit()
    await desk.hears(order)
    assert "ord_002" in await cases(desk)
