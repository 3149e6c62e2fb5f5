"""Appeals of decisions: who may, until when, who judges them, and what each outcome means (casework, section 6; S-3, S-4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, EUR, MEDIATOR, SELLER, a_dispute, a_mediated_dispute, an_offer, decision

from chassis.testing import NOON
from chassis.testing.desk import Desk, Json
from ombud_contracts.events import billing

SUPERVISOR, ANOTHER = "supervisor:sup_1", "supervisor:sup_2"
WRONG = {"grounds": ["facts_wrong"]}
pytestmark = pytest.mark.rule("S-11")


def kind_of(problem: dict[str, str]) -> str:
    return problem["type"].rpartition(":")[2].rpartition("/")[2]


def outcome(word: str, **more: object) -> dict[str, object]:
    return {"outcome": word, "reasons": ["new_evidence"], **more}


async def a_decision(desk: Desk, remedy: str = "PARTIAL_REFUND", amount_minor: int = 2_000) -> str:
    id = await a_mediated_dispute(desk)
    await desk.done(MEDIATOR, f"/disputes/{id}/decision", decision(remedy, amount_minor))
    return id


async def paid(desk: Desk, id: str, amount_minor: int = 2_000) -> None:
    shown = (await desk.get(BUYER, f"/disputes/{id}")).json()
    completed = billing.RefundCompleted(
        refund_id="rfd_1",
        case_id="cas_1",
        decision_id=shown["decision"]["decision_id"],
        amount_minor=amount_minor,
        currency="EUR",
        completed_at=NOON,
    )
    await desk.hears(completed)


async def appeal(desk: Desk, id: str, who: str = SELLER) -> Json:
    return await desk.done(who, f"/disputes/{id}/appeals", WRONG)


async def judge(desk: Desk, id: str, body: dict[str, object], who: str = SUPERVISOR) -> Json:
    return await desk.done(who, f"/disputes/{id}/appeals/decision", body)


async def refused(desk: Desk, who: str, path: str, body: dict[str, object], status: int = 409) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == status, answer.text
    assert await desk.told() == before
    return kind_of(answer.json())


@pytest.mark.parametrize("who", [BUYER, SELLER])
async def test_either_side_appeals_a_decision_and_both_see_it(casework: Desk, who: str) -> None:
    id = await a_decision(casework)
    shown = await appeal(casework, id, who)
    assert shown["appeals"] == [
        {
            "by": who.partition(":")[0],
            "grounds": ["facts_wrong"],
            "appealed_at": "2026-09-15T12:00:00Z",
            "outcome": None,
            "reasons": [],
            "decided_at": None,
        }
    ]
    for other in (BUYER, SELLER, AGENT):
        assert (await casework.get(other, f"/disputes/{id}")).json()["appeals"] == shown["appeals"]
    (told,) = await casework.events_of("disputes.decision_appealed")
    assert (told["by"], told["decision_id"]) == (who.partition(":")[0], shown["decision"]["decision_id"])


async def test_who_decides_has_no_appeal_and_strangers_see_none(casework: Desk) -> None:
    id = await a_decision(casework)
    path = f"/disputes/{id}/appeals"
    for who, status in ((AGENT, 403), (MEDIATOR, 403), ("buyer:buy_9", 404), ("seller:sel_9", 404)):
        assert (await casework.post(who, path, WRONG)).status_code == status
    await appeal(casework, id)
    for who, status in ((BUYER, 403), (AGENT, 403), (MEDIATOR, 403), ("supervisor:sup_1:ee", 404)):
        assert (await casework.post(who, f"{path}/decision", outcome("UPHELD"))).status_code == status


async def test_nothing_is_appealed_before_a_decision_nor_what_both_sides_agreed_to(casework: Desk) -> None:
    id = await a_dispute(casework)
    assert await refused(casework, BUYER, f"/disputes/{id}/appeals", WRONG) == "nothing_to_appeal"
    assert (
        await refused(casework, SUPERVISOR, f"/disputes/{id}/appeals/decision", outcome("UPHELD")) == "nothing_appealed"
    )
    offer_id = await an_offer(casework, id, "PARTIAL_REFUND", 3_000)
    settled = await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/acceptance")
    assert settled["decision"]["appeal_until"] is None
    assert await refused(casework, SELLER, f"/disputes/{id}/appeals", WRONG) == "nothing_to_appeal"


async def test_a_side_appeals_once_and_in_its_time(casework: Desk) -> None:
    id = await a_decision(casework)
    path = f"/disputes/{id}/appeals"
    casework.clock.at = NOON + timedelta(days=30)
    first, again = [await appeal(casework, id) for _ in range(2)]
    assert first["appeals"] == again["appeals"]
    await judge(casework, id, outcome("UPHELD"))
    assert await refused(casework, SELLER, path, WRONG) == "appealed_before"
    casework.clock.at = NOON + timedelta(days=60)
    assert await refused(casework, SELLER, path, WRONG) == "appealed_before"
    assert (await casework.told()).count("disputes.decision_appealed") == 1


async def test_a_decision_is_appealed_until_the_instant_that_it_names(casework: Desk) -> None:
    id = await a_decision(casework)
    casework.clock.at = NOON + timedelta(days=30, seconds=1)
    assert await refused(casework, BUYER, f"/disputes/{id}/appeals", WRONG) == "appeal_too_late"
    assert await until(casework, id, BUYER) == "2026-10-15T12:00:00Z"
    casework.clock.at = NOON + timedelta(days=30)
    await appeal(casework, id, BUYER)


async def until(desk: Desk, id: str, who: str) -> str | None:
    """Until when a reader is shown that the decision can be appealed."""
    shown: str | None = (await desk.get(who, f"/disputes/{id}")).json()["decision"]["appeal_until"]
    return shown


@pytest.mark.parametrize(("who", "other"), [(BUYER, SELLER), (SELLER, BUYER)])
@pytest.mark.parametrize(
    ("filed", "decided", "left"), [(5, 15, "2026-10-25T12:00:00Z"), (29, 40, "2026-11-01T12:00:00Z")]
)
async def test_while_the_appeal_of_the_other_side_waits_no_time_passes(
    casework: Desk, who: str, other: str, filed: int, decided: int, left: str
) -> None:
    """INVARIANT: would break if a side that appeals when it is told to were too late, or were shown another end."""
    id = await a_decision(casework)
    path = f"/disputes/{id}/appeals"
    for reader in (BUYER, SELLER, AGENT):
        assert await until(casework, id, reader) == "2026-10-15T12:00:00Z"
    casework.clock.at = NOON + timedelta(days=filed)
    await appeal(casework, id, other)
    for days in (filed, decided):
        casework.clock.at = NOON + timedelta(days=days)
        assert await refused(casework, who, path, WRONG) == "appeal_waits"
    assert [await until(casework, id, reader) for reader in (BUYER, SELLER, AGENT)] == [None] * 3
    await judge(casework, id, outcome("UPHELD"))
    assert [await until(casework, id, reader) for reader in (who, other, AGENT)] == [left, None, left]
    (told,) = await casework.events_of("disputes.appeal_decided")
    assert (told["appeal_by"], told["appeal_until"]) == (who.partition(":")[0], left)
    casework.clock.at = datetime.fromisoformat(left) + timedelta(milliseconds=1)
    late = await casework.post(who, path, WRONG)
    assert (kind_of(late.json()), datetime.fromisoformat(late.json()["appeal_until"])) == (
        "appeal_too_late",
        datetime.fromisoformat(left),
    )
    casework.clock.at = datetime.fromisoformat(left)
    await appeal(casework, id, who)
    await judge(casework, id, outcome("INADMISSIBLE"), ANOTHER)
    assert [await until(casework, id, reader) for reader in (who, other, AGENT)] == [None] * 3
    (_, last) = await casework.events_of("disputes.appeal_decided")
    assert (last.get("appeal_by"), last.get("appeal_until")) == (None, None)


@pytest.mark.rule("S-4")
async def test_whoever_judged_in_the_case_does_not_judge_the_appeal_and_who_judged_it_judges_no_more(
    casework: Desk,
) -> None:
    id = await a_mediated_dispute(casework)
    await casework.done(SUPERVISOR, f"/disputes/{id}/decision", decision("PARTIAL_REFUND", 2_000))
    await appeal(casework, id)
    path = f"/disputes/{id}/appeals/decision"
    assert await refused(casework, SUPERVISOR, path, outcome("UPHELD")) == "own_review"
    await judge(casework, id, outcome("UPHELD"), ANOTHER)
    await appeal(casework, id, BUYER)
    assert await refused(casework, ANOTHER, path, outcome("REVERSED")) == "own_review"


async def test_an_appeal_is_decided_once(casework: Desk) -> None:
    id = await a_decision(casework)
    await appeal(casework, id)
    await judge(casework, id, outcome("REVERSED"))
    path = f"/disputes/{id}/appeals/decision"
    assert await refused(casework, ANOTHER, path, outcome("UPHELD")) == "nothing_appealed"
    assert await refused(casework, BUYER, f"/disputes/{id}/appeals", WRONG) == "nothing_to_appeal"


@pytest.mark.rule("S-3")
async def test_a_reversed_decision_is_told_and_shown_as_if_it_had_not_been(casework: Desk) -> None:
    id = await a_decision(casework)
    await appeal(casework, id)
    shown = await judge(casework, id, outcome("REVERSED"))
    assert (shown["decision_reversed"], shown["appeals"][0]["outcome"], shown["stage"]) == (True, "REVERSED", "DECIDED")
    assert [await until(casework, id, reader) for reader in (BUYER, SELLER, AGENT)] == [None] * 3
    (told,) = await casework.events_of("disputes.appeal_decided")
    assert (told["outcome"], told["decision_id"]) == ("REVERSED", shown["decision"]["decision_id"])
    assert "decision" not in told or told["decision"] is None
    await paid(casework, id)
    assert (await casework.get(BUYER, f"/disputes/{id}")).json()["stage"] == "CLOSED"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("remedy", "amount_minor", "refund_minor", "stage"),
    [
        ("FULL_REFUND", 0, 12_990, "DECIDED"),
        ("PARTIAL_REFUND", 5_000, 5_000, "DECIDED"),
        ("PARTIAL_REFUND", 1_000, 1_000, "CLOSED"),
        ("PARTIAL_REFUND", 2_000, 2_000, "CLOSED"),
        ("NONE", 0, 0, "CLOSED"),
    ],
)
async def test_what_holds_instead_counts_what_was_paid_before(
    casework: Desk, remedy: str, amount_minor: int, refund_minor: int, stage: str
) -> None:
    """INVARIANT: would break if the refund of the decision before were paid twice, or not counted."""
    id = await a_decision(casework)
    await paid(casework, id)
    await appeal(casework, id, BUYER)
    shown = await judge(casework, id, outcome("AMENDED", decision=decision(remedy, amount_minor)))
    assert (shown["decision"]["refund_minor"], shown["stage"]) == (refund_minor, stage)
    (told,) = await casework.events_of("disputes.appeal_decided")
    assert (told["given_minor"], told["decision"]["refund_minor"]) == (2_000, refund_minor)
    assert told["decision_id"] != told["decision"]["decision_id"]
    if stage == "DECIDED":
        await paid(casework, id, refund_minor - 2_000)
    assert (await casework.get(BUYER, f"/disputes/{id}")).json()["stage"] == "CLOSED"
    more = await casework.post(BUYER, "/cases/cas_1/disputes", {"reason": "LATE", "remedy": "FULL_REFUND", **EUR})
    left = 12_990 - max(2_000, refund_minor)
    assert more.status_code == (201 if left else 409)


async def test_what_holds_instead_can_be_appealed_by_both_sides_again(casework: Desk) -> None:
    id = await a_decision(casework)
    await paid(casework, id)
    await appeal(casework, id, BUYER)
    await judge(casework, id, outcome("AMENDED", decision=decision("PARTIAL_REFUND", 5_000)))
    await paid(casework, id, 3_000)
    casework.clock.advance(seconds=1)
    await appeal(casework, id, SELLER)
    shown = await judge(casework, id, outcome("AMENDED", decision=decision("PARTIAL_REFUND", 6_000)), ANOTHER)
    assert [a["outcome"] for a in shown["appeals"]] == ["AMENDED", "AMENDED"]
    told = (await casework.events_of("disputes.appeal_decided"))[-1]
    assert (told["given_minor"], told["decision"]["refund_minor"]) == (5_000, 6_000)


@pytest.mark.rule("S-10")
@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"amount_minor": 12_991}, "amount_above_paid"),
        ({"clause": "S-9.9"}, "unknown_clause"),
        ({"facts": ["evd_none"]}, "unknown_fact"),
        ({"remedy": "GOODWILL", "amount_minor": 500}, "goodwill_not_by_appeal"),
        ({"currency": "PLN"}, "currency_of_another_market"),
        ({"reasons": ["buyer_wishes"]}, "remedy_out_of_order"),
    ],
)
async def test_what_would_hold_instead_is_judged_like_any_decision(
    casework: Desk, changed: dict[str, Any], refusal: str
) -> None:
    id = await a_decision(casework)
    await paid(casework, id)
    await appeal(casework, id)
    body = outcome("AMENDED", decision=decision("PARTIAL_REFUND", 3_000) | changed)
    assert await refused(casework, SUPERVISOR, f"/disputes/{id}/appeals/decision", body) == refusal


@pytest.mark.rule("S-10")
async def test_nothing_is_amended_while_its_refund_is_on_its_way(casework: Desk) -> None:
    id = await a_decision(casework)
    await appeal(casework, id)
    body = outcome("AMENDED", decision=decision("PARTIAL_REFUND", 3_000))
    assert await refused(casework, SUPERVISOR, f"/disputes/{id}/appeals/decision", body) == "refund_on_its_way"
    await paid(casework, id)
    await judge(casework, id, body)


@pytest.mark.parametrize("body", [outcome("AMENDED"), outcome("UPHELD", decision=decision()), outcome("LOST"), {}])
async def test_an_outcome_names_a_decision_when_it_amends_and_only_then(
    casework: Desk, body: dict[str, object]
) -> None:
    id = await a_decision(casework)
    await appeal(casework, id)
    assert await refused(casework, SUPERVISOR, f"/disputes/{id}/appeals/decision", body, 422) == "invalid_request"


async def test_evidence_is_taken_again_while_an_appeal_waits(casework: Desk) -> None:
    id = await a_decision(casework)
    evidence = {"kind": "statement", "content_base64": "VGhlIHNjcmVlbiB3YXMgYnJva2VuLg=="}
    path = f"/disputes/{id}/evidence"
    assert await refused(casework, BUYER, path, evidence) == "evidence_too_late"
    await appeal(casework, id)
    assert (await casework.done(BUYER, path, evidence))["evidence"]
    await judge(casework, id, outcome("UPHELD"))
    assert await refused(casework, BUYER, path, evidence) == "evidence_too_late"
