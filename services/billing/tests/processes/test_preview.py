"""The preview of a decision's money: it shows what the decision would then do, and keeps nothing of it."""

from typing import Any

import pytest
from billing_desk import AGENT, MEDIATOR, OPENED, PARTIES, PLACED, SELLER, SUPERVISOR, WITH_PLATFORM

from chassis.testing import NOON
from chassis.testing.desk import Desk
from ombud_contracts.events import disputes, marketplace

PATH = "/cases/cas_5/charges/preview"
LINE = {"order_id": "ord_3", "line_id": "lin_4", "currency": "EUR"}
REFUND = {"line": "refund", "kind": "REFUND"}
LABEL = {"line": "return_label", "kind": "RETURN_LABEL"}
DECISIONS: dict[str, dict[str, Any]] = {
    "a whole refund": {"refund_minor": 12_990, "lines": [{**REFUND, "amount_minor": 12_990}]},
    "a refund with a return": {"refund_minor": 12_990, "lines": [{**REFUND, "amount_minor": 12_990}, LABEL]},
    "a part": {"refund_minor": 3_000, "lines": [{**REFUND, "amount_minor": 3_000}]},
    "more than is left": {"refund_minor": 12_991, "lines": [{**REFUND, "amount_minor": 12_991}]},
    "goodwill": {"refund_minor": 2_000, "goodwill": True},
    "a repair above the cap": {"lines": [{"line": "repair", "kind": "REPAIR", "amount_minor": 12_000}]},
    "a penalty without a row": {"lines": [{"line": "late", "kind": "PENALTY", "amount_minor": 500}]},
    "nothing": {},
}


def decided(id: str, body: dict[str, Any]) -> disputes.DisputeDecided:
    """The decision that was previewed, as disputes tells it."""
    lines = tuple(disputes.DecisionLine(**{"amount_minor": None, **line}) for line in body.get("lines", []))
    decision = disputes.Decision(
        decision_id=id,
        remedy="GOODWILL" if body.get("goodwill") else "PARTIAL_REFUND",
        clause="S-5.1",
        clause_version="2026.1",
        facts=("claim",),
        reasons=("second_failure",),
        effects=(),
        lines=lines,
        refund_minor=body.get("refund_minor", 0),
        currency="EUR",
        appeal_until=NOON,
    )
    return disputes.DisputeDecided(
        **PARTIES,
        dispute_id="dsp_1",
        case_id="cas_5",
        decision=decision,
        decided_by="mediator",
        mediator_id="med_7",
        decided_at=NOON,
    )


@pytest.fixture
async def opened(billed: Desk) -> Desk:
    await billed.hears(OPENED)
    return billed


async def money(desk: Desk) -> Any:
    return (await desk.get(MEDIATOR, "/cases/cas_5/money")).json()


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("before", [None, "a part", "a repair above the cap"])
async def test_a_preview_is_what_the_decision_then_does(opened: Desk, name: str, before: str | None) -> None:
    """INVARIANT: S-10; would break if the preview reckoned for itself, or kept what it reckons."""
    if before is not None:
        await opened.hears(decided("dec_0", DECISIONS[before]))
    known, told = await money(opened), await opened.told()
    shown = await opened.done(MEDIATOR, PATH, {**LINE, **DECISIONS[name]})
    assert (await money(opened), await opened.told()) == (known, told)
    await opened.hears(decided("dec_1", DECISIONS[name]))
    after = await money(opened)
    charged = {c["line"]: c for c in after["charges"] if c["decision_id"] == "dec_1"}
    refunds = [r for r in after["refunds"] if r["decision_id"] == "dec_1"]
    same = ("net_minor", "vat_minor", "gross_minor", "capped", "needs_approval", "awaits_refund")
    for charge in shown["charges"]:
        assert {f: charge[f] for f in same} == {f: charged.get(charge["line"], {}).get(f, 0) for f in same}
    assert shown["seller_pays_minor"] == sum(c["gross_minor"] for c in charged.values())
    assert shown["refund_minor"] == sum(r["amount_minor"] for r in refunds if r["status"] == "ORDERED")
    assert shown["held_back"] == next((r["reason"] for r in refunds), None)


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("name", ["a whole refund", "a refund with a return", "nothing"])
async def test_a_preview_of_an_amendment_is_what_it_then_does(opened: Desk, name: str) -> None:
    """INVARIANT: S-10; what would be given back, charged instead and still paid is shown before, by the code that does it."""
    await opened.hears(decided("dec_0", DECISIONS["a part"]))
    (refund,) = (await money(opened))["refunds"]
    paid = {"amount_minor": 3_000, "currency": "EUR", "paid_at": NOON}
    await opened.hears(marketplace.RefundPaid(refund_id=refund["refund_id"], **paid))
    known = await money(opened)
    shown = await opened.done(MEDIATOR, PATH, {**LINE, **DECISIONS[name], "instead_of": "dec_0"})
    assert await money(opened) == known
    anew = decided("dec_1", DECISIONS[name])
    amended = disputes.AppealDecided(
        **anew.model_dump(include={"dispute_id", "case_id", *PARTIES}),
        appeal_id="apl_1",
        decision_id="dec_0",
        outcome="AMENDED",
        reasons=("new_evidence",),
        decision=anew.decision,
        given_minor=3_000,
        decided_by="supervisor",
        reviewer_id="sup_1",
        decided_at=NOON,
    )
    await opened.hears(amended)
    after = await money(opened)
    charged = {c["line"]: c["gross_minor"] for c in after["charges"] if c["decision_id"] == "dec_1"}
    assert {c["line"]: c["gross_minor"] for c in shown["charges"] if c["gross_minor"]} == charged
    assert [c["charge_id"] for c in shown["credited"]] == [
        c["charge_id"] for c in after["charges"] if c["status"] == "REVERSED"
    ]
    assert (shown["credited_minor"], shown["given_minor"]) == (3_000, 3_000)
    ordered = [r["amount_minor"] for r in after["refunds"] if r["decision_id"] == "dec_1"]
    assert shown["refund_minor"] == sum(ordered)


async def test_an_amendment_is_of_a_decision_about_the_line_that_stands(opened: Desk) -> None:
    body = {**LINE, **DECISIONS["a part"]}
    for other in ("dec_9", "tko_1"):
        assert (await opened.post(MEDIATOR, PATH, {**body, "instead_of": other})).status_code == 404


async def test_a_refund_with_a_return_costs_the_label_with_its_tax_beside_the_refund(opened: Desk) -> None:
    shown = await opened.done(MEDIATOR, PATH, {**LINE, **DECISIONS["a refund with a return"]})
    refund, label = shown["charges"]
    assert (refund["gross_minor"], refund["vat_minor"], refund["awaits_refund"]) == (12_990, 0, True)
    assert (label["net_minor"], label["vat_minor"], label["gross_minor"]) == (690, 145, 835)
    assert (shown["seller_pays_minor"], shown["refund_minor"], shown["refundable_minor"]) == (13_825, 12_990, 0)


async def test_only_who_may_decide_there_previews_its_money(opened: Desk) -> None:
    body = {**LINE, **DECISIONS["a part"]}
    assert (await opened.post(SUPERVISOR, PATH, body)).status_code == 200
    for who, status in ((AGENT, 403), (SELLER, 403), ("buyer:buy_1", 403), ("seller:sel_9", 404), ("buyer:buy_9", 404)):
        assert (await opened.post(who, PATH, body)).status_code == status
    assert (await opened.post("mediator:med_7:pt", PATH, body)).status_code == 404
    for wrong in ({"order_id": "ord_9"}, {"line_id": "lin_9"}):
        assert (await opened.post(MEDIATOR, PATH, {**body, **wrong})).status_code == 404
    assert (await opened.post(MEDIATOR, "/cases/cas_9/charges/preview", body)).status_code == 404


async def test_a_line_of_another_seller_and_a_case_with_the_platform_have_no_preview(opened: Desk) -> None:
    other = {"order_id": "ord_8", "seller_id": "sel_8"}
    await opened.hears(PLACED.model_copy(update=other))
    body = {**LINE, **DECISIONS["a part"], "order_id": "ord_8"}
    assert (await opened.post(MEDIATOR, PATH, body)).status_code == 404
    await opened.hears(WITH_PLATFORM.model_copy(update={"case_id": "cas_6"}))
    with_platform = await opened.post(MEDIATOR, "/cases/cas_6/charges/preview", {**LINE, **DECISIONS["a part"]})
    assert with_platform.status_code == 404


async def test_amounts_are_in_the_currency_of_the_market(opened: Desk) -> None:
    answer = await opened.post(MEDIATOR, PATH, {**LINE, "currency": "PLN"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2].rpartition(":")[2]) == (
        409,
        "currency_of_another_market",
    )
