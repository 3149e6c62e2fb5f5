"""Clauses as texts: everybody reads them in their language, and a decision shows the one that it names."""

import pytest
from disputes_desk import BUYER, MEDIATOR, SELLER, a_mediated_dispute, decision

from chassis.testing.desk import Desk
from ombud_contracts.market import load_markets
from ombud_contracts.texts import all_texts

MARKETS = load_markets()


@pytest.mark.parametrize("who", [BUYER, "seller:sel_9", "agent:agt_1:pt"])
async def test_everybody_reads_the_clauses_of_a_market_in_the_language_they_ask_for(casework: Desk, who: str) -> None:
    for language in ("lv", "ru", "pt", "es", "de", "en"):
        (shown,) = (await casework.get(who, f"/clauses?market=lv&language={language}")).json()["markets"]
        assert (shown["market"], shown["version"], shown["language"]) == ("lv", MARKETS["lv"].legal.version, language)
        assert {c["clause"]: c["text"] for c in shown["clauses"]} == all_texts()[language].clauses
    assert shown["remedies"] == list(MARKETS["lv"].legal.remedies)


async def test_without_a_market_or_language_each_market_shows_its_own(casework: Desk) -> None:
    shown = (await casework.get(BUYER, "/clauses")).json()["markets"]
    assert {m["market"]: m["language"] for m in shown} == {id: m.languages[0] for id, m in MARKETS.items()}
    assert (await casework.get(BUYER, "/clauses?market=lv&language=zh")).json()["markets"][0]["language"] == "en"
    assert (await casework.get(BUYER, "/clauses?market=xx")).status_code == 404
    assert (await casework.get(BUYER, "/clauses?language=lv-LV")).status_code == 422


async def test_a_decision_shows_its_clause_in_the_readers_language(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    previewed = await casework.done(MEDIATOR, f"/disputes/{id}/decision/preview?language=en", decision())
    assert previewed["clause_text"] == all_texts()["en"].clauses["S-5.1"]
    decided = await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision())
    assert decided["decision"]["clause_text"] == all_texts()["lv"].clauses["S-5.1"]
    for who, language in ((SELLER, "pt"), (BUYER, "ru"), (MEDIATOR, "de")):
        for path in (f"/disputes/{id}?language={language}", f"/cases/cas_1/disputes?language={language}"):
            shown = (await casework.get(who, path)).json()
            record = (shown["disputes"][0] if "disputes" in shown else shown)["decision"]
            assert record["clause_text"] == all_texts()[language].clauses["S-5.1"]


@pytest.mark.parametrize("changed", [{"clause_version": "2019.1"}, {"clause": "S-0.0"}])
async def test_a_decision_by_clauses_that_changed_since_shows_no_other_text(
    casework: Desk, changed: dict[str, str]
) -> None:
    """The words that are in force now are not the words that it was decided by."""
    id = await a_mediated_dispute(casework)
    await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision())
    record = {f"state.record.{name}": value for name, value in changed.items()}
    await casework.mongo.change("disputes", {"_id": id}, [{"$set": record}])
    assert (await casework.get(BUYER, f"/disputes/{id}")).json()["decision"]["clause_text"] is None
