"""Lists of cases and timelines as people follow them: told when what they see changes, and not of anything else."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, ELSEWHERE, SELLER, STRANGER
from casework_desk import BREACHED

from chassis.testing import told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.events.messaging import MessageDelivered
from ticketing.app import SERVICE


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def opened(desk: Desk, **changes: str) -> str:
    case: dict[str, Any] = await desk.done(BUYER, "/cases", CONTACT | changes)
    return str(case["case_id"])


async def noted(desk: Desk, case_id: str, number: int) -> None:
    """An internal note, which staff alone see."""
    note = MessageDelivered.model_construct(case_id=case_id, author_role="agent", audience="internal")
    await desk.hears(told(note, "cnv_1", number, case_id=case_id))


async def test_a_queue_is_told_when_its_first_page_changes(desk: Desk) -> None:
    async with (
        desk.follow(AGENT, "/cases/events?order=priority&status=OPEN") as agent,
        desk.follow(ELSEWHERE, "/cases/events") as elsewhere,
        desk.follow(SELLER, "/cases/events") as seller,
        desk.follow(STRANGER, "/cases/events") as stranger,
    ):
        for one in (agent, elsewhere, seller, stranger):
            assert await one.hears(1) == {"event": "cases", "cases": 0, "first_case_id": None}
        case_id = await opened(desk)
        assert await agent.hears(2) == {"event": "cases", "cases": 1, "first_case_id": case_id}
        assert (await seller.hears(2))["first_case_id"] == case_id
        breach = BREACHED.model_copy(update={"case_id": case_id})
        await desk.hears(told(breach, "clk_1", 4, case_id=case_id))
        await agent.hears(3)
        await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
        assert (await agent.hears(4))["cases"] == 0
        assert [len(one.heard) for one in (elsewhere, stranger)] == [1, 1]


async def test_a_timeline_is_told_to_those_who_see_what_happened(desk: Desk) -> None:
    """INVARIANT: R-24; would break if a reader heard that there is something which they may not see."""
    case_id = await opened(desk)
    path = f"/cases/{case_id}/timeline/events"
    async with desk.follow(AGENT, path) as agent, desk.follow(BUYER, path) as buyer:
        begun = await agent.hears(1), await buyer.hears(1)
        await noted(desk, case_id, 2)
        staff = await agent.hears(2)
        assert (staff["entries"], staff["newest_event_id"]) == (begun[0]["entries"] + 1, "cnv_1:2")
        message = MessageDelivered.model_construct(case_id=case_id, author_role="buyer", audience="thread")
        await desk.hears(told(message, "cnv_1", 3, case_id=case_id))
        assert (await buyer.hears(2))["newest_event_id"] == "cnv_1:3"
        await agent.hears(3)
        assert len(buyer.heard) == 2
        place = agent.position
    await noted(desk, case_id, 4)
    async with desk.follow(AGENT, path, place) as again:
        assert (await again.hears(1))["newest_event_id"] == "cnv_1:4"


async def test_a_seller_follows_no_further_when_the_contact_is_moved_to_the_platform(desk: Desk) -> None:
    """INVARIANT: would break if who may see a case were asked once, at the beginning."""
    case_id = await opened(desk)
    path = f"/cases/{case_id}/timeline/events"
    async with desk.follow(SELLER, path) as seller, desk.follow(BUYER, path) as buyer:
        await seller.hears(1)
        await desk.done(AGENT, f"/cases/{case_id}/move", {"to": "platform", "reason": "wrong_door"})
        await seller.ends()
        assert not buyer.ended
    assert (await desk.get(SELLER, path)).status_code == 404


async def test_a_filter_that_is_none_is_refused_and_a_cursor_has_no_place_here(desk: Desk) -> None:
    assert (await desk.get(AGENT, "/cases/events?status=WAITING")).status_code == 422
    assert (await desk.get(AGENT, "/cases/events?cursor=x")).status_code == 422
