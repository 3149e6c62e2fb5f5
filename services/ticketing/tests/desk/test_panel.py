"""What stands beside a case while somebody answers, and what of it each side sees (R-44; casework, section 2)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import AGENT, BUYER, CONTACT, DELIVERED, ELSEWHERE, LINE, PLACED, SELLER, STRANGER
from casework_desk import STARTED, on_clock

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts.events import disputes
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.marketplace import ListingSnapshot, ShipmentReported
from ticketing.app import SERVICE

DEVICE = LINE.model_copy(
    update={
        "imei": "490154203237518",
        "serial": "C39XK1ABCDEF",
        "listing": ListingSnapshot(
            listing_id="lst_1", title="Phone", condition="new", attributes={"colour": "black"}, category="phones"
        ),
    }
)
TOLD = received(PLACED.model_copy(update={"lines": (DEVICE,)}), NOON, subject="ord_3")
PARCEL = ShipmentReported(
    order_id="ord_3",
    line_id="lin_4",
    carrier="dpd",
    tracking_number="0530",
    state="delivered",
    reported_at=NOON - timedelta(days=6),
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(TOLD, PARCEL, DELIVERED)
        yield made


async def opened(desk: Desk, **changes: str) -> str:
    case = await desk.done(BUYER, "/cases", {**CONTACT, **changes})
    desk.clock.advance(minutes=1)
    return str(case["case_id"])


async def context(desk: Desk, who: str, case_id: str) -> dict[str, Any]:
    answer = await desk.get(who, f"/cases/{case_id}/context")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


@pytest.mark.rule("R-44")
async def test_the_order_line_is_shown_as_it_was_bought_with_device_terms_and_parcels(desk: Desk) -> None:
    case_id = await opened(desk, desired_outcome="REPAIR")
    for who in (AGENT, BUYER, SELLER):
        view = await context(desk, who, case_id)
        order, listing = view["order"], view["order"]["listing"]
        assert (order["imei"], order["serial"], order["terms_version"]) == ("490154203237518", "C39XK1ABCDEF", "1")
        assert (order["return_days"], order["warranty_months"], order["category"]) == (30, 12, "phones")
        assert (listing["title"], listing["attributes"]) == ("Phone", {"colour": "black"})
        assert listing["told_by"] == TOLD.metadata.id
        assert [(p["carrier"], p["state"]) for p in view["tracking"]["parcels"]] == [("dpd", "delivered")]
        assert (view["desired_outcome"], view["languages"][0]) == ("REPAIR", "lv")


@pytest.mark.rule("R-44")
async def test_other_cases_are_shown_to_those_who_see_them_and_counts_to_staff_alone(desk: Desk) -> None:
    """INVARIANT: R-20; would break if the panel read cases or counted them without asking for whom."""
    first = await opened(desk)
    late, complaint = await opened(desk, reason="LATE"), await opened(desk, reason="SELLER_CONDUCT")
    elsewhere = (await desk.done(BUYER, "/cases", {"reason": "OTHER", "draft_id": "drf_1", "market": "lv"}))["case_id"]
    await desk.done(AGENT, f"/cases/{first}/links", {"case_id": elsewhere, "kind": "same_incident"})
    for who, others in (
        (AGENT, [elsewhere, complaint, late]),
        (BUYER, [elsewhere, complaint, late]),
        (SELLER, [late]),
    ):
        view = await context(desk, who, first)
        assert [c["case_id"] for c in view["related_cases"]] == others
        assert (view["buyer_cases"] is None) == (view["seller_cases"] is None) == (who != AGENT)
    view = await context(desk, AGENT, first)
    assert {c["case_id"]: c["linked_as"] for c in view["related_cases"]} == {
        elsewhere: ["same_incident"],
        complaint: [],
        late: [],
    }
    assert (view["buyer_cases"]["total"], view["seller_cases"]["total"]) == (4, 2)


@pytest.mark.rule("R-44")
async def test_open_deadlines_and_live_takeovers_are_shown_and_those_that_ended_are_not(desk: Desk) -> None:
    case_id = await opened(desk)
    for number, clock_id in enumerate(("clk_1", "clk_2", "clk_3"), 1):
        kind = "contest_window" if number == 3 else "reply"
        started = STARTED.model_copy(update={"case_id": case_id, "clock_id": clock_id, "kind": kind})
        await desk.hears(told(started, clock_id, 1, case_id=case_id))
    voided = on_clock(clocks.ClockVoided, cause="case_closed", voided_at=NOON, case_id=case_id, clock_id="clk_2")
    await desk.hears(told(voided, "clk_2", 2, case_id=case_id))
    for who, seen in ((AGENT, ["clk_1", "clk_3"]), (SELLER, ["clk_1", "clk_3"]), (BUYER, ["clk_1"])):
        assert [d["clock_id"] for d in (await context(desk, who, case_id))["open_deadlines"]] == seen
    claim = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=case_id, opened_by="buyer")
    await desk.hears(told(claim, "dsp_1", 1, case_id=case_id))
    asked = {"trigger": "T3", "facts": ["dsp_1:1"]}
    proposed = [await desk.done(BUYER, f"/cases/{case_id}/takeover-proposals", asked) for _ in range(2)]
    await desk.done(AGENT, f"/takeovers/{proposed[0]['takeover_id']}/refusal", {"reason": "answered"})
    (live,) = (await context(desk, SELLER, case_id))["live_takeovers"]
    assert (live["takeover_id"], live["status"]) == (proposed[1]["takeover_id"], "PROPOSED")


async def test_a_contact_about_no_order_has_none_and_is_shown_to_those_who_see_it(desk: Desk) -> None:
    case_id = (await desk.done(SELLER, "/cases", {"reason": "OTHER", "draft_id": "drf_1", "market": "lv"}))["case_id"]
    view = await context(desk, SELLER, case_id)
    assert (view["order"], view["tracking"], view["related_cases"]) == (None, None, [])
    for who in (BUYER, STRANGER, ELSEWHERE):
        assert (await desk.get(who, f"/cases/{case_id}/context")).status_code == 404
