"""Parcels of returns, on real MongoDB: what carriers tell, whose parcel it is, and what comes of what was lost."""

from datetime import timedelta

import pytest
from disputes_desk import AGENT, BUYER, MEDIATOR, PLACED, SELLER, opened
from returns_desk import (
    COMPLIANT,
    LABEL,
    PAID,
    PARCEL,
    accepted,
    of_refund,
    ordered,
    paid,
    refused,
    scanned,
    shipped,
    shows,
    silence,
)

from chassis.testing import NOON, told
from chassis.testing.desk import Desk
from ombud_contracts.events import billing


async def test_a_scan_of_a_parcel_that_no_return_names_is_kept_and_counts_when_one_does(desk: Desk) -> None:
    """INVARIANT: S-10; would break if a parcel that is scanned before the buyer names it were lost."""
    id = await accepted(desk)
    await desk.hears(scanned("shipped"), scanned("received", after=2))
    (parcel,) = (await desk.get(AGENT, "/refused-parcels")).json()["parcels"]
    assert (parcel["tracking_number"], parcel["reason"], parcel["state"]) == (
        "05308955120009",
        "unknown_parcel",
        "received",
    )
    assert (await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL))["status"] == "RECEIVED"
    assert (await desk.get(AGENT, "/refused-parcels")).json()["parcels"] == []


async def test_what_lapsed_while_the_carrier_was_late_goes_on(desk: Desk) -> None:
    """INVARIANT: would break if a carrier that tells late cost the buyer, who sent the item in time, the money."""
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    desk.clock.at = NOON + timedelta(days=31)
    await desk.hears(silence("return_lapses", "return_shipment", id))
    await desk.hears(scanned("received", LABEL["tracking_number"], after=12 * 86_400))
    assert (await shows(desk, id))["status"] == "RECEIVED"
    assert (await desk.get(AGENT, "/refused-parcels")).json()["parcels"] == []
    await desk.done(SELLER, f"/returns/{id}/inspection", COMPLIANT)
    assert (await ordered(desk))["amount_minor"] == PAID


async def test_a_late_parcel_counts_for_the_return_that_was_requested_since(desk: Desk) -> None:
    """INVARIANT: one return of a line is live; would break if an earlier one took the parcel and lived beside it."""
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    await desk.hears(silence("return_lapses", "return_shipment", id))
    again = await accepted(desk)
    await desk.hears(scanned("received", LABEL["tracking_number"], after=0))
    assert [(await shows(desk, one))["status"] for one in (id, again)] == ["LAPSED", "RECEIVED"]


@pytest.mark.parametrize("written", ["0530-8955-1200-09", "0530 8955 1200 09", "05308955120009"])
async def test_a_tracking_number_is_found_however_it_is_written(desk: Desk, written: str) -> None:
    id = await accepted(desk)
    await desk.done(BUYER, f"/returns/{id}/shipment", {"tracking_number": written})
    await desk.hears(scanned("received"))
    assert (await shows(desk, id))["status"] == "RECEIVED"


async def test_a_mistyped_tracking_number_can_be_corrected_until_a_carrier_has_the_parcel(desk: Desk) -> None:
    """Would break if a slip of the finger left the buyer waiting for a parcel that is not theirs."""
    id = await accepted(desk)
    await desk.done(BUYER, f"/returns/{id}/shipment", {"tracking_number": "05308955120010"})
    await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL)
    await desk.hears(scanned("received", "05308955120010"))
    assert (await shows(desk, id))["status"] == "SHIPPED", "that parcel is somebody else's"
    await desk.hears(scanned("shipped"))
    other = {"tracking_number": "05308955120011"}
    assert await refused(desk, BUYER, f"/returns/{id}/shipment", other) == "return_not_at_this_step"


async def test_what_was_scanned_before_a_label_is_not_what_the_label_brings_back(desk: Desk) -> None:
    """Would break if a seller could name any parcel that was delivered once, and the item counted as received."""
    id = await accepted(desk)
    await desk.hears(scanned("received", LABEL["tracking_number"]))
    assert (await desk.done(SELLER, f"/returns/{id}/label", LABEL))["status"] == "LABEL_ISSUED"


async def test_what_was_scanned_before_the_request_is_not_what_the_buyer_sends(desk: Desk) -> None:
    """Would break if a buyer could name any parcel that was delivered once, and the item counted as received."""
    await desk.hears(scanned("received", after=-86_400))
    id = await accepted(desk)
    assert (await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL))["status"] == "SHIPPED"


async def test_two_items_of_an_order_come_back_in_one_box(desk: Desk) -> None:
    """Would break if the second item could not be sent back, because its parcel is that of the first."""
    line = PLACED.lines[0]
    more = PLACED.model_copy(update={"lines": (line, line.model_copy(update={"line_id": "lin_5"}))})
    await desk.hears(told(more, "ord_3", 9), opened("cas_2").model_copy(update={"line_id": "lin_5"}))
    first = await accepted(desk)
    second = str((await desk.done(BUYER, "/cases/cas_2/returns"))["return_id"])
    await desk.done(SELLER, f"/returns/{second}/acceptance")
    for id in (first, second):
        await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL)
    await desk.hears(scanned("received"))
    assert [(await shows(desk, id))["status"] for id in (first, second)] == ["RECEIVED", "RECEIVED"]


async def test_the_parcel_of_a_return_that_ended_is_shown_to_staff(desk: Desk) -> None:
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    await desk.done(BUYER, f"/returns/{id}/cancellation")
    await desk.hears(scanned("received", LABEL["tracking_number"]))
    assert (await shows(desk, id))["status"] == "CANCELLED"
    (parcel,) = (await desk.get(AGENT, "/refused-parcels")).json()["parcels"]
    assert parcel["reason"] == "return_ended"
    assert (await desk.get("agent:agt_2:pt", "/refused-parcels")).json()["parcels"] == []


async def test_a_tracking_number_belongs_to_one_return(desk: Desk) -> None:
    id = await shipped(desk)
    await desk.hears(scanned("received"))
    await desk.done(SELLER, f"/returns/{id}/inspection", {**COMPLIANT, "deviations": ["dusty"]})
    event = await ordered(desk)
    gone = of_refund(billing.RefundFailed, event["decision_id"], "failed_at", reason="card_closed")
    given_up = of_refund(
        billing.RefundCancelled,
        event["decision_id"],
        "cancelled_at",
        reason="unreachable",
        amount_minor=PAID,
        currency="EUR",
    )
    await desk.hears(gone, given_up)
    assert (await shows(desk, id))["status"] == "REFUND_GIVEN_UP"
    again = await accepted(desk)
    assert await refused(desk, BUYER, f"/returns/{again}/shipment", PARCEL) == "parcel_of_another_return"


async def test_what_the_carrier_lost_is_paid_by_the_platform_when_staff_says_so(desk: Desk) -> None:
    """S-2: the carrier's word alone moves no money of the platform."""
    id = await shipped(desk)
    await desk.hears(scanned("lost"), scanned("lost", after=2))
    shown = await shows(desk, id, MEDIATOR)
    assert (shown["status"], shown["lost_reported"], "loss" in shown["may"]) == ("SHIPPED", True, True)
    assert (await desk.told()).count("disputes.return_reported_lost") == 1
    await desk.done(MEDIATOR, f"/returns/{id}/loss", {"reasons": ["carrier_says_lost"]})
    event = await ordered(desk)
    assert (event["funded_by"], event["amount_minor"], event["decider_id"]) == ("platform", PAID, "med_1")
    await desk.hears(scanned("received", after=3))
    (parcel,) = (await desk.get(AGENT, "/refused-parcels")).json()["parcels"]
    assert parcel["reason"] == "return_ended", "what turns up after all is for staff"
    await paid(desk)
    assert (await shows(desk, id))["status"] == "LOST"
