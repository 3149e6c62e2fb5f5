"""Guided intake over HTTP: what is known is shown, what is missing is asked for, and nothing is kept (R-26, R-39)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, ELSEWHERE, LINE, PLACED, SELLER, STRANGER

from chassis.testing import NOON
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts.events import marketplace, sla_monitor
from ticketing.app import SERVICE

LINE_OF = {"order_id": "ord_3", "line_id": "lin_4"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def guided(desk: Desk, who: str, **said: Any) -> dict[str, Any]:
    return await desk.done(who, "/intakes", said)


def parcel(state: str, hours: int, number: str = "0530") -> marketplace.ShipmentReported:
    return marketplace.ShipmentReported(
        order_id="ord_3",
        line_id="lin_4",
        carrier="dpd",
        tracking_number=number,
        state=state,
        reported_at=NOON - timedelta(hours=hours),
    )


def abouts(view: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(q["about"], q["required"]) for q in view["questions"]]


@pytest.mark.rule("R-26")
async def test_what_is_known_of_the_order_is_filled_in_and_what_is_missing_is_asked_for(desk: Desk) -> None:
    view = await guided(desk, BUYER, **LINE_OF, reason="DEFECTIVE")
    order = view["order"]
    assert (order["value_minor"], order["currency"], order["listing"]["title"]) == (12_990, "EUR", "Phone")
    assert order["placed_at"].startswith((NOON - timedelta(days=9)).isoformat()[:10])
    assert order["delivered_at"].startswith((NOON - timedelta(days=6)).isoformat()[:10])
    assert {n: view[n] for n in ("counterpart", "family", "phase", "market", "ready")} == {
        "counterpart": "seller",
        "family": "CONFORMITY",
        "phase": "after",
        "market": "lv",
        "ready": False,
    }
    assert abouts(view) == [
        ("desired_outcome", False),
        ("evidence", False),
        ("evidence", False),
        ("draft_id", True),
    ]
    assert view["questions"][0]["options"][:2] == ["REMOTE_HELP", "REPAIR"]
    assert view["tracking"] is None


@pytest.mark.rule("R-26")
async def test_for_a_late_order_the_tracking_is_shown_first(desk: Desk) -> None:
    """Casework, section 2. Of a parcel the last word of its carrier counts, whichever arrives last."""
    told = [parcel("handed_over", 30), parcel("in_transit", 20)]
    await desk.hears(*(received(p, NOON, sequence=n, subject="ord_3") for n, p in enumerate(told, 2)))
    await desk.hears(received(told[0], NOON, sequence=2, subject="ord_3"))
    await desk.hears(received(parcel("lost", 1, "0531"), NOON, sequence=9, subject="ord_3"))
    for said in ({"reason": "LATE"}, {"reason": "NOT_RECEIVED"}, {"path": ["shipping"]}):
        tracking = (await guided(desk, BUYER, **LINE_OF, **said))["tracking"]
        assert [(p["carrier"], p["tracking_number"], p["state"]) for p in tracking["parcels"]] == [
            ("dpd", "0531", "lost"),
            ("dpd", "0530", "in_transit"),
        ]
        assert tracking["promised_by"].startswith((NOON - timedelta(days=5)).isoformat()[:10])


GUARANTEE: dict[str, Any] = {
    "clock_id": "clk_9",
    "case_id": "orl_1",
    "kind": "delivery_guarantee",
    "subject": "ord_5|lin_4",
    "about": "order_line",
    "owner": "seller",
    "round": 1,
}
OF_ROUND: dict[str, Any] = {"policy_version": "2", "calendar_version": "1", "on_silence": "guarantee_can_be_claimed"}


@pytest.mark.rule("R-47")
async def test_a_buyer_sees_that_the_delivery_guarantee_can_be_claimed_before_asking(desk: Desk) -> None:
    """By when is the clock's (S-5); a lapse that is withdrawn was none (S-3)."""
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5"}))
    due_by = NOON + timedelta(days=9)
    started = sla_monitor.ClockStarted(
        **GUARANTEE, **OF_ROUND, started_at=NOON, due_by=due_by, mode="elapsed", target_seconds=1
    )
    lapsed = sla_monitor.ClockBreached(
        **GUARANTEE, **OF_ROUND, due_by=due_by, emitted_late=False, still_owed=True, trace=()
    )
    withdrawn = sla_monitor.BreachWithdrawn(**GUARANTEE, cause="delivered", withdrawn_at=NOON)
    shown = []
    for sequence, event in ((1, started), (2, lapsed), (1, started), (3, withdrawn)):
        await desk.hears(received(event, NOON, sequence=sequence, subject="clk_9"))
        tracking = (await guided(desk, BUYER, order_id="ord_5", line_id="lin_4", reason="LATE"))["tracking"]
        shown.append((tracking["guaranteed_by"][:10], tracking["guarantee_claimable"]))
    day = due_by.isoformat()[:10]
    assert shown == [(day, False), (day, True), (day, True), (day, False)]


@pytest.mark.rule("R-47")
async def test_a_line_that_the_marketplace_pays_back_has_no_guarantee_to_claim(desk: Desk) -> None:
    """INVARIANT: would break if a buyer were shown a right to money that the marketplace gives back itself."""
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5"}))
    lapsed = sla_monitor.ClockBreached(
        **GUARANTEE, **OF_ROUND, due_by=NOON, emitted_late=False, still_owed=True, trace=()
    )
    await desk.hears(received(lapsed, NOON, sequence=2, subject="clk_9"))
    about = {"order_id": "ord_5", "line_id": "lin_4", "reason": "LATE"}
    assert (await guided(desk, BUYER, **about))["tracking"]["guarantee_claimable"] is True
    cancelled = marketplace.OrderLineCancelled(
        order_id="ord_5", line_id="lin_4", reason="sold_out", cancelled_at=NOON + timedelta(days=1)
    )
    await desk.hears(received(cancelled, NOON, sequence=3, subject="ord_5"))
    assert (await guided(desk, BUYER, **about))["tracking"]["guarantee_claimable"] is False


async def test_a_late_order_says_from_when_on_it_can_be_disputed(desk: Desk) -> None:
    line = LINE.model_copy(update={"promised_by": NOON + timedelta(days=2)})
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (line,)}))
    view = await guided(desk, BUYER, order_id="ord_5", line_id="lin_4", reason="LATE", draft_id="drf_7")
    assert view["rights"]["disputable_from"].startswith((NOON + timedelta(days=2)).isoformat()[:10])
    assert (view["phase"], view["ready"]) == ("during", True)
    lost = parcel("lost", 1).model_copy(update={"order_id": "ord_5"})
    await desk.hears(received(lost, NOON, sequence=2, subject="ord_5"))
    view = await guided(desk, BUYER, order_id="ord_5", line_id="lin_4", reason="LATE", draft_id="drf_7")
    assert view["rights"]["disputable_from"] is None


@pytest.mark.rule("R-39")
async def test_the_desired_outcome_is_confirmed_and_kept_with_the_case(desk: Desk) -> None:
    said = {**CONTACT, "desired_outcome": "REPAIR"}
    view = await guided(desk, BUYER, **said)
    assert (view["desired_outcome"], view["ready"], view["obstacles"]) == ("REPAIR", True, [])
    case = await desk.done(BUYER, "/cases", said)
    assert case["desired_outcome"] == "REPAIR"
    assert (await desk.get(SELLER, f"/cases/{case['case_id']}")).json()["desired_outcome"] == "REPAIR"
    refused = await desk.post(BUYER, "/cases", {**CONTACT, "reason": "LATE", "desired_outcome": "UNLOCK"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "outcome_not_offered")
    assert refused.json()["remedies"] == ["SHIPPING_REFUND", "PARTIAL_REFUND", "FULL_REFUND"]


@pytest.mark.rule("S-10")
async def test_what_would_refuse_the_case_is_said_before(desk: Desk) -> None:
    """INVARIANT: S-10; would break if intake let somebody go on to a refusal that is known by then."""
    opened = await desk.done(BUYER, "/cases", CONTACT)
    view = await guided(desk, BUYER, **LINE_OF, reason="NOT_AS_DESCRIBED", draft_id="drf_8")
    (obstacle,) = view["obstacles"]
    assert (obstacle["code"], obstacle["facts"]["case_id"]) == ("case_already_live", opened["case_id"])
    assert not view["ready"]
    desk.clock.advance(days=60)
    (obstacle,) = (await guided(desk, BUYER, **LINE_OF, reason="LATE", draft_id="drf_8"))["obstacles"]
    assert obstacle["code"] == "case_window_closed"
    await desk.hears(received(PLACED.model_copy(update={"currency": "PLN"}), NOON, sequence=2, subject="ord_3"))
    (obstacle,) = (await guided(desk, BUYER, **LINE_OF))["obstacles"]
    assert (obstacle["code"], obstacle["facts"]) == ("order_refused", {"reason": "currency_of_another_market"})


async def test_nothing_is_kept_of_an_intake(desk: Desk) -> None:
    """INVARIANT: would break if asking opened a case, took its slot or used up a limit."""
    for _ in range(40):
        assert (await guided(desk, BUYER, **CONTACT))["ready"]
    assert await desk.told() == []
    assert (await desk.get(BUYER, "/cases")).json()["cases"] == []
    assert await desk.mongo.find("slots", {}, limit=1) == []
    assert await desk.mongo.find("allowances", {}, limit=1) == []


async def test_of_an_order_with_several_lines_one_is_chosen(desk: Desk) -> None:
    other = LINE.model_copy(update={"line_id": "lin_5"})
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (LINE, other)}))
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_55", "lines": (LINE, other)}))
    view = await guided(desk, BUYER, order_id="ord_5")
    assert (view["questions"][0]["about"], view["questions"][0]["options"]) == ("line_id", ["lin_4", "lin_5"])
    assert view["order"] is None
    assert (await guided(desk, BUYER, order_id="ord_3"))["order"]["line_id"] == "lin_4"


async def test_what_the_platform_answers_needs_a_market_and_no_order(desk: Desk) -> None:
    view = await guided(desk, BUYER, reason="TECHNICAL")
    assert [q["about"] for q in view["questions"]] == ["market", "order_id"]
    assert "lv" in view["questions"][0]["options"]
    view = await guided(desk, BUYER, reason="TECHNICAL", market="lv", draft_id="drf_7")
    assert (view["counterpart"], view["phase"], view["ready"]) == ("platform", "before", True)
    view = await guided(desk, BUYER, reason="DEFECTIVE", market="lv", draft_id="drf_7")
    assert (("order_id", True) in abouts(view), view["ready"]) == (True, False)


async def test_each_side_is_asked_for_reasons_of_its_own(desk: Desk) -> None:
    def steps(view: dict[str, Any]) -> list[str]:
        return [str(option) for option in view["questions"][0]["options"]]

    assert steps(await guided(desk, BUYER, market="lv")) == ["product", "shipping", "payment", "other", "conduct"]
    assert steps(await guided(desk, SELLER, market="lv")) == ["other", "selling"]
    (obstacle,) = (await guided(desk, AGENT, reason="OTHER", market="lv"))["obstacles"]
    assert obstacle["code"] == "matter_missing"


async def test_an_order_of_others_does_not_exist(desk: Desk) -> None:
    """INVARIANT: product rules, section 8; would break if intake showed an order without asking whose it is."""
    for who in (STRANGER, ELSEWHERE, "seller:sel_9"):
        for said in (LINE_OF, {"order_id": "ord_3"}, {"order_id": "ord_9"}, {**LINE_OF, "reason": "LATE"}):
            assert (await desk.post(who, "/intakes", said)).status_code == 404
    assert (await desk.post("administrator:adm_1:lv", "/intakes", LINE_OF)).status_code == 403
    assert (await desk.post("administrator:adm_1:lv", "/intakes", {})).status_code == 403
