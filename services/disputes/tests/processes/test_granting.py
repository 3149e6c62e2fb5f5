"""A delivery guarantee that grants by itself: the system opens the dispute and decides it, where nobody disputes anything."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, CLAIM, EUR, MEDIATOR, PLACED, SELLER, a_dispute, decision, opened
from guarantee_events import WITHDRAWN, lapsed
from returns_desk import PICTURE, SUPERVISOR

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk
from disputes.app import SERVICE
from ombud_contracts import Event
from ombud_contracts.events import marketplace, ticketing

pytestmark = pytest.mark.rule("R-47")
LATE = {**CLAIM, "reason": "NOT_RECEIVED"}
SPANISH = PLACED.model_copy(update={"market": "es"})
ABOUT_IT = opened().model_copy(
    update={"market": "es", "reason": "NOT_RECEIVED", "family": "DELIVERY", "opened_by": "system"}
)
ANOTHER_MATTER = opened().model_copy(update={"market": "es"})
PAID = 12_990


@pytest.fixture
async def spain() -> AsyncIterator[Desk]:
    """Disputes of a market that grants by itself, with an order and no case."""
    async with a_desk(SERVICE) as desk:
        await desk.hears(SPANISH)
        yield desk


async def lapses(desk: Desk, sequence: int = 2) -> None:
    await desk.hears(told(lapsed(), "clk_1", sequence, at=desk.clock()))


async def granted(desk: Desk) -> Json | None:
    """Return what was decided; None while nothing was."""
    found = await desk.events_of("disputes.dispute_decided")
    assert len(found) < 2
    return found[0] if found else None


@pytest.mark.parametrize("case_first", [True, False])
async def test_what_did_not_come_in_its_time_is_given_back_without_being_asked_for(
    spain: Desk, case_first: bool
) -> None:
    """INVARIANT: would break if a buyer had to ask for what the market grants by itself; whichever is heard first."""
    if case_first:
        await spain.hears(ABOUT_IT)
    await lapses(spain)
    await lapses(spain)
    if not case_first:
        await spain.hears(ABOUT_IT)
    (begun,) = await spain.events_of("disputes.dispute_opened")
    assert (begun["opened_by"], begun["stage"], begun["reason"]) == ("system", "MEDIATION", "NOT_RECEIVED")
    decided = await granted(spain)
    assert decided is not None
    assert (decided["decided_by"], decided["mediator_id"]) == ("system", "system")
    record = decided["decision"]
    assert (record["remedy"], record["refund_minor"], record["clause"]) == ("FULL_REFUND", PAID, "S-5.2")
    assert (record["facts"], record["reasons"]) == (["guarantee_lapsed"], ["not_delivered_in_time"])
    shown = (await spain.get(SELLER, f"/disputes/{decided['dispute_id']}")).json()["decision"]
    assert shown["clause_text"] is not None
    assert shown["appeal_until"] is not None


async def test_nothing_is_granted_without_a_case_about_the_delivery(spain: Desk) -> None:
    await spain.hears(ANOTHER_MATTER)
    await lapses(spain)
    assert await granted(spain) is None


async def test_nothing_is_granted_where_the_market_does_not_say_so(casework: Desk) -> None:
    about_it = {"case_id": "cas_9", "reason": "NOT_RECEIVED", "family": "DELIVERY"}
    await casework.hears(opened().model_copy(update=about_it))
    await lapses(casework)
    assert await casework.events_of("disputes.dispute_opened") == []


@pytest.mark.parametrize(
    "event",
    [
        marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON),
        marketplace.OrderLineCancelled(order_id="ord_3", line_id="lin_4", reason="sold_out", cancelled_at=NOON),
        ticketing.CaseClosed(case_id="cas_1", closed_at=NOON),
    ],
)
async def test_nothing_is_granted_of_what_came_was_cancelled_or_is_closed(spain: Desk, event: Event) -> None:
    """INVARIANT: would break if money were given for what arrived, or is paid back already."""
    await spain.hears(ABOUT_IT, event)
    await lapses(spain)
    assert await granted(spain) is None


async def test_a_line_for_which_more_was_paid_is_for_people() -> None:
    dear = SPANISH.lines[0].model_copy(update={"price_minor": 50_000})
    async with a_desk(SERVICE) as desk:
        await desk.hears(SPANISH.model_copy(update={"lines": (dear,)}), ABOUT_IT)
        await lapses(desk)
        assert await granted(desk) is None
        made = await desk.done(BUYER, "/cases/cas_1/disputes", LATE)
        assert made["stage"] == "MEDIATION"


async def test_it_stays_for_people_where_a_part_was_given_back_before() -> None:
    """INVARIANT: would break if a refund of a part brought a dear line under what its market lets the system decide."""
    dear = SPANISH.lines[0].model_copy(update={"price_minor": 50_000})
    async with a_desk(SERVICE) as desk:
        await desk.hears(SPANISH.model_copy(update={"lines": (dear,)}), ABOUT_IT)
        part = {**CLAIM, "remedy": "PARTIAL_REFUND", "amount_minor": 1_000}
        await desk.done(AGENT, f"/disputes/{await a_dispute(desk, **part)}/escalation")
        (other,) = await desk.events_of("disputes.dispute_opened")
        reduced = {**decision("PARTIAL_REFUND"), "amount_minor": 1_000, "reasons": ["repair_impossible"]}
        await desk.done(MEDIATOR, f"/disputes/{other['dispute_id']}/decision", reduced)
        await lapses(desk)
        assert len(await desk.events_of("disputes.dispute_decided")) == 1


async def test_a_live_claim_that_nobody_disputes_is_granted(spain: Desk) -> None:
    """INVARIANT: would break if who had asked before waited longer than who did not ask."""
    await spain.hears(ABOUT_IT)
    id = await a_dispute(spain, **LATE)
    await lapses(spain)
    decided = await granted(spain)
    assert decided is not None
    assert decided["dispute_id"] == id


@pytest.mark.parametrize("step", ["offer", "evidence", "other remedy"])
async def test_what_somebody_disputes_is_for_people(spain: Desk, step: str) -> None:
    """INVARIANT: would break if the system decided over what a seller had to say (product rules, section 8)."""
    await spain.hears(ABOUT_IT)
    claim = {**LATE, "remedy": "PARTIAL_REFUND", "amount_minor": 500} if step == "other remedy" else LATE
    id = await a_dispute(spain, **claim)
    if step == "offer":
        await spain.done(SELLER, f"/disputes/{id}/offers", {"remedy": "PARTIAL_REFUND", "amount_minor": 900, **EUR})
    if step == "evidence":
        await spain.done(SELLER, f"/disputes/{id}/evidence", {"kind": "photo", "content_base64": PICTURE})
    await lapses(spain)
    assert await granted(spain) is None
    assert (await spain.get(BUYER, f"/disputes/{id}")).json()["stage"] == "MEDIATION"


async def test_what_has_come_since_the_lapse_is_for_people(spain: Desk) -> None:
    """INVARIANT: would break if a live dispute were granted by a lapse after the item had come."""
    await spain.hears(ABOUT_IT)
    id = await a_dispute(spain, **LATE)
    await spain.done(AGENT, f"/disputes/{id}/escalation")
    asked = await spain.done(MEDIATOR, f"/disputes/{id}/evidence-requests", {"of": "buyer", "kind": "receipt"})
    await lapses(spain)
    request_id = asked["evidence_requests"][0]["request_id"]
    await spain.done(MEDIATOR, f"/disputes/{id}/evidence-requests/{request_id}/withdrawal")
    await spain.hears(marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON))
    await spain.hears(told(moved("seller"), "cas_1", 4, case_id="cas_1", at=NOON))
    assert await granted(spain) is None


async def test_what_was_decided_about_the_delivery_before_is_for_people(spain: Desk) -> None:
    await spain.hears(ABOUT_IT)
    id = await a_dispute(spain, **LATE)
    await spain.done(AGENT, f"/disputes/{id}/escalation")
    await spain.done(MEDIATOR, f"/disputes/{id}/decision", {**decision("NONE"), "reasons": ["on_its_way"]})
    await lapses(spain)
    assert (await granted(spain) or {})["dispute_id"] == id
    assert len(await spain.events_of("disputes.dispute_opened")) == 1


async def test_what_the_seller_answered_in_a_dispute_that_was_withdrawn_is_for_people(spain: Desk) -> None:
    """INVARIANT: would break if a claim that is made anew were granted over what the seller showed against the first one."""
    await spain.hears(ABOUT_IT)
    first = await a_dispute(spain, **LATE)
    await spain.done(SELLER, f"/disputes/{first}/evidence", {"kind": "photo", "content_base64": PICTURE})
    await spain.done(BUYER, f"/disputes/{first}/withdrawal")
    second = await a_dispute(spain, **LATE)
    await lapses(spain)
    assert second != first
    assert await granted(spain) is None
    assert (await spain.get(BUYER, f"/disputes/{second}")).json()["stage"] == "MEDIATION"


async def test_a_contact_that_goes_back_to_the_seller_is_granted_then(spain: Desk) -> None:
    await spain.hears(ABOUT_IT, told(moved("platform"), "cas_1", 3, case_id="cas_1", at=NOON))
    await lapses(spain)
    assert await granted(spain) is None
    await spain.hears(told(moved("seller"), "cas_1", 4, case_id="cas_1", at=NOON))
    assert await granted(spain) is not None


async def test_a_case_that_lives_again_is_granted_then(spain: Desk) -> None:
    """INVARIANT: would break if a case that lived again while the lapse was on its way left its buyer without money or case."""
    closed = told(ticketing.CaseClosed(case_id="cas_1", closed_at=NOON), "cas_1", 3, case_id="cas_1", at=NOON)
    again = ticketing.CaseReopened(case_id="cas_1", reopened_at=NOON, cause="buyer_message")
    await spain.hears(ABOUT_IT, closed)
    await lapses(spain)
    assert await granted(spain) is None
    await spain.hears(told(again, "cas_1", 4, case_id="cas_1", at=NOON))
    assert await granted(spain) is not None


async def test_a_live_claim_is_for_people_while_its_contact_is_with_the_platform(spain: Desk) -> None:
    """INVARIANT: would break if the system decided against a seller who is no party of the contact any more."""
    await spain.hears(ABOUT_IT)
    await a_dispute(spain, **LATE)
    await spain.hears(told(moved("platform"), "cas_1", 3, case_id="cas_1", at=NOON))
    await lapses(spain)
    assert await granted(spain) is None
    await spain.hears(told(moved("seller"), "cas_1", 4, case_id="cas_1", at=NOON))
    assert await granted(spain) is not None


@pytest.mark.rule("S-3")
async def test_an_older_withdrawal_that_is_told_again_takes_nothing_back(spain: Desk) -> None:
    """INVARIANT: would break if a parked withdrawal, replayed after a later lapse, took back what that granted."""
    await spain.hears(ABOUT_IT)
    await lapses(spain, sequence=5)
    await spain.hears(told(WITHDRAWN, "clk_1", 3, at=NOON))
    assert await granted(spain) is not None
    assert await spain.events_of("disputes.decision_taken_back") == []


@pytest.mark.rule("S-3")
async def test_a_delivery_that_is_told_late_takes_it_back_once(spain: Desk) -> None:
    """INVARIANT: would break if a seller paid for a carrier that tells late."""
    await spain.hears(ABOUT_IT)
    await lapses(spain)
    for _ in range(2):
        await spain.hears(told(WITHDRAWN, "clk_1", 3, at=NOON))
    decided = await granted(spain)
    assert decided is not None
    (undone,) = await spain.events_of("disputes.decision_taken_back")
    assert (undone["decision_id"], undone["fact"]) == (decided["decision"]["decision_id"], "guarantee_lapsed")
    path = f"/disputes/{decided['dispute_id']}"
    assert (await spain.get(SELLER, path)).json()["decision_reversed"] is True
    assert (await spain.post(SELLER, f"{path}/appeals", {"grounds": ["facts_wrong"]})).status_code == 409


@pytest.mark.rule("S-3")
async def test_a_withdrawal_that_is_heard_first_lets_nothing_be_granted(spain: Desk) -> None:
    await spain.hears(ABOUT_IT, told(WITHDRAWN, "clk_1", 3, at=NOON))
    await lapses(spain)
    assert await granted(spain) is None


@pytest.mark.rule("S-4")
async def test_the_sellers_appeal_is_judged_by_any_reviewer(spain: Desk) -> None:
    """INVARIANT: would break if nobody could judge what nobody of the staff decided."""
    await spain.hears(ABOUT_IT)
    await lapses(spain)
    decided = await granted(spain)
    assert decided is not None
    path = f"/disputes/{decided['dispute_id']}"
    await spain.done(SELLER, f"{path}/appeals", {"grounds": ["facts_wrong"]})
    judged = await spain.done(
        SUPERVISOR, f"{path}/appeals/decision", {"outcome": "REVERSED", "reasons": ["facts_wrong"]}
    )
    assert judged["decision_reversed"] is True


def moved(to: str) -> Any:
    known = {"case_id": "cas_1", "to": to, "reason": "wrong_door", "moved_by": "agent", "moved_at": NOON}
    return ticketing.CaseMoved(**known)
