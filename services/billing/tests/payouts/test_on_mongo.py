"""Payouts, holds and statements on real MongoDB: what screens show of them, and what happens while something arrives (S-9)."""

import io
from datetime import timedelta
from typing import Any

import pytest
from billing_desk import AGENT, PLACED, REVERSED, SELLER, SUPERVISOR, TAKEN_OVER, hears_while
from payout_events import ENDS, a_run, opened
from pypdf import PdfReader

from billing.payouts import taking
from billing.statements.labels import all_labels
from chassis.testing.desk import Desk
from ombud_contracts.events.marketplace import SellerRegistered
from ombud_contracts.events.payouts import PayoutAdvanced

MONTH = "/sellers/sel_2/statements/2026-09"


async def the_fee(desk: Desk) -> dict[str, Any]:
    (fee,) = (await desk.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    return dict(fee)


async def statement(desk: Desk) -> dict[str, Any]:
    return dict((await desk.get(SELLER, MONTH)).json())


@pytest.mark.rule("R-10")
async def test_a_statement_shows_what_a_payout_took_and_what_the_next_paid_back(billed: Desk) -> None:
    await billed.hears(a_run(1, billed.clock()))
    fee = await the_fee(billed)
    assert fee["status"] == "SETTLED"
    taken = await statement(billed)
    (line,), (settled,), (balance,) = taken["lines"], taken["settlements"], taken["balances"]
    assert (line["settled_by"], line["clause"], line["clause_version"]) == ("run_1", "S-4.1", "2026.1")
    assert (settled["amount_minor"], settled["run_id"], settled["repayment"]) == (-1_815, "run_1", False)
    assert [balance[f"{name}_minor"] for name in ("charged", "settled", "closing")] == [1_815, -1_815, 0]
    assert [(t["total_minor"], t["ledger_minor"]) for t in taken["totals"]] == [(0, 0)]

    await billed.done(SELLER, f"/charges/{fee['charge_id']}/contest", {"ground": "not_mine"})
    await billed.done(SUPERVISOR, f"/charges/{fee['charge_id']}/review", {"verdict": "reverse", "reason": "right"})
    owed = await statement(billed)
    assert [t["total_minor"] for t in owed["totals"]] == [-1_815] == [b["closing_minor"] for b in owed["balances"]]
    billed.clock.advance(days=1)
    await billed.hears(a_run(2, billed.clock()))
    whole = await statement(billed)
    assert [s["amount_minor"] for s in whole["settlements"]] == [-1_815, 1_815]
    assert [b["closing_minor"] for b in whole["balances"]] == [0]
    rows = (await billed.get(AGENT, f"{MONTH}?format=csv")).text.splitlines()
    assert len(rows) == 1 + 2 + 2 + 2 + 1


async def test_a_payout_and_a_contest_at_the_same_time_decide_one_after_the_other(billed: Desk) -> None:
    """INVARIANT: S-9; would break if a payout took a charge that was contested between its look and its commit."""
    fee = await the_fee(billed)
    path = f"/charges/{fee['charge_id']}/contest"
    await hears_while(billed, a_run(1, billed.clock()), lambda: billed.done(SELLER, path, {"ground": "not_mine"}))
    assert (await the_fee(billed))["status"] == "CONTESTED"
    assert (await statement(billed))["settlements"] == []


async def test_a_run_that_arrives_twice_at_once_takes_once(billed: Desk) -> None:
    run = a_run(1, billed.clock())
    await hears_while(billed, run, lambda: billed.hears(run))
    assert len((await statement(billed))["settlements"]) == 1


async def test_a_payout_and_a_reversal_at_the_same_time_leave_nothing_owed(billed: Desk) -> None:
    await hears_while(billed, a_run(1, billed.clock()), lambda: billed.hears(REVERSED))
    await billed.hears(a_run(2, billed.clock() + timedelta(days=1)))
    assert [b["closing_minor"] for b in (await statement(billed))["balances"]] == [0]


async def test_two_disputes_that_open_at_once_hold_the_line_once(billed: Desk) -> None:
    """INVARIANT: S-9; would break if what others hold of a line were read and not compared at commit."""
    await hears_while(billed, opened(), lambda: billed.hears(opened("dsp_2", family="DELIVERY")))
    holds = (await billed.get(AGENT, "/cases/cas_1/money")).json()["holds"]
    assert [(hold["dispute_id"], hold["amount_minor"]) for hold in holds] == [("dsp_2", 12_990)]


async def test_the_money_of_a_case_shows_its_hold_and_why_it_ended(billed: Desk) -> None:
    await billed.hears(opened())
    for end, status in ((None, "PLACED"), ("withdrawn", "RELEASED")):
        if end is not None:
            await billed.hears(ENDS[end])
        for who in (SELLER, AGENT):
            (hold,) = (await billed.get(who, "/cases/cas_1/money")).json()["holds"]
            assert (hold["status"], hold["amount_minor"], hold["cause"]) == (status, 12_990, end)
    assert (await billed.get("buyer:buy_1", "/cases/cas_1/money")).status_code == 404


async def test_each_page_of_a_long_run_finds_what_is_left(billed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PAGE", 2)
    for number in range(2, 6):
        await billed.hears(TAKEN_OVER.model_copy(update={"takeover_id": f"tko_{number}", "case_id": f"cas_{number}"}))
    await billed.hears(a_run(1, billed.clock()))
    payout = taking.payout_id_of("run_1", "sel_2", "lv", "EUR")
    for expected in (2, 4, 5, 5):
        assert len((await statement(billed))["settlements"]) == expected
        await billed.hears(advanced(payout, billed))


def advanced(payout_id: str, desk: Desk) -> PayoutAdvanced:
    return PayoutAdvanced(
        payout_id=payout_id,
        run_id="run_1",
        seller_id="sel_2",
        market="lv",
        currency="EUR",
        run_at=desk.clock(),
        taken_minor=0,
        repaid_minor=0,
        charges=0,
        more=True,
        advanced_at=desk.clock(),
    )


@pytest.mark.parametrize(
    ("asked", "registered", "language"),
    [("", ("ru", "lv"), "ru"), ("", (), "lv"), ("&language=de", ("ru",), "de"), ("&language=zz", ("ru",), "ru")],
)
async def test_a_pdf_is_in_the_sellers_language(
    billed: Desk, asked: str, registered: tuple[str, ...], language: str
) -> None:
    if registered:
        told = SellerRegistered(seller_id="sel_2", market="lv", languages=registered, terms_version="1")
        await billed.hears(told, PLACED)
    answer = await billed.get(SELLER, f"{MONTH}?format=pdf{asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-2026-09.pdf"'
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert all_labels()[language].title in text
    for who in ("seller:sel_9", "buyer:buy_1"):
        assert (await billed.get(who, f"{MONTH}?format=pdf")).status_code in (403, 404)
