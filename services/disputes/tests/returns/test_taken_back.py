"""Returns when what they rest on is taken back (S-3), on real MongoDB: a lapse, a label, a deduction, an acceptance."""

from datetime import timedelta

import pytest
from disputes_desk import BUYER, CLAIM, EUR, MEDIATOR, SELLER, opened, taken_over
from returns_desk import (
    LABEL,
    PAID,
    accepted,
    deducted,
    of_refund,
    ordered,
    paid,
    refused,
    requested,
    scanned,
    shows,
    silence,
    withdrawn,
)

from chassis.testing import NOON, told
from chassis.testing.desk import Desk
from ombud_contracts.events import billing
from ombud_contracts.events.ticketing import TakeoverReversed


@pytest.mark.rule("S-6")
async def test_a_label_that_the_seller_does_not_send_is_sent_by_the_platform_and_charged_as_it_was_shown(
    desk: Desk,
) -> None:
    id = await accepted(desk)
    await desk.hears(silence("platform_sends_label", "return_label", id))
    (event,) = await desk.events_of("disputes.return_label_issued")
    assert (event["by"], event["charged"]["net_minor"], event["charged"]["kind"]) == ("system", 690, "RETURN_LABEL")
    assert (await shows(desk, id, SELLER))["label_cost_minor"] == 835
    assert (await shows(desk, id, BUYER))["label_cost_minor"] is None, "what the seller pays is not the buyer's to know"
    await desk.hears(withdrawn("return_label", id, "seller"))
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
    await desk.hears(withdrawn("return_shipment", id))
    again = await requested(desk)
    await desk.done(SELLER, f"/returns/{again}/acceptance")
    await desk.done(SELLER, f"/returns/{again}/label", LABEL)
    await desk.hears(scanned("received", LABEL["tracking_number"]))
    assert (await shows(desk, again))["status"] == "RECEIVED", "the label of what was never sent is free"


@pytest.mark.rule("S-3")
async def test_what_is_kept_whole_by_a_silence_that_was_none_is_disputed_and_decided_after_all(desk: Desk) -> None:
    """INVARIANT: would break if a deadline that had not passed took the buyer's money and left no way to get it back."""
    id = await deducted(desk, PAID)
    await desk.hears(silence("deduction_stands", "deduction_answer", id))
    assert (await shows(desk, id))["status"] == "SENT_BACK"
    await desk.hears(withdrawn("deduction_answer", id))
    assert (await shows(desk, id))["may"] == ["deduction/dispute"]
    await desk.done(BUYER, f"/returns/{id}/deduction/dispute")
    assert await refused(desk, BUYER, "/cases/cas_1/returns") == "return_already_live"
    body = {"deduction_minor": 500, "reasons": ["normal_use"], **EUR}
    await desk.done(MEDIATOR, f"/returns/{id}/deduction/decision", body)
    assert (await ordered(desk))["amount_minor"] == PAID - 500


@pytest.mark.rule("S-3")
async def test_an_older_withdrawal_that_is_told_again_reopens_nothing(desk: Desk) -> None:
    """INVARIANT: would break if a parked withdrawal, replayed after a later silence, undid what that led to."""
    id = await deducted(desk, PAID)
    await desk.hears(told(silence("deduction_stands", "deduction_answer", id), "clk_1", 5))
    await desk.hears(told(withdrawn("deduction_answer", id), "clk_1", 4))
    shown = await shows(desk, id)
    assert (shown["status"], shown["may"]) == ("SENT_BACK", [])


@pytest.mark.rule("S-3")
async def test_the_rest_of_what_was_paid_is_paid_by_a_further_decision_once(desk: Desk) -> None:
    id = await deducted(desk)
    await desk.hears(silence("deduction_stands", "deduction_answer", id))
    await paid(desk)
    await desk.hears(withdrawn("deduction_answer", id))
    await desk.done(BUYER, f"/returns/{id}/deduction/dispute")
    body = {"deduction_minor": 500, "reasons": ["normal_use"], **EUR}
    await desk.done(MEDIATOR, f"/returns/{id}/deduction/decision", body)
    first, more = await desk.events_of("disputes.return_refund_ordered")
    assert more["amount_minor"] == 1_500
    assert more["decision_id"] != first["decision_id"]
    await desk.hears(
        of_refund(billing.RefundCompleted, more["decision_id"], "completed_at", amount_minor=1_500, currency="EUR")
    )
    shown = await shows(desk, id)
    assert (shown["status"], shown["refunded_minor"]) == ("PARTLY_REFUNDED", PAID - 500)
    await desk.hears(opened("cas_2"))
    assert (
        await refused(desk, BUYER, "/cases/cas_2/disputes", {**CLAIM, "remedy": "PARTIAL_REFUND", "amount_minor": 501})
        == "amount_above_left"
    )


@pytest.mark.rule("S-3")
async def test_an_acceptance_by_a_takeover_that_was_reversed_is_the_sellers_again(desk: Desk) -> None:
    """INVARIANT: would break if a seller lost the right to refuse by a deadline that was not missed."""
    id = await requested(desk)
    await desk.hears(told(taken_over(), "tko_1", 1))
    reversed_ = TakeoverReversed(
        takeover_id="tko_1",
        case_id="cas_1",
        reason="breach_withdrawn",
        withdrawn_by="clk_1:6",
        contact_returned=True,
        charges_announced=(),
        decided_by="system",
        reversed_at=NOON,
    )
    await desk.hears(told(reversed_, "tko_1", 2))
    assert (await shows(desk, id))["status"] == "REQUESTED"
    assert [e["step"] for e in await desk.events_of("disputes.return_step_reopened")] == ["return_answer"]
    await desk.done(SELLER, f"/returns/{id}/refusal", {"ground": "hygiene_seal_broken"})
