"""The preview of a decision: what it would mean or why it is refused, as the decision itself says; nothing is kept."""

from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, EUR, MEDIATOR, SELLER, a_dispute, a_mediated_dispute, an_offer, decision

from chassis.store import Document
from chassis.testing.desk import Desk

SUPERVISOR = "supervisor:sup_1"


async def kept(desk: Desk) -> list[list[Document]]:
    collections = ("disputes", "bought_lines", "known_cases", "goodwill", "goodwill_gifts", "slots", "outbox")
    return [await desk.mongo.find(name, {}, sort=[("_id", 1)], limit=100) for name in collections]


def refusal_of(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name not in ("traceId", "instance")}


@pytest.mark.rule("S-10")
@pytest.mark.parametrize(
    ("remedy", "amount_minor"),
    [
        ("FULL_REFUND", 0),
        ("RETURN_AND_REFUND", 0),
        ("PARTIAL_REFUND", 3_000),
        ("GOODWILL", 2_000),
        ("REPAIR", 0),
        ("NONE", 0),
    ],
)
async def test_a_preview_is_what_the_decision_then_says(casework: Desk, remedy: str, amount_minor: int) -> None:
    """INVARIANT: S-10; would break if the preview reckoned for itself, or kept what it reckons."""
    id = await a_mediated_dispute(casework)
    body, before = decision(remedy, amount_minor), await kept(casework)
    shown = await casework.done(MEDIATOR, f"/disputes/{id}/decision/preview", body)
    assert await kept(casework) == before
    decided = (await casework.done(MEDIATOR, f"/disputes/{id}/decision", body))["decision"]
    for name in ("remedy", "clause", "clause_version", "refund_minor", "currency", "effects", "appeal_until"):
        assert shown[name] == decided[name]


async def test_a_preview_says_what_is_charged_what_is_left_and_what_the_role_may(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    shown = await casework.done(MEDIATOR, f"/disputes/{id}/decision/preview", decision("RETURN_AND_REFUND"))
    assert [(n["line"], n["kind"], n["amount_minor"]) for n in shown["lines"]] == [
        ("refund", "REFUND", 12_990),
        ("return_label", "RETURN_LABEL", None),
    ]
    assert (shown["paid_minor"], shown["left_before_minor"], shown["left_after_minor"]) == (12_990, 12_990, 12_990)
    assert (shown["moves_minor"], shown["decides_up_to_minor"], shown["gives_up_to_minor"]) == (13_825, 50_000, 5_000)
    any_amount = await casework.done(SUPERVISOR, f"/disputes/{id}/decision/preview", decision())
    assert any_amount["decides_up_to_minor"] is None
    goodwill = await casework.done(MEDIATOR, f"/disputes/{id}/decision/preview", decision("GOODWILL", 2_000))
    assert (goodwill["lines"], goodwill["left_after_minor"]) == ([], 12_990)


REFUSED: dict[str, tuple[str, dict[str, object]]] = {
    "unknown_clause": (MEDIATOR, {"clause": "S-9.9"}),
    "unknown_fact": (MEDIATOR, {"facts": ["evd_9"]}),
    "remedy_out_of_order": (MEDIATOR, {"reasons": ["because"]}),
    "amount_above_paid": (MEDIATOR, decision("PARTIAL_REFUND", 12_991)),
    "amount_missing": (MEDIATOR, decision("PARTIAL_REFUND")),
    "above_authority": (MEDIATOR, decision("GOODWILL", 5_001)),
    "currency_of_another_market": (MEDIATOR, {"currency": "PLN"}),
    "earlier_judge": ("mediator:med_2", {}),
}


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("refusal", REFUSED)
async def test_a_preview_is_refused_as_the_decision_is(casework: Desk, refusal: str) -> None:
    id = await a_dispute(casework)
    if refusal == "earlier_judge":
        proposal = {"remedy": "PARTIAL_REFUND", "amount_minor": 100, "reasons": ["second_failure"], **EUR}
        await casework.done("mediator:med_2", f"/disputes/{id}/offers", proposal)
    await casework.done(AGENT, f"/disputes/{id}/escalation")
    who, changed = REFUSED[refusal]
    body = {**decision(), **changed}
    previewed = await casework.post(who, f"/disputes/{id}/decision/preview", body)
    decided = await casework.post(who, f"/disputes/{id}/decision", body)
    assert (previewed.status_code, decided.status_code) == (409, 409)
    assert refusal_of(previewed) == refusal_of(decided)
    assert refusal in previewed.json()["type"].replace("-", "_")


async def test_nothing_is_left_for_a_second_decision_and_its_preview_says_so(casework: Desk) -> None:
    first = await a_dispute(casework)
    offer = await an_offer(casework, first, "FULL_REFUND")
    await casework.done(BUYER, f"/disputes/{first}/offers/{offer}/acceptance")
    # The claim of the second names no amount, so that it can be opened while nothing is left.
    second = await a_mediated_dispute(casework, reason="LATE", remedy="REPLACEMENT")
    previewed = await casework.post(MEDIATOR, f"/disputes/{second}/decision/preview", decision())
    assert (previewed.status_code, "nothing_left" in previewed.json()["type"].replace("-", "_")) == (409, True)


async def test_a_preview_belongs_to_mediation_and_to_who_may_decide(casework: Desk) -> None:
    id = await a_dispute(casework)
    path = f"/disputes/{id}/decision/preview"
    assert (await casework.post(MEDIATOR, path, decision())).status_code == 409
    await casework.done(AGENT, f"/disputes/{id}/escalation")
    for who, status in ((AGENT, 403), (BUYER, 403), (SELLER, 403), ("buyer:buy_9", 404), ("mediator:med_1:pt", 404)):
        assert (await casework.post(who, path, decision())).status_code == status
    assert (await casework.post(MEDIATOR, "/disputes/dsp_none/decision/preview", decision())).status_code == 404
