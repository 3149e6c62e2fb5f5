"""Returns over HTTP and by events, on real MongoDB: who may do what, what follows from silence, from carriers and from billing."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from disputes_desk import (
    AGENT,
    BUYER,
    CLOSED,
    EUR,
    MEDIATOR,
    PARTIES,
    SELLER,
    a_mediated_dispute,
    decision,
    opened,
    taken_over,
)

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json
from ombud_contracts import Event
from ombud_contracts.events import billing, marketplace, sla_monitor
from ombud_contracts.events.ticketing import CaseMoved, CaseResolved, TakeoverHandedBack

DELIVERED = marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON)
SUPERVISOR, ANOTHER_SELLER = "supervisor:sup_1", "seller:sel_9"
LABEL = {"carrier": "dpd", "tracking_number": "05308955120002"}
PARCEL = {"tracking_number": "0530 8955 1200 09"}
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
COMPLIANT: dict[str, Any] = {**EUR}
PAID = 12_990


@pytest.fixture
async def desk(casework: Desk) -> Desk:
    await casework.hears(DELIVERED)
    return casework


async def requested(desk: Desk) -> str:
    made = await desk.done(BUYER, "/cases/cas_1/returns")
    return str(made["return_id"])


async def accepted(desk: Desk) -> str:
    id = await requested(desk)
    await desk.done(SELLER, f"/returns/{id}/acceptance")
    return id


async def shipped(desk: Desk) -> str:
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL)
    return id


async def received(desk: Desk) -> str:
    id = await shipped(desk)
    await desk.hears(scanned("received"))
    return id


async def deducted(desk: Desk, kept: int = 2_000) -> str:
    id = await received(desk)
    shown = await desk.done(SELLER, f"/returns/{id}/photos", {"content_base64": PICTURE})
    body = {"deviations": ["scratched"], "deduction_minor": kept, "photos": [shown["photos"][0]["evidence_id"]], **EUR}
    await desk.done(SELLER, f"/returns/{id}/inspection", body)
    return id


def scanned(state: str, number: str = "05308955120009", after: int = 1) -> marketplace.ReturnScanned:
    at = NOON + timedelta(seconds=after)
    return marketplace.ReturnScanned(tracking_number=number, carrier="dpd", state=state, scanned_at=at)


def silence(word: str, kind: str, return_id: str, **more: object) -> sla_monitor.ClockBreached:
    return sla_monitor.ClockBreached(
        clock_id="clk_1",
        case_id="cas_1",
        kind=kind,
        subject=return_id,
        about="return",
        owner="seller",
        round=1,
        due_by=NOON,
        emitted_late=False,
        still_owed=True,
        on_silence=word,
        policy_version="1",
        calendar_version="lv:1",
        trace=(),
        **more,
    )


def of_refund(kind: type[Any], shown: Json, at: str, **more: object) -> Any:
    decided = {"refund_id": "rfd_1", "case_id": "cas_1", "decision_id": shown, at: NOON, **more}
    return kind(**decided)


async def ordered(desk: Desk) -> Json:
    (event,) = await desk.events_of("disputes.return_refund_ordered")
    return event


async def paid(desk: Desk) -> None:
    event = await ordered(desk)
    money = {"amount_minor": event["amount_minor"], "currency": "EUR"}
    await desk.hears(of_refund(billing.RefundCompleted, event["decision_id"], "completed_at", **money))


async def shows(desk: Desk, id: str, who: str = BUYER) -> Json:
    answer: Json = (await desk.get(who, f"/returns/{id}")).json()
    return answer


async def refused(desk: Desk, who: str, path: str, body: Json | None = None, status: int = 409) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == status, answer.text
    assert await desk.told() == before
    return str(answer.json()["type"]).rpartition(":")[2]


# From the request to the refund


async def test_a_return_from_the_request_to_the_refund(desk: Desk) -> None:
    id = await received(desk)
    await desk.done(SELLER, f"/returns/{id}/inspection", COMPLIANT)
    event = await ordered(desk)
    assert (event["amount_minor"], event["funded_by"], event["decided_by"]) == (PAID, "seller", "system")
    claim = {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", **EUR}
    assert await refused(desk, BUYER, "/cases/cas_1/disputes", claim) == "nothing_left", (
        "it is ordered, and not paid yet"
    )
    await paid(desk)
    await paid(desk)
    shown = await shows(desk, id)
    assert (shown["status"], shown["refunded_minor"], shown["may"]) == ("REFUNDED", PAID, [])
    assert (await desk.told()).count("disputes.return_ended") == 1
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "nothing_left"
    assert [r["return_id"] for r in (await desk.get(SELLER, "/cases/cas_1/returns")).json()["returns"]] == [id]


async def test_each_reader_sees_what_is_theirs_to_do(desk: Desk) -> None:
    """R-34: what each side owes, and may, at every step."""
    id = await requested(desk)
    assert (await shows(desk, id, SELLER))["may"] == ["acceptance", "refusal", "photos"]
    assert (await shows(desk, id))["may"] == ["cancellation", "photos"]
    await desk.done(SELLER, f"/returns/{id}/acceptance")
    assert (await shows(desk, id, SELLER))["may"] == ["label", "receipt", "photos"]
    assert (await shows(desk, id))["may"] == ["shipment", "cancellation", "photos"]
    assert (await desk.get(ANOTHER_SELLER, f"/returns/{id}")).status_code == 404


async def test_what_is_not_ones_own_to_do_is_refused(desk: Desk) -> None:
    id = await requested(desk)
    assert (await desk.post(BUYER, f"/returns/{id}/acceptance")).status_code == 403
    assert (await desk.post(SELLER, f"/returns/{id}/cancellation")).status_code == 403
    assert (await desk.post(SELLER, "/cases/cas_1/returns")).status_code == 403
    assert (await desk.post(ANOTHER_SELLER, f"/returns/{id}/acceptance")).status_code == 404
    assert (await desk.post(AGENT, f"/returns/{id}/loss", {"reasons": ["x"]})).status_code == 403


# The request


async def test_one_return_of_a_line_is_live_at_a_time(desk: Desk) -> None:
    id = await requested(desk)
    await desk.hears(opened("cas_2"))
    assert await refused(desk, BUYER, "/cases/cas_2/returns") == "return_already_live"
    await desk.done(BUYER, f"/returns/{id}/cancellation")
    assert (await desk.post(BUYER, "/cases/cas_2/returns")).status_code == 201


async def test_the_window_is_the_longest_of_law_platform_and_seller_from_the_delivery_on(desk: Desk) -> None:
    """R-38, and product rules, section 5: the most favourable wins; 30 days here."""
    desk.clock.at = NOON + timedelta(days=30, milliseconds=1)
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "return_window_closed"
    desk.clock.at = NOON + timedelta(days=30)
    await requested(desk)


async def test_nothing_is_returned_in_a_closed_case(desk: Desk) -> None:
    await desk.hears(CLOSED)
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "not_a_current_stage"


async def test_what_a_dispute_gave_back_is_not_given_again(desk: Desk) -> None:
    """INVARIANT: section 4; would break if a return and a decision both paid for the same line."""
    id = await received(desk)
    dispute = await a_mediated_dispute(desk)
    await desk.done(MEDIATOR, f"/disputes/{dispute}/decision", decision("PARTIAL_REFUND", 10_000))
    await desk.done(SELLER, f"/returns/{id}/inspection", COMPLIANT)
    assert (await ordered(desk))["amount_minor"] == PAID - 10_000


# The answer


async def test_a_refusal_without_a_lawful_ground_is_refused_at_once(desk: Desk) -> None:
    id = await requested(desk)
    answer = await desk.post(SELLER, f"/returns/{id}/refusal", {"ground": "no_box"})
    assert (answer.status_code, "perishable" in answer.json()["lawful"]) == (409, True)
    await desk.done(SELLER, f"/returns/{id}/refusal", {"ground": "perishable"})
    assert ((await shows(desk, id))["status"], (await shows(desk, id))["refused_for"]) == ("REFUSED", "perishable")
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "return_refused_before"


async def test_a_takeover_accepts_what_waits_for_the_seller_and_what_is_requested_after_it(desk: Desk) -> None:
    id = await requested(desk)
    await desk.hears(told(taken_over(), "tko_1", 1))
    assert (await shows(desk, id))["status"] == "ACCEPTED"
    (event,) = await desk.events_of("disputes.return_accepted")
    assert event["by"] == "system"
    assert datetime.fromisoformat(event["accepted_at"]) > NOON, (
        "after the takeover, so that it does not count as done before"
    )
    await desk.done(BUYER, f"/returns/{id}/cancellation")
    assert (await desk.done(BUYER, "/cases/cas_1/returns"))["status"] == "ACCEPTED"


@pytest.mark.parametrize(
    "ended",
    [
        CLOSED,
        CaseResolved(case_id="cas_1", outcome="answered", resolved_at=NOON),
        CaseMoved(
            case_id="cas_1", to="platform", reason="wrong_door", moved_by="agent", seller_id="sel_2", moved_at=NOON
        ),
    ],
)
async def test_what_waits_for_a_seller_whom_nobody_can_take_over_any_more_is_accepted(desk: Desk, ended: Event) -> None:
    """INVARIANT: S-6; would break if a case that is ended over a return left it waiting for ever."""
    id = await requested(desk)
    await desk.hears(ended)
    assert (await shows(desk, id))["status"] == "ACCEPTED"


async def test_a_contact_that_is_handed_back_accepts_nothing(desk: Desk) -> None:
    await desk.hears(told(taken_over(), "tko_1", 1))
    back = TakeoverHandedBack(
        takeover_id="tko_1",
        case_id="cas_1",
        reason="seller_available_again",
        decided_by="agent",
        handed_back_at=NOON,
        **{name: PARTIES[name] for name in ("buyer_id", "seller_id") if name in TakeoverHandedBack.model_fields},
    )
    await desk.hears(told(back, "tko_1", 2))
    assert (await desk.done(BUYER, "/cases/cas_1/returns"))["status"] == "REQUESTED"


# Silence (S-6)


@pytest.mark.rule("S-6")
async def test_a_label_that_the_seller_does_not_send_is_sent_by_the_platform_and_charged_as_it_was_shown(
    desk: Desk,
) -> None:
    id = await accepted(desk)
    await desk.hears(silence("platform_sends_label", "return_label", id))
    (event,) = await desk.events_of("disputes.return_label_issued")
    assert (event["by"], event["charged"]["net_minor"], event["charged"]["kind"]) == ("system", 690, "RETURN_LABEL")
    assert (await shows(desk, id, SELLER))["label_cost_minor"] == 835
    withdrawn = sla_monitor.BreachWithdrawn(
        clock_id="clk_1",
        case_id="cas_1",
        kind="return_label",
        subject=id,
        about="return",
        owner="seller",
        round=1,
        cause="calendar_corrected",
        withdrawn_at=NOON,
    )
    await desk.hears(withdrawn)
    assert not (await shows(desk, id))["label_charged"]
    assert (await desk.told())[-1] == "disputes.return_label_charge_withdrawn"


@pytest.mark.rule("S-6")
async def test_what_is_not_sent_in_time_lapses_and_what_lapsed_wrongly_can_be_requested_after_the_window(
    desk: Desk,
) -> None:
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    await desk.hears(silence("return_lapses", "return_shipment", id))
    assert (await shows(desk, id))["status"] == "LAPSED"
    desk.clock.at = NOON + timedelta(days=40)
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "return_window_closed"
    withdrawn = sla_monitor.BreachWithdrawn(
        clock_id="clk_1",
        case_id="cas_1",
        kind="return_shipment",
        subject=id,
        about="return",
        owner="buyer",
        round=1,
        cause="calendar_corrected",
        withdrawn_at=NOON,
    )
    await desk.hears(withdrawn)
    await requested(desk)


@pytest.mark.rule("S-6")
async def test_what_nobody_inspects_in_time_counts_as_it_should_be_and_is_paid(desk: Desk) -> None:
    id = await received(desk)
    await desk.hears(silence("item_counts_as_compliant", "inspection", id))
    assert (await ordered(desk))["amount_minor"] == PAID
    assert (await shows(desk, id))["inspection"]["by"] == "system"


@pytest.mark.rule("S-6")
async def test_a_deduction_that_the_buyer_does_not_answer_stands(desk: Desk) -> None:
    id = await deducted(desk)
    await desk.hears(silence("deduction_stands", "deduction_answer", id))
    assert (await ordered(desk))["amount_minor"] == PAID - 2_000
    await paid(desk)
    assert (await shows(desk, id))["status"] == "PARTLY_REFUNDED"


async def test_a_breach_whose_grace_has_not_ended_carries_nothing_out(desk: Desk) -> None:
    id = await accepted(desk)
    await desk.hears(silence("platform_sends_label", "return_label", id, grace_ends_at=NOON + timedelta(days=1)))
    assert (await shows(desk, id))["status"] == "ACCEPTED"


# Carriers


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


# Deductions


@pytest.mark.rule("S-4")
async def test_a_deduction_that_the_buyer_disputes_is_decided_by_staff_who_did_not_judge_before(desk: Desk) -> None:
    id = await deducted(desk)
    body = {"deduction_minor": 500, "reasons": ["normal_use"], **EUR}
    assert await refused(desk, MEDIATOR, f"/returns/{id}/deduction/decision", body) == "deduction_not_open"
    await desk.done(BUYER, f"/returns/{id}/deduction/dispute")
    await desk.hears(silence("deduction_stands", "deduction_answer", id))
    assert await desk.events_of("disputes.return_refund_ordered") == [], "what is disputed does not stand by silence"
    await desk.done(MEDIATOR, f"/returns/{id}/deduction/decision", body)
    event = await ordered(desk)
    assert (event["amount_minor"], event["decided_by"]) == (PAID - 500, "mediator")
    dispute = await a_mediated_dispute(desk, remedy="PARTIAL_REFUND", amount_minor=100)
    answer = await desk.post(MEDIATOR, f"/disputes/{dispute}/decision", decision("PARTIAL_REFUND", 100))
    assert answer.json()["type"].endswith("earlier_judge")


async def test_photos_are_pictures_of_this_return_and_are_seen_by_both_sides(desk: Desk) -> None:
    id = await received(desk)
    statement = base64.b64encode(b"It is scratched.").decode()
    path = f"/returns/{id}/photos"
    assert (await desk.post(SELLER, path, {"content_base64": statement})).status_code == 422
    shown = await desk.done(SELLER, path, {"content_base64": PICTURE})
    (photo,) = shown["photos"]
    seen = await desk.get(BUYER, f"{path}/{photo['evidence_id']}/content")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
    assert (await desk.get(ANOTHER_SELLER, f"{path}/{photo['evidence_id']}/content")).status_code == 404
    assert (await desk.get(BUYER, f"/evidence/{photo['evidence_id']}/content")).status_code == 404
    await desk.done(BUYER, f"/returns/{id}/photos", {"content_base64": PICTURE})


async def test_an_amount_in_another_currency_is_refused(desk: Desk) -> None:
    id = await received(desk)
    assert await refused(desk, SELLER, f"/returns/{id}/inspection", {"currency": "USD"}) == "currency_of_another_market"


# The refund


async def test_a_refund_that_fails_leaves_the_line_free_until_it_is_ordered_anew(desk: Desk) -> None:
    id = await received(desk)
    await desk.done(SELLER, f"/returns/{id}/inspection", COMPLIANT)
    event = await ordered(desk)
    failed = of_refund(billing.RefundFailed, event["decision_id"], "failed_at", reason="card_closed")
    await desk.hears(failed)
    assert (await shows(desk, id))["refund_failed"]
    await desk.hears(
        billing.RefundOrdered(
            refund_id="rfd_2",
            case_id="cas_1",
            decision_id=event["decision_id"],
            order_id="ord_3",
            line_id="lin_4",
            buyer_id="buy_1",
            amount_minor=PAID,
            currency="EUR",
            ordered_at=NOON,
        )
    )
    assert not (await shows(desk, id))["refund_failed"]
    await desk.hears(opened("cas_2"))
    dispute = await desk.post(BUYER, "/cases/cas_2/disputes", {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", **EUR})
    assert dispute.json()["type"].endswith("nothing_left"), "the refund that was ordered anew takes it again"
