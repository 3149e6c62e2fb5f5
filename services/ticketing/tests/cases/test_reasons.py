"""Reasons as texts: whoever opens a case chooses among them in their language."""

from collections.abc import AsyncIterator

import pytest
from bought_phone import AGENT, BUYER, SELLER

from chassis.testing.desk import Desk, a_desk
from ombud_contracts.market import load_markets
from ombud_contracts.texts import all_texts
from ticketing.app import SERVICE

MARKETS = load_markets()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


@pytest.mark.rule("R-26")
@pytest.mark.parametrize("who", [BUYER, SELLER, AGENT])
async def test_everybody_reads_the_reasons_of_a_market_in_the_language_they_ask_for(desk: Desk, who: str) -> None:
    for language in ("lv", "ru", "pt", "es", "de", "en"):
        (shown,) = (await desk.get(who, f"/reasons?market=lv&language={language}")).json()["markets"]
        assert (shown["market"], shown["language"]) == ("lv", language)
        assert {r["reason"]: r["text"] for r in shown["reasons"]} == all_texts()[language].reasons
    rows = {r["reason"]: r for r in shown["reasons"]}
    late, payment = rows["LATE"], rows["PAYMENT"]
    assert (late["tree"], late["counterpart"], late["required_evidence"]) == (["shipping"], "seller", ["tracking"])
    assert late["remedies"][0] == "SHIPPING_REFUND"
    assert (payment["counterpart"], payment["remedies"]) == ("platform", [])


async def test_without_a_market_or_language_each_market_shows_its_own(desk: Desk) -> None:
    shown = (await desk.get(BUYER, "/reasons")).json()["markets"]
    assert {m["market"]: m["language"] for m in shown} == {id: m.languages[0] for id, m in MARKETS.items()}
    assert (await desk.get(BUYER, "/reasons?market=xx")).status_code == 404
    assert (await desk.get(BUYER, "/reasons?market=pt&language=zh")).json()["markets"][0]["language"] == "en"
