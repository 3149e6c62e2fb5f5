"""The routes of disputes: what each answers, to whom, and what it refuses at once."""

from datetime import timedelta

import pytest
from disputes_desk import (
    AGENT,
    BUYER,
    CLAIM,
    CLOSED,
    EUR,
    MEDIATOR,
    PLACED,
    SELLER,
    a_dispute,
    a_mediated_dispute,
    an_offer,
    decision,
    opened,
    takeover_upheld,
)
from disputes_desk import taken_over as activated

from chassis.consuming import NotYet
from chassis.testing import NOON
from chassis.testing.desk import Desk, received
from ombud_contracts import Received
from ombud_contracts.events import marketplace, ticketing


def kind_of(problem: dict[str, str]) -> str:
    return problem["type"].rpartition(":")[2].rpartition("/")[2]


async def test_a_buyer_opens_a_dispute_and_both_sides_see_it(casework: Desk) -> None:
    id = await a_dispute(casework)
    for who in (BUYER, SELLER, AGENT):
        shown = (await casework.get(who, f"/disputes/{id}")).json()
        assert (shown["stage"], shown["order_id"], shown["line_id"]) == ("NEGOTIATION", "ord_3", "lin_4")
        assert [d["dispute_id"] for d in (await casework.get(who, "/cases/cas_1/disputes")).json()["disputes"]] == [id]
    assert (await casework.told()) == ["disputes.dispute_opened"]


@pytest.mark.parametrize("who", ["buyer:buy_9", "seller:sel_9", "agent:agt_1:ee"])
async def test_who_has_no_part_in_it_does_not_learn_of_it(casework: Desk, who: str) -> None:
    id = await a_dispute(casework)
    assert (await casework.get(who, f"/disputes/{id}")).status_code == 404
    assert (await casework.get(who, "/cases/cas_1/disputes")).status_code == 404
    assert (await casework.post(who, f"/disputes/{id}/withdrawal")).status_code == 404
    assert (await casework.post(who, "/cases/cas_1/disputes", CLAIM)).status_code == 404


async def test_the_fact_of_a_locked_device_and_a_contact_that_was_taken_over_are_mediated_at_once(
    casework: Desk,
) -> None:
    locked = await a_dispute(casework, reason="LOCKED_DEVICE")
    assert (await casework.get(BUYER, f"/disputes/{locked}")).json()["stage"] == "NEGOTIATION"
    staff_saw_it = {"kind": "confirmed_video", "content_base64": "SXQgaXMgbG9ja2VkLg=="}
    for who, stage in ((BUYER, "NEGOTIATION"), (AGENT, "MEDIATION")):
        shown = await casework.done(who, f"/disputes/{locked}/evidence", staff_saw_it)
        assert shown["stage"] == stage
    await casework.hears(activated())
    late = await a_dispute(casework, reason="LATE")
    assert (await casework.get(BUYER, f"/disputes/{late}")).json()["stage"] == "MEDIATION"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"currency": "PLN"}, "currency_of_another_market"),
        ({"remedy": "PARTIAL_REFUND", "amount_minor": 12_991}, "amount_above_paid"),
        ({"remedy": "PARTIAL_REFUND"}, "amount_missing"),
    ],
)
async def test_a_claim_against_the_rules_is_refused(casework: Desk, body: dict[str, object], refusal: str) -> None:
    answer = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, **body})
    assert (answer.status_code, kind_of(answer.json())) == (409, refusal)
    assert await casework.told() == []


async def test_nothing_is_disputed_in_a_closed_case_nor_twice_nor_about_an_unknown_order(casework: Desk) -> None:
    first = await a_dispute(casework)
    again = await casework.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (again.status_code, again.json()["dispute_id"]) == (409, first)
    await casework.hears(CLOSED)
    closed = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": "LATE"})
    assert (closed.status_code, kind_of(closed.json())) == (409, "not_a_current_stage")
    await casework.hears(opened("cas_2").model_copy(update={"order_id": "ord_9"}))
    assert (await casework.post(BUYER, "/cases/cas_2/disputes", CLAIM)).status_code == 404


async def test_an_accepted_offer_settles_under_the_clause_of_its_problem(casework: Desk) -> None:
    id = await a_dispute(casework, reason="LATE", remedy="SHIPPING_REFUND")
    offer_id = await an_offer(casework, id, "RETURN_AND_REFUND")
    shown = (await casework.get(SELLER, f"/disputes/{id}")).json()
    assert shown["offers"][0]["cost_to_seller_minor"] == 12_990 + 835
    settled = await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/acceptance")
    assert (settled["stage"], settled["decision"]["clause"]) == ("SETTLED", "S-5.2")
    assert settled["decision"]["refund_minor"] == 12_990


async def test_a_refused_offer_lets_the_buyer_escalate_and_a_mediator_decide(casework: Desk) -> None:
    id = await a_dispute(casework)
    early = await casework.post(BUYER, f"/disputes/{id}/escalation")
    assert kind_of(early.json()) == "escalation_not_open"
    offer_id = await an_offer(casework, id, "PARTIAL_REFUND", 3_000)
    declined = await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/refusal")
    assert declined["may_escalate"]
    assert (await casework.done(BUYER, f"/disputes/{id}/escalation"))["stage"] == "MEDIATION"
    assert (await casework.post(BUYER, f"/disputes/{id}/decision", decision())).status_code == 403
    decided = await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision())
    assert (decided["stage"], decided["decision"]["refund_minor"]) == ("DECIDED", 12_990)


async def test_a_repeated_decision_is_made_once(casework: Desk) -> None:
    id = await a_mediated_dispute(casework, reason="UNSAFE")
    answers = [await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision(), key="k") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert (await casework.told()).count("disputes.dispute_decided") == 1


@pytest.mark.rule("S-10")
async def test_what_is_decided_above_what_is_left_is_refused_to_who_decides(casework: Desk) -> None:
    """Casework, section 4: two disputes about one line share what was paid for it."""
    unsafe = await a_mediated_dispute(casework, reason="UNSAFE")
    late = await a_dispute(casework, reason="LATE")
    offer_id = await an_offer(casework, late, "PARTIAL_REFUND", 9_000)
    part = decision("PRICE_REDUCTION", 9_000)
    assert (await casework.done(MEDIATOR, f"/disputes/{unsafe}/decision", part))["decision"]["refund_minor"] == 9_000
    accepted = await casework.post(BUYER, f"/disputes/{late}/offers/{offer_id}/acceptance")
    assert (accepted.status_code, kind_of(accepted.json())) == (409, "amount_above_left")
    assert accepted.json()["left_minor"] == 3_990
    whole = await an_offer(casework, late, "FULL_REFUND")
    settled = await casework.done(BUYER, f"/disputes/{late}/offers/{whole}/acceptance")
    assert settled["decision"]["refund_minor"] == 3_990
    nothing = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": "CHANGE_OF_MIND"})
    assert kind_of(nothing.json()) == "nothing_left"
    assert await a_dispute(casework, reason="CHANGE_OF_MIND", remedy="NONE")


@pytest.mark.rule("S-1")
async def test_an_agents_proposal_settles_when_buyer_and_seller_accept_it(casework: Desk) -> None:
    id = await a_dispute(casework)
    body = {"remedy": "PARTIAL_REFUND", "amount_minor": 3_000, **EUR}
    unreasoned = await casework.post(AGENT, f"/disputes/{id}/offers", body)
    assert kind_of(unreasoned.json()) == "remedy_out_of_order"
    made = await casework.done(AGENT, f"/disputes/{id}/offers", {**body, "reasons": ["second_failure"]})
    path = f"/disputes/{id}/offers/{made['offers'][0]['offer_id']}/acceptance"
    one = await casework.done(BUYER, path)
    assert (one["stage"], one["offers"][0]["accepted_by"]) == ("NEGOTIATION", ["buyer"])
    assert (await casework.done(SELLER, path))["stage"] == "SETTLED"
    told = await casework.told()
    assert told[-2:] == ["disputes.offer_accepted", "disputes.dispute_settled"]


@pytest.mark.rule("S-2")
async def test_staff_gives_goodwill_within_the_limit_of_the_role_for_the_case(casework: Desk) -> None:
    """Casework, section 13."""
    gift = {"amount_minor": 1_500, "reason": "long_wait", **EUR}
    given = await casework.done(AGENT, "/cases/cas_1/goodwill", gift)
    assert (given["amount_minor"], given["total_minor"]) == (1_500, 1_500)
    again = await casework.post(AGENT, "/cases/cas_1/goodwill", gift)
    assert (again.status_code, kind_of(again.json()), again.json()["limit_minor"]) == (409, "above_authority", 500)
    assert (await casework.done(MEDIATOR, "/cases/cas_1/goodwill", gift))["total_minor"] == 3_000
    for who, code in ((BUYER, 403), (SELLER, 403), ("buyer:buy_9", 404), ("agent:agt_1:ee", 404)):
        assert (await casework.post(who, "/cases/cas_1/goodwill", gift)).status_code == code
    other = await casework.post(MEDIATOR, "/cases/cas_1/goodwill", {**gift, "currency": "PLN"})
    assert kind_of(other.json()) == "currency_of_another_market"
    assert (await casework.told()).count("disputes.goodwill_given") == 2
    await casework.hears(CLOSED)
    assert (await casework.post(MEDIATOR, "/cases/cas_1/goodwill", {**gift, "amount_minor": 1})).status_code == 409


@pytest.mark.rule("S-10")
async def test_goodwill_is_refused_at_once_where_billing_pays_nothing(casework: Desk) -> None:
    """INVARIANT: no gift is told as given that billing can never pay: an order in another currency, or that nobody told of."""
    gift = {"amount_minor": 1_500, "reason": "long_wait", **EUR}
    other = {"order_id": "ord_9", "case_id": "cas_9"}
    order = {"order_id": "ord_9", "currency": "PLN"}
    unknown = opened("cas_8").model_copy(update={"order_id": "ord_8"})
    await casework.hears(PLACED.model_copy(update=order), opened("cas_9").model_copy(update=other), unknown)
    refused = await casework.post(AGENT, "/cases/cas_9/goodwill", gift)
    assert (refused.status_code, kind_of(refused.json())) == (409, "currency_of_another_market")
    for unheard in ("cas_8", "cas_never"):
        assert (await casework.post(AGENT, f"/cases/{unheard}/goodwill", gift)).status_code == 404
    assert "disputes.goodwill_given" not in await casework.told()


async def test_nothing_is_disputed_with_a_seller_who_is_not_a_party_any_more(casework: Desk) -> None:
    """INVARIANT: casework, section 2; would break if a contact with the platform drew its seller in."""
    moved = ticketing.CaseMoved(case_id="cas_1", to="platform", reason="wrong_door", moved_by="agent", moved_at=NOON)
    await casework.hears(received(moved, NOON, subject="cas_1", sequence=2))
    refused = await casework.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (refused.status_code, kind_of(refused.json())) == (409, "not_disputable")
    back = moved.model_copy(update={"to": "seller", "seller_id": "sel_2"})
    await casework.hears(received(back, NOON, subject="cas_1", sequence=3))
    await a_dispute(casework)


@pytest.mark.rule("S-2")
async def test_parties_neither_offer_goodwill_nor_decide_it_above_the_role(casework: Desk) -> None:
    id = await a_mediated_dispute(casework, reason="UNSAFE")
    above = await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision("GOODWILL", 5_001))
    assert kind_of(above.json()) == "above_authority"
    late = await a_dispute(casework, reason="LATE")
    for who in (BUYER, SELLER, AGENT):
        offer = {"remedy": "GOODWILL", "amount_minor": 100, **EUR}
        refused = await casework.post(who, f"/disputes/{late}/offers", offer)
        assert kind_of(refused.json()) == "goodwill_is_given_by_staff"


async def test_an_order_in_another_currency_than_its_markets_is_not_disputed(casework: Desk) -> None:
    other = {"order_id": "ord_9"}
    await casework.hears(
        PLACED.model_copy(update={**other, "currency": "PLN"}), opened("cas_9").model_copy(update=other)
    )
    for currency in ("PLN", "EUR"):
        refused = await casework.post(BUYER, "/cases/cas_9/disputes", {**CLAIM, "currency": currency})
        assert kind_of(refused.json()) == "currency_of_another_market"


async def test_a_decision_above_the_mediators_authority_is_a_supervisors(casework: Desk) -> None:
    """Casework, section 13: 500.00."""
    (line,) = PLACED.lines
    dear = PLACED.model_copy(update={"order_id": "ord_8", "lines": (line.model_copy(update={"price_minor": 49_511}),)})
    await casework.hears(dear, opened("cas_8").model_copy(update={"order_id": "ord_8"}))
    id = await a_mediated_dispute(casework, case_id="cas_8", reason="UNSAFE")
    above = await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision())
    assert (kind_of(above.json()), above.json()["limit_minor"]) == ("above_authority", 50_000)
    assert (await casework.done("supervisor:sup_1", f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


@pytest.mark.rule("S-4")
async def test_who_decided_a_dispute_does_not_decide_another_of_the_case(casework: Desk) -> None:
    unsafe, late = [await a_mediated_dispute(casework, reason=reason) for reason in ("UNSAFE", "LATE")]
    part = decision("PRICE_REDUCTION", 1_000)
    await casework.done(MEDIATOR, f"/disputes/{unsafe}/decision", part)
    refused = await casework.post(MEDIATOR, f"/disputes/{late}/decision", part)
    assert (refused.status_code, kind_of(refused.json())) == (409, "earlier_judge")
    assert (await casework.told()).count("disputes.dispute_decided") == 1
    assert (await casework.done("mediator:med_2", f"/disputes/{late}/decision", part))["stage"] == "DECIDED"


@pytest.mark.rule("S-4")
@pytest.mark.parametrize("role", ["mediator", "supervisor"])
async def test_who_proposed_a_settlement_decides_no_dispute_of_the_case(casework: Desk, role: str) -> None:
    late, unsafe = await a_dispute(casework, reason="LATE"), await a_mediated_dispute(casework, reason="UNSAFE")
    proposal = {"remedy": "PARTIAL_REFUND", "amount_minor": 3_000, "reasons": ["second_failure"], **EUR}
    await casework.done(f"{role}:stf_1", f"/disputes/{late}/offers", proposal)
    await casework.done(AGENT, f"/disputes/{late}/escalation")
    for id in (late, unsafe):
        refused = await casework.post(f"{role}:stf_1", f"/disputes/{id}/decision", decision())
        assert (refused.status_code, kind_of(refused.json())) == (409, "earlier_judge")
    assert (await casework.done(f"{role}:stf_2", f"/disputes/{late}/decision", decision()))["stage"] == "DECIDED"


@pytest.mark.rule("S-4")
async def test_who_decided_the_takeover_of_a_case_decides_no_dispute_of_it(casework: Desk) -> None:
    by_rule = activated()
    by_staff = by_rule.decision.model_copy(update={"decided_by": "mediator", "decider_id": "med_1"})
    await casework.hears(by_rule.model_copy(update={"decision": by_staff}))
    id = await a_dispute(casework, reason="LATE")
    refused = await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision())
    assert (refused.status_code, kind_of(refused.json())) == (409, "earlier_judge")
    assert (await casework.done("supervisor:sup_1", f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


@pytest.mark.rule("S-4")
async def test_who_judged_the_appeal_of_its_takeover_decides_no_dispute_of_a_case(casework: Desk) -> None:
    """INVARIANT: would break if only who took the contact over were known, and not who said that this stands."""
    await casework.hears(activated(), takeover_upheld("med_1"))
    id = await a_dispute(casework, reason="LATE")
    refused = await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision())
    assert (refused.status_code, kind_of(refused.json())) == (409, "earlier_judge")
    assert (await casework.done("supervisor:sup_1", f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


@pytest.mark.rule("S-4")
async def test_who_judged_in_a_case_still_decides_the_disputes_of_others(casework: Desk) -> None:
    (line,) = PLACED.lines
    other = {"order_id": "ord_8"}
    await casework.hears(PLACED.model_copy(update={**other, "lines": (line,)}))
    await casework.hears(opened("cas_8").model_copy(update=other))
    for case_id in ("cas_1", "cas_8"):
        id = await a_mediated_dispute(casework, case_id=case_id)
        assert (await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


async def test_amounts_of_offers_and_decisions_are_in_the_currency_of_the_order(casework: Desk) -> None:
    id = await a_dispute(casework)
    offer = await casework.post(SELLER, f"/disputes/{id}/offers", {"remedy": "FULL_REFUND", "currency": "PLN"})
    decided = await casework.post(MEDIATOR, f"/disputes/{id}/decision", {**decision(), "currency": "PLN"})
    assert [kind_of(a.json()) for a in (offer, decided)] == ["currency_of_another_market"] * 2


async def test_a_buyer_withdraws_and_a_seller_does_not(casework: Desk) -> None:
    id = await a_dispute(casework)
    assert (await casework.post(SELLER, f"/disputes/{id}/withdrawal")).status_code == 403
    assert (await casework.done(BUYER, f"/disputes/{id}/withdrawal"))["stage"] == "WITHDRAWN"


async def test_a_person_offers_so_often_and_not_more(casework: Desk) -> None:
    id = await a_dispute(casework)
    body = {"remedy": "PARTIAL_REFUND", "amount_minor": 1, **EUR}
    codes = [(await casework.post(SELLER, f"/disputes/{id}/offers", body)).status_code for _ in range(11)]
    assert codes == [201] * 10 + [429]


async def test_what_does_not_exist_is_not_found(casework: Desk) -> None:
    id = await a_dispute(casework)
    assert (await casework.get(BUYER, "/disputes/dsp_none")).status_code == 404
    assert (await casework.post(BUYER, f"/disputes/{id}/offers/ofr_none/acceptance")).status_code == 404
    assert (await casework.get(BUYER, "/cases/cas_none/disputes")).status_code == 404


DELIVERED = marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON)


@pytest.mark.parametrize(
    ("reason", "in_time", "too_late"),
    [("LATE", 60, 61), ("CHANGE_OF_MIND", 30, 31), ("WARRANTY", 12 * 31, 12 * 31 + 1), ("DAMAGED", 744, 745)],
)
async def test_a_line_is_disputed_within_the_window_of_the_reason(
    casework: Desk, reason: str, in_time: int, too_late: int
) -> None:
    """Casework, section 2: days from the promised date or from delivery, by the market's rows."""
    await casework.hears(DELIVERED)
    casework.clock.advance(days=too_late)
    late = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": reason})
    assert (late.status_code, kind_of(late.json())) == (409, "dispute_window_closed")
    assert late.json()["closed_at"] == (NOON + timedelta(days=in_time)).isoformat()
    unsafe = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": "UNSAFE"})
    assert unsafe.status_code == 201


async def test_nothing_is_late_before_its_promised_date(casework: Desk) -> None:
    line = PLACED.lines[0].model_copy(update={"line_id": "lin_5", "promised_by": NOON + timedelta(days=2)})
    await casework.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (line,)}))
    await casework.hears(opened("cas_5").model_copy(update={"order_id": "ord_5", "line_id": "lin_5"}))
    early = await casework.post(BUYER, "/cases/cas_5/disputes", {**CLAIM, "reason": "NOT_RECEIVED"})
    assert (early.status_code, kind_of(early.json())) == (409, "dispute_window_not_open")
    casework.clock.advance(days=2)
    assert await a_dispute(casework, "cas_5", reason="NOT_RECEIVED")


def parcel(state: str, sequence: int, number: str = "0530") -> Received:
    told = marketplace.ShipmentReported(
        order_id="ord_5", line_id="lin_5", carrier="dpd", tracking_number=number, state=state, reported_at=NOON
    )
    return received(told, NOON, sequence=sequence, subject="ord_5")


@pytest.mark.parametrize("reason", ["NOT_RECEIVED", "LATE"])
async def test_a_parcel_that_its_carrier_lost_is_disputed_before_its_promised_date(casework: Desk, reason: str) -> None:
    """Casework, section 2: the promised date has passed, or the carrier says lost. The seller still negotiates."""
    line = PLACED.lines[0].model_copy(update={"line_id": "lin_5", "promised_by": NOON + timedelta(days=2)})
    await casework.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (line,)}))
    await casework.hears(opened("cas_5").model_copy(update={"order_id": "ord_5", "line_id": "lin_5"}))
    claim = {**CLAIM, "reason": reason}
    for told in ([parcel("delayed", 2)], [parcel("lost", 3), parcel("in_transit", 4), parcel("lost", 3)]):
        await casework.hears(*told)
        early = await casework.post(BUYER, "/cases/cas_5/disputes", claim)
        assert (early.status_code, kind_of(early.json())) == (409, "dispute_window_not_open")
    await casework.hears(parcel("lost", 5, "0531"), parcel("delivered", 6))
    assert (await casework.done(BUYER, "/cases/cas_5/disputes", claim))["stage"] == "NEGOTIATION"


async def test_a_lost_parcel_waits_for_its_order_to_be_told(casework: Desk) -> None:
    with pytest.raises(NotYet):
        await casework.hears(parcel("lost", 1))


@pytest.mark.parametrize("reason", ["ORDER_STATUS", "PAYMENT", "SELLER_CONDUCT", "SUGGESTION", "SELLER_SALES"])
async def test_a_question_and_what_the_platform_answers_are_not_disputed(casework: Desk, reason: str) -> None:
    answer = await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": reason})
    assert (answer.status_code, kind_of(answer.json())) == (409, "not_disputable")


async def test_a_decided_dispute_is_opened_again_by_staff_for_a_new_fact(casework: Desk) -> None:
    """Casework, section 4; a party does not judge itself what is new."""
    id = await a_mediated_dispute(casework)
    await casework.done(MEDIATOR, f"/disputes/{id}/decision", {**decision("NONE"), "reasons": ["unfounded"]})
    again = await casework.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (again.status_code, kind_of(again.json())) == (409, "dispute_ended_before")
    assert (await casework.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "new_fact": "photo"})).status_code == 409
    by_staff = {**CLAIM, "new_fact": "expert_notice"}
    assert (await casework.post(AGENT, "/cases/cas_1/disputes", by_staff)).status_code == 201


async def test_a_seller_and_a_buyer_dispute_the_same_line_beside_each_other(casework: Desk) -> None:
    assert (await casework.post(SELLER, "/cases/cas_1/disputes", CLAIM)).status_code == 201
    assert await a_dispute(casework)
