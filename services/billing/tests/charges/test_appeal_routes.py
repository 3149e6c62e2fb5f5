"""Routes of the appeal of a charge: who may do what, what is refused and how it is named, and a preview that shows what a decision
then does."""

from typing import Any

import pytest
from billing_desk import AGENT, ANOTHER_SUPERVISOR, MEDIATOR, SELLER, SUPERVISOR

from chassis.testing.desk import Desk

GROUNDS = {"grounds": ["facts_wrong"]}
DECISIONS: dict[str, dict[str, Any]] = {
    "UPHELD": {"outcome": "UPHELD", "reasons": ["facts_hold"]},
    "INADMISSIBLE": {"outcome": "INADMISSIBLE", "reasons": ["says_nothing"]},
    "REVERSED": {"outcome": "REVERSED", "reasons": ["new_evidence"]},
    "AMENDED": {"outcome": "AMENDED", "reasons": ["too_much"], "amount_minor": 1_000, "currency": "EUR"},
}


def kind_of(problem: dict[str, Any]) -> str:
    return str(problem["type"]).rpartition("/")[2].rpartition(":")[2]


async def an_upheld_charge(billed: Desk) -> str:
    (charge,) = (await billed.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    path = f"/charges/{charge['charge_id']}"
    await billed.done(SELLER, f"{path}/contest", {"ground": "not_my_fault"})
    upheld = await billed.done(MEDIATOR, f"{path}/review", {"verdict": "uphold", "reason": "seen"})
    assert upheld["verdict_appeal_until"] is not None
    return path


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("outcome", DECISIONS)
async def test_a_preview_is_what_the_decision_of_the_appeal_then_does(billed: Desk, outcome: str) -> None:
    """INVARIANT: S-10; would break if the preview reckoned for itself, or kept what it reckons."""
    path = await an_upheld_charge(billed)
    appealed = await billed.done(SELLER, f"{path}/appeals", GROUNDS)
    assert (appealed["status"], len(appealed["appeals"])) == ("APPEALED", 1)
    waiting = (await billed.get(SUPERVISOR, "/charges?market=lv&appealed=true")).json()["charges"]
    assert [charge["charge_id"] for charge in waiting] == [appealed["charge_id"]]
    told = await billed.told()
    shown = await billed.done(SUPERVISOR, f"{path}/appeals/preview", DECISIONS[outcome])
    assert await billed.told() == told
    decided = await billed.done(SUPERVISOR, f"{path}/appeals/decision", DECISIONS[outcome])
    assert decided == shown["charge"]
    assert decided["appeals"][0]["outcome"] == outcome
    charges = {c["charge_id"]: c for c in (await billed.get(SELLER, "/cases/cas_1/money")).json()["charges"]}
    assert charges.get(decided["replaced_by"]) == shown["instead"]
    assert (shown["credited_minor"], shown["charged_minor"]) == {
        "REVERSED": (1_815, 0),
        "AMENDED": (1_815, 1_210),
    }.get(outcome, (0, 0))


@pytest.mark.rule("S-4")
async def test_who_may_appeal_and_who_may_judge(billed: Desk) -> None:
    path = await an_upheld_charge(billed)
    early = await billed.post(SUPERVISOR, f"{path}/appeals/decision", DECISIONS["REVERSED"])
    assert (early.status_code, kind_of(early.json())) == (409, "nothing_appealed")
    for who, status in ((AGENT, 403), (SUPERVISOR, 403), ("seller:sel_9", 404), ("buyer:buy_1", 404)):
        assert (await billed.post(who, f"{path}/appeals", GROUNDS)).status_code == status
    await billed.done(SELLER, f"{path}/appeals", GROUNDS)
    for who, status in ((AGENT, 403), (MEDIATOR, 403), (SELLER, 403), ("supervisor:sup_1:pt", 404)):
        for route in ("decision", "preview"):
            assert (await billed.post(who, f"{path}/appeals/{route}", DECISIONS["REVERSED"])).status_code == status
    own = await billed.post("supervisor:med_7", f"{path}/appeals/decision", DECISIONS["REVERSED"])
    assert (own.status_code, kind_of(own.json())) == (409, "own_review")


async def test_what_is_refused_leaves_the_appeal_waiting(billed: Desk) -> None:
    path = await an_upheld_charge(billed)
    await billed.done(SELLER, f"{path}/appeals", GROUNDS)
    dearer = {**DECISIONS["AMENDED"], "amount_minor": 1_500}
    elsewhere = {**DECISIONS["AMENDED"], "currency": "PLN"}
    for body, kind in ((dearer, "amendment_not_lower"), (elsewhere, "currency_of_another_market")):
        refused = await billed.post(SUPERVISOR, f"{path}/appeals/decision", body)
        assert (refused.status_code, kind_of(refused.json())) == (409, kind)
    for body in ({"outcome": "AMENDED", "reasons": ["x"]}, {"outcome": "LOST", "reasons": ["x"]}, GROUNDS):
        assert (await billed.post(SUPERVISOR, f"{path}/appeals/decision", body)).status_code == 422
    await billed.done(SUPERVISOR, f"{path}/appeals/decision", DECISIONS["UPHELD"])
    again = await billed.post(SELLER, f"{path}/appeals", GROUNDS)
    assert (again.status_code, kind_of(again.json())) == (409, "appealed_before")
    twice = await billed.post(ANOTHER_SUPERVISOR, f"{path}/appeals/decision", DECISIONS["REVERSED"])
    assert (twice.status_code, kind_of(twice.json())) == (409, "nothing_appealed")
