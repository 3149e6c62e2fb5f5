"""Tariffs as texts: everybody reads what a seller is charged, with its tax, in their language."""

from pathlib import Path

import pytest
from billing_desk import AGENT, SELLER

from billing.app import SERVICE
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.market import load_markets
from ombud_contracts.texts import all_texts

MARKETS = load_markets()
LV = next(iter(Path(__file__).parents[4].glob("contracts/src/ombud_contracts/markets/lv.toml")))


@pytest.mark.parametrize("who", ["buyer:buy_1", SELLER, AGENT])
async def test_everybody_reads_what_is_charged_in_the_language_they_ask_for(billed: Desk, who: str) -> None:
    for language in ("lv", "ru", "pt", "es", "de", "en"):
        (shown,) = (await billed.get(who, f"/tariffs?market=lv&language={language}")).json()["markets"]
        assert (shown["version"], shown["currency"], shown["language"]) == ("2026.1", "EUR", language)
        rows = {row["kind"]: row for row in shown["rows"]}
        assert {kind: row["text"] for kind, row in rows.items()} == {
            kind: all_texts()[language].charges[kind] for kind in rows
        }
    fee = rows["HANDLING_FEE"]
    assert (fee["net_minor"], fee["vat_minor"], fee["gross_minor"], fee["vat_basis_points"]) == (
        1_500,
        315,
        1_815,
        2_100,
    )
    assert (rows["REFUND"]["net_minor"], rows["REFUND"]["vat_basis_points"]) == (None, 0)
    assert (rows["REPAIR"]["net_minor"], rows["REPAIR"]["vat_basis_points"]) == (None, 2_100)
    assert not {"GOODWILL", "PENALTY"} & rows.keys()
    assert shown["contest_days"] == 90


async def test_what_is_shown_is_what_is_charged(billed: Desk) -> None:
    (charge,) = (await billed.get(SELLER, "/charges")).json()["charges"]
    (shown,) = (await billed.get(SELLER, "/tariffs?market=lv")).json()["markets"]
    row = next(r for r in shown["rows"] if r["kind"] == charge["kind"])
    assert [row[f] for f in ("net_minor", "vat_minor", "gross_minor")] == [
        charge[f] for f in ("net_minor", "vat_minor", "gross_minor")
    ]
    assert shown["version"] == charge["tariff_version"]


async def test_without_a_market_or_language_each_market_shows_its_own(billed: Desk) -> None:
    shown = (await billed.get(SELLER, "/tariffs")).json()["markets"]
    assert {m["market"]: m["language"] for m in shown} == {id: m.languages[0] for id, m in MARKETS.items()}
    assert (await billed.get(SELLER, "/tariffs?market=xx")).status_code == 404


async def test_each_penalty_of_a_market_has_a_row(tmp_path: Path) -> None:
    here = LV.read_text().replace('id = "lv"', 'id = "ee"', 1)
    penalties = "[tariff.penalties_minor]\nfalse_statement = 3000\n\n"
    (tmp_path / "ee.toml").write_text(here.replace("[authority]", f"{penalties}[authority]", 1))
    async with a_desk(SERVICE, {"markets": tmp_path}) as desk:
        (shown,) = (await desk.get(SELLER, "/tariffs?market=ee&language=en")).json()["markets"]
    (penalty,) = [r for r in shown["rows"] if r["kind"] == "PENALTY"]
    assert (penalty["line"], penalty["net_minor"], penalty["gross_minor"]) == ("false_statement", 3_000, 3_630)
