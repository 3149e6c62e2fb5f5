"""A delivery guarantee that grants by itself: its buyer is given a case without writing, and both sides are told (R-47)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import BUYER, CONTACT, PLACED, SELLER

from chassis.consuming import NotYet
from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk
from ombud_contracts import Received
from ombud_contracts.events import disputes, marketplace
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent, GraceEnded
from ombud_contracts.golden import golden_example
from ticketing.app import SERVICE
from ticketing.notices.rendering import languages, render

pytestmark = pytest.mark.rule("R-47")
SPANISH = PLACED.model_copy(update={"market": "es"})
LINE = {"order_id": PLACED.order_id, "line_id": PLACED.lines[0].line_id}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


def lapsed(still_owed: bool = True) -> ClockBreached:
    return ClockBreached(
        clock_id="clk_9",
        case_id="orl_1",
        kind="delivery_guarantee",
        subject=f"{LINE['order_id']}|{LINE['line_id']}",
        about="order_line",
        owner="seller",
        round=1,
        due_by=NOON,
        emitted_late=False,
        still_owed=still_owed,
        on_silence="guarantee_can_be_claimed",
        policy_version="2",
        calendar_version="1",
        trace=(),
    )


def in_spain(clock: ClockEvent, sequence: int, market: str = "es") -> Received:
    event = told(clock, "clk_9", sequence, at=NOON)
    return event.model_copy(update={"metadata": event.metadata.model_copy(update={"market": market})})


async def lapses(desk: Desk, market: str = "es", still_owed: bool = True) -> None:
    await desk.hears(in_spain(lapsed(still_owed), 2, market))


async def opened(desk: Desk) -> list[Json]:
    return await desk.events_of("ticketing.case_opened")


async def test_a_buyer_has_a_case_without_having_written(desk: Desk) -> None:
    """INVARIANT: would break if what a market grants by itself were given to those alone who had a case."""
    await desk.hears(SPANISH)
    await lapses(desk)
    await lapses(desk)
    (case,) = await opened(desk)
    assert (case["opened_by"], case["reason"], case["line_id"]) == ("system", "NOT_RECEIVED", LINE["line_id"])


async def test_a_row_with_grace_gives_a_case_when_that_ends(desk: Desk) -> None:
    await desk.hears(SPANISH)
    breach = lapsed().model_copy(update={"grace_ends_at": NOON + timedelta(days=1)})
    await desk.hears(in_spain(breach, 2))
    assert await opened(desk) == []
    head = {
        name: getattr(breach, name) for name in ("clock_id", "case_id", "kind", "subject", "about", "owner", "round")
    }
    ended = GraceEnded(**head, on_silence=breach.on_silence, ended_at=NOON + timedelta(days=1))
    await desk.hears(in_spain(ended, 3))
    assert len(await opened(desk)) == 1


async def test_a_live_case_about_the_delivery_is_enough(desk: Desk) -> None:
    await desk.hears(SPANISH)
    about = {**CONTACT, **LINE, "reason": "LATE"}
    await desk.done(BUYER, "/cases", about)
    await lapses(desk)
    assert len(await opened(desk)) == 1


@pytest.mark.parametrize(
    "event",
    [
        marketplace.OrderDelivered(**LINE, delivered_at=NOON),
        marketplace.OrderLineCancelled(**LINE, reason="sold_out", cancelled_at=NOON),
    ],
)
async def test_nobody_has_a_case_for_what_came_or_was_cancelled(desk: Desk, event: Any) -> None:
    await desk.hears(SPANISH, event)
    await lapses(desk)
    assert await opened(desk) == []


async def test_nobody_has_a_case_where_the_market_does_not_grant_by_itself_or_nothing_is_owed(desk: Desk) -> None:
    await desk.hears(PLACED)
    await lapses(desk, "lv")
    await desk.hears(SPANISH.model_copy(update={"order_id": "ord_9"}))
    await lapses(desk, still_owed=False)
    assert await opened(desk) == []


async def test_a_lapse_waits_for_its_order_where_it_opens_a_case(desk: Desk) -> None:
    with pytest.raises(NotYet):
        await lapses(desk)


@pytest.mark.rule("S-3")
async def test_both_sides_are_told_what_was_granted_and_that_it_was_taken_back(desk: Desk) -> None:
    await desk.hears(SPANISH)
    await lapses(desk)
    (case,) = await opened(desk)
    decided = golden_example(disputes.DisputeDecided)["data"]
    record = decided["decision"] | {"facts": ["guarantee_lapsed"]}
    granted = decided | {"case_id": case["case_id"], "decided_by": "system", "decision": record}
    await desk.hears(told(disputes.DisputeDecided.model_validate(granted), "dsp_1", 2, case_id=case["case_id"]))
    undone = disputes.DecisionTakenBack(
        dispute_id=decided["dispute_id"],
        case_id=case["case_id"],
        decision_id=record["decision_id"],
        fact="guarantee_lapsed",
        taken_back_at=NOON + timedelta(days=1),
    )
    await desk.hears(told(undone, "dsp_1", 3, case_id=case["case_id"]))
    for who in (BUYER, SELLER):
        shown = (await desk.get(who, f"/cases/{case['case_id']}/notices?language=en")).json()["notices"]
        assert [n["template"] for n in shown if n["template"].startswith("guarantee_")] == [
            "guarantee_granted",
            "guarantee_taken_back",
        ]


def test_what_is_told_of_it_exists_in_every_language() -> None:
    for language in languages():
        for notice in ("guarantee_granted", "guarantee_taken_back"):
            assert "LV-26-1" in render(notice, language, number="LV-26-1", since="1.1.2026")
