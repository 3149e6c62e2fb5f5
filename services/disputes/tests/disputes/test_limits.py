"""How who made knowingly unfounded claims opens the next: with its evidence, one at a time, never one about safety (R-45)."""

import base64
from typing import Any

import made_files as made
import pytest
from disputes_desk import AGENT, BUYER, CLAIM, a_dispute
from guarantee_events import lapsed

from chassis.testing import told
from chassis.testing.desk import Desk
from ombud_contracts.events import findings

pytestmark = pytest.mark.rule("R-45")
PICTURE = base64.b64encode(made.picture()).decode()
WORDS = base64.b64encode(b"It broke.").decode()
SANCTION = {"sanction_id": "snc_1", "person_id": "buy_1", "role": "buyer", "breaches": 3, "case_id": "cas_1"}


async def stands(desk: Desk, step: str | None, sequence: int, person_id: str = "buy_1", market: str = "lv") -> None:
    """Hear where a buyer stands; null: what followed was lifted."""
    known = {**SANCTION, "person_id": person_id, "step": step}
    event = findings.ClaimsSanctioned if step else findings.ClaimsSanctionLifted
    arrived = told(event.model_construct(**known), f"snc_{person_id}_{market}", sequence)
    metadata = arrived.metadata.model_copy(update={"market": market})
    await desk.hears(arrived.model_copy(update={"metadata": metadata}))


async def refusal(desk: Desk, who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == 409, answer.text
    assert await desk.told() == before
    return {**answer.json(), "kind": answer.json()["type"].rpartition(":")[2].rpartition("/")[2]}


def with_evidence(content: str, **claim: str) -> dict[str, Any]:
    return {"claim": {**CLAIM, **claim}, "evidence": {"kind": "photo", "content_base64": content}}


async def live_in_case(desk: Desk) -> set[str]:
    """Return the disputes of the case that have not ended, as staff see them."""
    found = (await desk.get(AGENT, CLAIMS)).json()["disputes"]
    return {one["dispute_id"] for one in found if one["stage"] not in ("CLOSED", "WITHDRAWN")}


CLAIMS, EVIDENCED = "/cases/cas_1/disputes", "/cases/cas_1/disputes-with-evidence"


@pytest.mark.rule("S-10")
async def test_a_limited_buyer_opens_a_dispute_with_its_evidence_alone(casework: Desk) -> None:
    """INVARIANT: would break if the limit were told and not kept, or if a statement, which repeats the claim, were enough."""
    await stands(casework, "limit", 3)
    assert (await refusal(casework, BUYER, CLAIMS, CLAIM))["kind"] == "evidence_before_opening"
    assert (await refusal(casework, BUYER, EVIDENCED, with_evidence(WORDS)))["kind"] == "evidence_before_opening"
    shown = await casework.done(BUYER, EVIDENCED, with_evidence(PICTURE))
    assert [(e["kind"], e["by"]) for e in shown["evidence"]] == [("photo", "buyer")]
    assert await casework.told() == ["disputes.dispute_opened", "disputes.evidence_submitted"]


async def test_what_a_system_has_shown_needs_no_evidence_of_a_limited_buyer(casework: Desk) -> None:
    """INVARIANT: would break if a buyer had to prove what never arrived."""
    await stands(casework, "limit", 3)
    await casework.hears(told(lapsed(), "clk_1", 2, at=casework.clock()))
    made = await casework.done(BUYER, CLAIMS, {**CLAIM, "reason": "NOT_RECEIVED"})
    assert made["facts_shown"] == ["guarantee_lapsed"]


async def test_a_limited_buyer_has_one_live_dispute(casework: Desk) -> None:
    first = await a_dispute(casework)
    await stands(casework, "limit", 3)
    late = with_evidence(PICTURE, reason="LATE", remedy="SHIPPING_REFUND")
    refused = await refusal(casework, BUYER, EVIDENCED, late)
    assert (refused["kind"], refused["dispute_id"]) == ("one_dispute_at_a_time", first)
    await casework.done(BUYER, f"/disputes/{first}/withdrawal")
    await casework.done(BUYER, EVIDENCED, late)


@pytest.mark.parametrize("reason", ["UNSAFE", "COUNTERFEIT"])
async def test_a_claim_about_safety_is_never_limited_and_stands_in_nobodys_way(casework: Desk, reason: str) -> None:
    """INVARIANT: casework, section 7; would break if somebody in danger were sent away."""
    await stands(casework, "limit", 3)
    safety = await a_dispute(casework, reason=reason)
    late = await casework.done(BUYER, EVIDENCED, with_evidence(PICTURE, reason="LATE", remedy="SHIPPING_REFUND"))
    assert await live_in_case(casework) == {safety, late["dispute_id"]}


async def test_what_is_not_the_buyers_own_opening_is_not_limited(casework: Desk) -> None:
    await stands(casework, "limit", 3)
    opened = await casework.done(AGENT, CLAIMS, CLAIM)
    assert await live_in_case(casework) == {opened["dispute_id"]}


@pytest.mark.parametrize("step", ["explain", "warn"])
async def test_who_is_told_or_warned_is_not_limited(casework: Desk, step: str) -> None:
    await stands(casework, step, 1)
    opened = await a_dispute(casework)
    assert await live_in_case(casework) == {opened}


@pytest.mark.rule("S-3")
async def test_the_limit_ends_with_what_it_followed_from_however_late_that_is_told(casework: Desk) -> None:
    """INVARIANT: would break if a buyer stayed limited by a decision that fell, or by an older event that is replayed."""
    await stands(casework, None, 4)
    await stands(casework, "limit", 3)
    opened = await a_dispute(casework)
    assert await live_in_case(casework) == {opened}


async def test_the_limit_is_of_one_buyer_in_one_market(casework: Desk) -> None:
    await stands(casework, "limit", 3, person_id="buy_9")
    await stands(casework, "limit", 3, market="pt")
    opened = await a_dispute(casework)
    assert await live_in_case(casework) == {opened}
