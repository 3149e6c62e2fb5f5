"""The routes of charges and statements: what each answers, to whom, and what it refuses at once."""

from typing import Any

import pytest
from billing_desk import AGENT, CLOSED, REOPENED, REVERSED, SELLER, SUPERVISOR, a_proposal, decided

from billing.app import SERVICE
from chassis.aggregate import Cause, Session
from chassis.testing import NOON, FixedClock
from chassis.testing.desk import Desk, a_desk

REPAIR = {"line": "repair", "kind": "REPAIR", "amount_minor": 4_000, "currency": "EUR"}


def kind_of(problem: dict[str, Any]) -> str:
    return str(problem.get("type", "")).rpartition(":")[2].rpartition("/")[2]


async def test_a_further_line_waits_for_a_supervisor_and_is_then_posted(billed: Desk) -> None:
    id = await a_proposal(billed)
    assert (await billed.get(SELLER, f"/charges/{id}")).json()["status"] == "PROPOSED"
    assert (await billed.post(AGENT, f"/charges/{id}/approval")).status_code == 403
    approved = await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    assert (approved["status"], approved["net_minor"], approved["vat_minor"]) == ("POSTED", 4_000, 840)


@pytest.mark.parametrize("who", ["seller:sel_9", "agent:agt_1:ee", "buyer:buy_1"])
async def test_who_has_no_part_in_it_does_not_learn_of_it(billed: Desk, who: str) -> None:
    id = await a_proposal(billed)
    assert (await billed.get(who, f"/charges/{id}")).status_code == 404
    assert (await billed.post(who, f"/charges/{id}/contest", {"ground": "x"})).status_code == 404
    assert (await billed.post(who, "/decisions/tko_1/charges", REPAIR)).status_code == 404


@pytest.mark.parametrize(
    ("body", "refusal"),
    [({"currency": "PLN"}, "currency_of_another_market"), ({"amount_minor": 12_991}, "amount_above_cap")],
)
async def test_a_proposal_against_the_rules_is_refused(billed: Desk, body: dict[str, object], refusal: str) -> None:
    answer = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, **body})
    assert (answer.status_code, kind_of(answer.json())) == (409, refusal)


async def test_a_repair_of_all_that_was_paid_is_capped_with_its_tax(billed: Desk) -> None:
    """Casework, section 8: the cap holds on gross sums."""
    made = await billed.done(AGENT, "/decisions/tko_1/charges", {**REPAIR, "amount_minor": 12_990})
    assert (made["gross_minor"], made["capped"]) == (12_989, True)


async def test_nothing_is_charged_for_a_closed_case(billed: Desk) -> None:
    id = await a_proposal(billed)
    await billed.hears(CLOSED)
    proposed = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, "line": "late"})
    approved = await billed.post(SUPERVISOR, f"/charges/{id}/approval")
    assert [kind_of(a.json()) for a in (proposed, approved)] == ["case_closed"] * 2
    await billed.hears(REOPENED)
    assert (await billed.post(SUPERVISOR, f"/charges/{id}/approval")).status_code == 200


@pytest.mark.rule("S-3")
async def test_nothing_is_charged_by_a_decision_that_was_taken_back(billed: Desk) -> None:
    """S-3."""
    proposed = await a_proposal(billed)
    await billed.hears(REVERSED)
    answer = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, "line": "late"})
    approved = await billed.post(SUPERVISOR, f"/charges/{proposed}/approval")
    assert [kind_of(a.json()) for a in (answer, approved)] == ["decision_taken_back"] * 2
    assert (await billed.get(SELLER, f"/charges/{proposed}")).json()["status"] == "WITHDRAWN"


@pytest.mark.parametrize(("verdict", "status"), [("uphold", "UPHELD"), ("reverse", "REVERSED")])
async def test_a_seller_contests_and_a_supervisor_reviews(billed: Desk, verdict: str, status: str) -> None:
    id = await a_proposal(billed)
    await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    early = await billed.post(SUPERVISOR, f"/charges/{id}/review", {"verdict": verdict, "reason": "seen"})
    assert kind_of(early.json()) == "charge_not_contested"
    await billed.done(SELLER, f"/charges/{id}/contest", {"ground": "not_my_fault"})
    reviewed = await billed.done(SUPERVISOR, f"/charges/{id}/review", {"verdict": verdict, "reason": "seen"})
    assert reviewed["status"] == status


async def test_the_money_of_a_case_and_the_month_of_a_seller_are_shown_to_those_they_concern(billed: Desk) -> None:
    await billed.hears(decided(3_000))
    money = (await billed.get(SELLER, "/cases/cas_1/money")).json()
    assert sorted(c["line"] for c in money["charges"]) == ["handling_fee", "refund"]
    assert [r["amount_minor"] for r in money["refunds"]] == [3_000]
    month = (await billed.get(SELLER, "/sellers/sel_2/statements/2026-09")).json()
    assert [(t["total_minor"], t["ledger_minor"]) for t in month["totals"]] == [(4_815, 4_815)]
    csv = await billed.get(AGENT, "/sellers/sel_2/statements/2026-09?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert (await billed.get("seller:sel_9", "/sellers/sel_2/statements/2026-09")).status_code == 404
    assert (await billed.get("seller:sel_9", "/cases/cas_1/money")).status_code == 404
    assert (await billed.get(AGENT, "/cases/cas_9/money")).status_code == 404


async def test_what_does_not_exist_is_not_found(billed: Desk) -> None:
    assert (await billed.get(AGENT, "/charges/chg_none")).status_code == 404
    assert (await billed.post(AGENT, "/decisions/dec_none/charges", REPAIR)).status_code == 404


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ({}, ""),
        ({"closed_cases": ("cas_1", {"closed": True})}, "case_closed"),
        ({"decisions_taken_back": ("dec_1", {"at": NOON})}, "decision_taken_back"),
    ],
)
async def test_what_was_kept_before_each_matter_had_a_version_is_understood(
    rows: dict[str, tuple[str, dict[str, Any]]], refusal: str
) -> None:
    decision = {
        "case_id": "cas_1",
        "market": "lv",
        "seller_id": "sel_2",
        "buyer_id": "buy_1",
        "order_id": "ord_3",
        "line_id": "lin_4",
        "appeal_until": NOON,
    }
    line = {"market": "lv", "seller_id": "sel_2", "buyer_id": "buy_1", "currency": "EUR", "paid_minor": 12_990}
    async with a_desk(SERVICE) as desk:
        session = Session(desk.mongo, FixedClock())
        unit = session.unit(Cause("test", "test"))
        unit.insert("decisions", "dec_1", decision)
        unit.insert("order_lines", "ord_3|lin_4", line)
        for collection, (id, row) in rows.items():
            unit.insert(collection, id, row)
        await session.commit()
        answer = await desk.post(AGENT, "/decisions/dec_1/charges", REPAIR)
        assert (answer.status_code, kind_of(answer.json())) == (409 if refusal else 201, refusal)
