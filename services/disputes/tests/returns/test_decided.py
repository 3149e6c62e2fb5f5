"""An outcome RETURN_AND_REFUND waits for its return: begun with it, accepted, and paid when the item was inspected."""

from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, CLAIM, EUR, MEDIATOR, SELLER, a_dispute, a_mediated_dispute, an_offer, decision
from returns_desk import (
    COMPLIANT,
    DELIVERED,
    LABEL,
    PAID,
    PARCEL,
    PICTURE,
    SUPERVISOR,
    of_refund,
    scanned,
    silence,
    withdrawn,
)

from chassis.testing import NOON, told
from chassis.testing.desk import Desk
from ombud_contracts.events import billing, sla_monitor

pytestmark = pytest.mark.rule("R-40")
BACK = decision("RETURN_AND_REFUND")
APPEAL = {"grounds": ["facts_wrong"]}
REVERSE = {"outcome": "REVERSED", "reasons": ["facts_wrong"]}


async def decided(desk: Desk) -> tuple[str, str, str]:
    """Have a mediator decide it; return the paths of dispute and return, and the decision's id."""
    id = await a_mediated_dispute(desk)
    made = (await desk.done(MEDIATOR, f"/disputes/{id}/decision", BACK))["decision"]
    return f"/disputes/{id}", f"/returns/{made['return_id']}", made["decision_id"]


async def shown(desk: Desk, path: str, who: str = BUYER) -> Any:
    return (await desk.get(who, path)).json()


async def sent(desk: Desk, item: str) -> None:
    await desk.done(SELLER, f"{item}/label", LABEL)
    await desk.done(BUYER, f"{item}/shipment", PARCEL)


def paid(decision_id: str) -> billing.RefundCompleted:
    return billing.RefundCompleted(
        refund_id="rfd_1",
        case_id="cas_1",
        decision_id=decision_id,
        amount_minor=PAID,
        currency="EUR",
        completed_at=NOON,
    )


async def test_a_decision_begins_its_return_and_gives_no_money_yet(casework: Desk) -> None:
    """INVARIANT: would break if billing paid or charged before the item came back."""
    dispute, item, decision_id = await decided(casework)
    begun = await shown(casework, item)
    assert (begun["status"], begun["refund_minor"]) == ("ACCEPTED", None)
    (outcome,) = await casework.events_of("disputes.dispute_decided")
    told_of = outcome["decision"]
    assert (told_of["refund_minor"], told_of["lines"], told_of["decision_id"]) == (0, [], decision_id)
    assert (await shown(casework, dispute))["stage"] == "DECIDED"
    assert (await casework.post(SELLER, f"{item}/refusal", {"ground": "hygiene_seal_broken"})).status_code == 409


async def test_it_is_carried_out_when_the_item_was_inspected_and_the_refund_paid(casework: Desk) -> None:
    dispute, item, decision_id = await decided(casework)
    await sent(casework, item)
    await casework.hears(scanned("received"))
    assert await casework.events_of("disputes.return_refund_ordered") == []
    await casework.done(SELLER, f"{item}/inspection", COMPLIANT)
    (ordered,) = await casework.events_of("disputes.return_refund_ordered")
    assert (ordered["decision_id"], ordered["amount_minor"], ordered["clause"]) == (decision_id, PAID, "S-5.1")
    await casework.hears(paid(decision_id))
    assert (await shown(casework, dispute))["stage"] == "CLOSED"
    assert (await shown(casework, item))["status"] == "REFUNDED"
    assert (await casework.told()).count("disputes.dispute_executed") == 1


async def test_what_both_sides_agreed_to_waits_for_its_return_too(casework: Desk) -> None:
    id = await a_dispute(casework)
    offer_id = await an_offer(casework, id, "RETURN_AND_REFUND")
    settled = await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/acceptance")
    assert (await shown(casework, f"/returns/{settled['decision']['return_id']}"))["status"] == "ACCEPTED"


@pytest.mark.parametrize("by", ["buyer", "clock"])
async def test_a_buyer_who_keeps_the_item_is_owed_nothing(casework: Desk, by: str) -> None:
    dispute, item, _ = await decided(casework)
    if by == "buyer":
        await casework.done(BUYER, f"{item}/cancellation")
    else:
        await casework.done(SELLER, f"{item}/label", LABEL)
        lapsed = sla_monitor.ClockBreached(
            clock_id="clk_1",
            case_id="cas_1",
            kind="return_shipment",
            subject=item.rpartition("/")[2],
            about="return",
            owner="buyer",
            round=1,
            due_by=NOON,
            emitted_late=False,
            still_owed=True,
            on_silence="return_lapses",
            policy_version="2",
            calendar_version="1",
            trace=(),
        )
        await casework.hears(told(lapsed, "clk_1", 2, case_id="cas_1", at=NOON))
    found = await shown(casework, dispute)
    assert found["stage"] == "CLOSED"
    types = await casework.told()
    assert "disputes.dispute_executed" not in types
    assert "disputes.return_refund_ordered" not in types


@pytest.mark.rule("S-10")
async def test_a_decision_is_refused_while_the_item_is_on_its_way_back_already(casework: Desk) -> None:
    """INVARIANT: would break if two returns of one item were owed, and one of them refused where nobody sees it."""
    id = await a_mediated_dispute(casework)
    await casework.hears(DELIVERED)
    await casework.done(BUYER, "/cases/cas_1/returns")
    for path in ("decision", "decision/preview"):
        refused = await casework.post(MEDIATOR, f"/disputes/{id}/{path}", BACK)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "return_already_live")
    assert (await shown(casework, f"/disputes/{id}"))["stage"] == "MEDIATION"


async def test_a_lawful_refusal_before_does_not_bind_who_decides(casework: Desk) -> None:
    await casework.hears(DELIVERED)
    first = (await casework.done(BUYER, "/cases/cas_1/returns"))["return_id"]
    await casework.done(SELLER, f"/returns/{first}/refusal", {"ground": "hygiene_seal_broken"})
    _, item, _ = await decided(casework)
    assert (await shown(casework, item))["status"] == "ACCEPTED"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(("on_its_way", "status"), [(False, "CANCELLED"), (True, "SHIPPED")])
async def test_a_reversal_undoes_what_is_not_done_yet(casework: Desk, on_its_way: bool, status: str) -> None:
    """INVARIANT: would break if a seller paid by a decision that fell, or a buyer who sent the item lost it."""
    dispute, item, decision_id = await decided(casework)
    if on_its_way:
        await sent(casework, item)
    await casework.done(SELLER, f"{dispute}/appeals", APPEAL)
    await casework.done(SUPERVISOR, f"{dispute}/appeals/decision", REVERSE)
    assert (await shown(casework, item))["status"] == status
    if not on_its_way:
        assert (await shown(casework, dispute))["stage"] == "CLOSED"
        return
    await casework.hears(scanned("received"))
    await casework.done(SELLER, f"{item}/inspection", COMPLIANT)
    (ordered,) = await casework.events_of("disputes.return_refund_ordered")
    assert (ordered["funded_by"], ordered["decision_id"]) == ("platform", f"{decision_id}_2")
    await casework.hears(paid(ordered["decision_id"]))
    assert (await shown(casework, dispute, AGENT))["stage"] == "CLOSED"


@pytest.mark.rule("S-3")
async def test_a_refund_that_is_refused_after_the_reversal_is_the_platforms_and_takes_the_line_once(
    casework: Desk,
) -> None:
    """INVARIANT: would break if a buyer who sent the item back were never paid, or the line were taken twice."""
    dispute, item, decision_id = await decided(casework)
    await sent(casework, item)
    await casework.hears(scanned("received"))
    await casework.done(SELLER, f"{item}/inspection", COMPLIANT)
    await casework.done(SELLER, f"{dispute}/appeals", APPEAL)
    await casework.done(SUPERVISOR, f"{dispute}/appeals/decision", REVERSE)
    await casework.hears(of_refund(billing.RefundFailed, decision_id, "failed_at", reason="card_closed"))
    _, anew = await casework.events_of("disputes.return_refund_ordered")
    assert (anew["decision_id"], anew["funded_by"], anew["amount_minor"]) == (f"{decision_id}_2", "platform", PAID)
    await casework.hears(paid(anew["decision_id"]))
    assert (await shown(casework, item))["refunded_minor"] == PAID
    assert (await shown(casework, dispute))["stage"] == "CLOSED"
    claim = {**CLAIM, "reason": "NOT_RECEIVED"}
    assert (await casework.post(BUYER, "/cases/cas_1/disputes", claim)).status_code == 409


@pytest.mark.rule("S-3")
async def test_an_amendment_counts_what_a_reopened_deduction_gave(casework: Desk) -> None:
    """INVARIANT: would break if the seller paid twice, or the platform once, what the return gave in two payments."""
    dispute, item, decision_id = await decided(casework)
    await sent(casework, item)
    await casework.hears(scanned("received"))
    picture = await casework.done(SELLER, f"{item}/photos", {"content_base64": PICTURE})
    kept = {"deviations": ["scratched"], "deduction_minor": 2_000, **EUR}
    await casework.done(SELLER, f"{item}/inspection", {**kept, "photos": [picture["photos"][0]["evidence_id"]]})
    id = item.rpartition("/")[2]
    stands = silence("deduction_stands", "deduction_answer", id)
    await casework.hears(told(stands, "clk_1", 2, case_id="cas_1", at=NOON), paid(decision_id))
    await casework.hears(told(withdrawn("deduction_answer", id), "clk_1", 3, case_id="cas_1", at=NOON))
    await casework.done(BUYER, f"{item}/deduction/dispute")
    less = {"deduction_minor": 500, "reasons": ["used_as_needed"], **EUR}
    await casework.done("mediator:med_9", f"{item}/deduction/decision", less)
    await casework.hears(paid(f"{decision_id}_2"))
    await casework.done(SELLER, f"{dispute}/appeals", APPEAL)
    whole = {"outcome": "AMENDED", "reasons": ["facts_wrong"], "decision": decision("FULL_REFUND")}
    await casework.done(SUPERVISOR, f"{dispute}/appeals/decision", whole)
    (amended,) = await casework.events_of("disputes.appeal_decided")
    assert (amended["given_minor"], amended["decision"]["refund_minor"]) == (PAID - 500, PAID)


@pytest.mark.rule("S-3")
async def test_what_lapsed_by_an_amended_decision_is_not_sent_by_it_after_all(casework: Desk) -> None:
    """INVARIANT: would break if a buyer sent back, and a seller paid, by a decision whose place another one took."""
    dispute, item, _ = await decided(casework)
    id = item.rpartition("/")[2]
    await casework.done(SELLER, f"{item}/label", LABEL)
    lapsed = silence("return_lapses", "return_shipment", id)
    await casework.hears(told(lapsed, "clk_1", 2, case_id="cas_1", at=NOON))
    await casework.done(SELLER, f"{dispute}/appeals", APPEAL)
    nothing = {**decision("NONE"), "reasons": ["not_sent_back"]}
    amend = {"outcome": "AMENDED", "reasons": ["not_sent_back"], "decision": nothing}
    await casework.done(SUPERVISOR, f"{dispute}/appeals/decision", amend)
    await casework.hears(told(withdrawn("return_shipment", id), "clk_1", 3, case_id="cas_1", at=NOON))
    assert (await casework.post(BUYER, f"{item}/shipment", PARCEL)).status_code == 409


async def test_a_preview_begins_no_return(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await casework.done(MEDIATOR, f"/disputes/{id}/decision/preview", {**BACK, **EUR})
    assert (await shown(casework, "/cases/cas_1/returns"))["returns"] == []
