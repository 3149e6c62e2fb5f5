"""Returns over HTTP and by events, on real MongoDB: who may do what, what follows from silence and from billing."""

import base64
from datetime import datetime, timedelta

import pytest
from disputes_desk import (
    AGENT,
    BUYER,
    CLOSED,
    EUR,
    MEDIATOR,
    PARTIES,
    PLACED,
    SELLER,
    a_mediated_dispute,
    decision,
    opened,
    taken_over,
)
from returns_desk import (
    ANOTHER_SELLER,
    COMPLIANT,
    DELIVERED,
    PAID,
    PICTURE,
    SUPERVISOR,
    accepted,
    deducted,
    of_refund,
    ordered,
    paid,
    received,
    refused,
    requested,
    shows,
    silence,
)

from chassis.testing import NOON, told
from chassis.testing.desk import Desk
from ombud_contracts import Event
from ombud_contracts.events import billing
from ombud_contracts.events.ticketing import CaseMoved, CaseReopened, CaseResolved, TakeoverHandedBack

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


async def test_what_is_requested_in_a_resolved_case_is_accepted_at_once(desk: Desk) -> None:
    """INVARIANT: S-6; would break if a return waited for ever for a seller whom nobody can take over any more."""
    await desk.hears(told(CaseResolved(case_id="cas_1", outcome="answered", resolved_at=NOON), "cas_1", 5))
    id = await requested(desk)
    assert (await shows(desk, id))["status"] == "ACCEPTED"
    await desk.done(BUYER, f"/returns/{id}/cancellation")
    await desk.hears(told(CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=NOON), "cas_1", 6))
    await desk.hears(told(CaseResolved(case_id="cas_1", outcome="answered", resolved_at=NOON), "cas_1", 5))
    assert (await shows(desk, await requested(desk)))["status"] == "REQUESTED", "the seller answers again"


async def test_a_case_that_was_moved_away_shows_its_former_seller_their_own_returns_alone(desk: Desk) -> None:
    """INVARIANT: would break if a seller read on in a contact with the platform, or lost sight of an item that comes back."""
    id = await requested(desk)
    moved = CaseMoved(
        case_id="cas_1", to="platform", reason="wrong_door", moved_by="agent", seller_id="sel_2", moved_at=NOON
    )
    await desk.hears(moved)
    assert (await desk.get(SELLER, "/cases/cas_1/returns")).status_code == 404
    assert (await shows(desk, id, SELLER))["status"] == "ACCEPTED"
    assert (await desk.get(BUYER, "/cases/cas_1/returns")).status_code == 200


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


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("staff", [AGENT, MEDIATOR, SUPERVISOR])
async def test_the_seller_alone_says_what_came_back(desk: Desk, staff: str) -> None:
    """INVARIANT: would break if staff could pay a buyer at the cost of a seller who neither agreed nor was decided against, or
    ask for a deduction that the same person then decides (S-4)."""
    id = await accepted(desk)
    assert (await desk.post(staff, f"/returns/{id}/receipt")).status_code == 403
    assert (await desk.post(staff, f"/returns/{id}/inspection", EUR)).status_code == 403
    assert not {"receipt", "inspection"} & set((await shows(desk, id, staff))["may"])


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
    for elsewhere in (f"/returns/{id}/photos/evd_9/content", f"/returns/ret_9/photos/{photo['evidence_id']}/content"):
        assert (await desk.get(BUYER, elsewhere)).status_code == 404


async def test_the_photo_of_another_return_is_not_there(desk: Desk) -> None:
    """INVARIANT: would break if whoever sees one return could read the photos of all."""
    other = await received(desk)
    (photo,) = (await desk.done(SELLER, f"/returns/{other}/photos", {"content_base64": PICTURE}))["photos"]
    await desk.hears(
        PLACED.model_copy(update={"order_id": "ord_5"}),
        opened("cas_2").model_copy(update={"order_id": "ord_5"}),
        DELIVERED.model_copy(update={"order_id": "ord_5"}),
    )
    own = (await desk.done(BUYER, "/cases/cas_2/returns"))["return_id"]
    path = f"/returns/{own}/photos/{photo['evidence_id']}/content"
    for who in (BUYER, SELLER, AGENT):
        assert (await desk.get(who, path)).status_code == 404


async def test_what_nothing_is_known_of_cannot_be_returned(desk: Desk) -> None:
    await desk.hears(opened("cas_2").model_copy(update={"order_id": "ord_unheard"}))
    assert (await desk.post(BUYER, "/cases/cas_2/returns")).status_code == 404
    assert (await desk.get(BUYER, "/returns/ret_9")).status_code == 404
    assert (await desk.post(BUYER, "/returns/ret_9/cancellation")).status_code == 404


async def test_what_was_paid_in_another_currency_is_not_returned(desk: Desk) -> None:
    await desk.hears(
        PLACED.model_copy(update={"order_id": "ord_5", "currency": "PLN"}),
        opened("cas_2").model_copy(update={"order_id": "ord_5"}),
        DELIVERED.model_copy(update={"order_id": "ord_5"}),
    )
    assert await refused(desk, BUYER, "/cases/cas_2/returns") == "currency_of_another_market"


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


async def test_a_refund_that_was_given_up_and_is_paid_after_all_is_shown_as_paid(desk: Desk) -> None:
    """INVARIANT: would break if the money that the payment system moved were not what the return says."""
    id = await received(desk)
    await desk.done(SELLER, f"/returns/{id}/inspection", COMPLIANT)
    event = await ordered(desk)
    gone = of_refund(billing.RefundFailed, event["decision_id"], "failed_at", reason="card_closed")
    money = {"amount_minor": PAID, "currency": "EUR"}
    given_up = of_refund(billing.RefundCancelled, event["decision_id"], "cancelled_at", reason="unreachable", **money)
    await desk.hears(gone, given_up)
    await paid(desk)
    shown = await shows(desk, id)
    assert (shown["status"], shown["refunded_minor"]) == ("REFUNDED", PAID)
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "nothing_left"
