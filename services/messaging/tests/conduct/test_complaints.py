"""Complaints about a seller's conduct on real MongoDB: who knows what when, and what a finding leads to (casework, section 7)."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from attachment_desk import AGENT, BUYER, NOON, SELLER, Desk
from conduct_desk import (
    ALLEGED,
    ANOTHER,
    ANSWERED,
    FOUND,
    INVESTIGATOR,
    NOT_FOUND,
    REVIEWER,
    SECOND_REVIEWER,
    THREAT,
    WORDS,
    WRONG,
    filed,
    found,
    hear,
    heard,
    investigated,
    judged,
    refusal,
    silence,
    standing,
    told_of,
    types_told,
    undone,
    verdict,
    withdrawn,
)
from enforcement_desk import ADMINISTRATOR, do, hears, see, told

from chassis.ids import derived_id
from chassis.testing import alone
from messaging.conduct.jobs import SteppingBack
from messaging.protection.jobs import Protecting
from ombud_contracts.events.ticketing import CaseClosed, CaseMoved

pytestmark = pytest.mark.rule("R-45")


async def test_the_accused_sees_nothing_before_and_the_allegation_after(desk: Desk) -> None:
    """INVARIANT: would break if a seller could learn of a complaint, and put pressure on the buyer, before the investigator
    decides so; and if the seller ever read the buyer's own words."""
    path = await investigated(desk)
    assert (await desk.get(SELLER, path)).status_code == 404
    assert (await see(desk, SELLER, f"/conversations/{desk.case}/conduct-complaints"))["complaints"] == []
    for way, body in (("answer", {"answer": ANSWERED}), ("appeals", WRONG)):
        await do(desk, SELLER, f"{path}/{way}", body, 404)
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    shown = await see(desk, SELLER, path)
    assert (shown["allegation"], shown["statement"], shown["grounds"]) == (ALLEGED, None, THREAT["grounds"])
    assert [
        c["complaint_id"]
        for c in (await see(desk, SELLER, f"/conversations/{desk.case}/conduct-complaints"))["complaints"]
    ] == [shown["complaint_id"]]
    assert shown["investigator_id"] is None


async def test_the_buyer_is_told_the_result_and_not_what_it_leads_to(desk: Desk) -> None:
    path = await found(desk)
    shown = await see(desk, BUYER, path)
    assert (shown["stage"], shown["decision"]["result"], shown["statement"]) == ("FOUND", "FOUND", WORDS)
    assert (shown["allegation"], shown["answer"], shown["told_at"], shown["heard_at"]) == (None, None, None, None)
    assert (await desk.get(BUYER, "/conduct-standings/sel_1")).status_code == 403
    (decided,) = await told(desk, "conduct_decided")
    assert "notice" not in decided["value"].decode(), "the step is told apart, to the seller and to systems"


async def test_staff_of_the_market_see_all_that_was_written(desk: Desk) -> None:
    path = await heard(desk)
    shown = await see(desk, AGENT + ":lv", path)
    assert (shown["statement"], shown["allegation"], shown["answer"]) == (WORDS, ALLEGED, ANSWERED)
    assert (await desk.get("mediator:med_9:pt", path)).status_code == 404
    assert (await desk.get("buyer:buy_2", path)).status_code == 404
    (waiting,) = (await see(desk, INVESTIGATOR, "/moderation/conduct-complaints"))["complaints"]
    assert "statement" not in waiting
    assert (await see(desk, "supervisor:sup_9:pt", "/moderation/conduct-complaints"))["complaints"] == []


@pytest.mark.rule("S-10")
async def test_nothing_is_found_against_who_was_not_heard(desk: Desk) -> None:
    """INVARIANT: would break if a finding could be made about somebody who could not say a word."""
    path = await investigated(desk)
    assert await refusal(desk, INVESTIGATOR, f"{path}/decision", FOUND) == "accused_not_heard"
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    assert await refusal(desk, INVESTIGATOR, f"{path}/decision", FOUND) == "accused_not_heard"
    assert await standing(desk) is None
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)


@pytest.mark.rule("S-6")
async def test_the_end_of_the_time_to_answer_lets_the_complaint_be_decided_and_an_answer_is_still_heard(
    desk: Desk,
) -> None:
    path = await told_of(desk)
    await silence(desk, path, "conduct_hearing_ends")
    await silence(desk, path, "conduct_hearing_ends", round=2)
    shown = await see(desk, INVESTIGATOR, path)
    assert (shown["answered"], shown["heard_at"] is None) == (False, False)
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    assert (await see(desk, INVESTIGATOR, path))["answer"] == ANSWERED
    assert await refusal(desk, SELLER, f"{path}/answer", {"answer": ANSWERED}) == "answered_before"
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    assert await refusal(desk, SELLER, f"{path}/answer", {"answer": ANSWERED}) == "nothing_to_answer"
    heard_events = [json.loads(row["value"])["answered"] for row in await told(desk, "conduct_accused_heard")]
    assert heard_events == [False, True]


@pytest.mark.rule("S-3")
async def test_a_hearing_is_not_over_when_its_clock_says_that_it_was_not(desk: Desk) -> None:
    """INVARIANT: would break if something were found against a seller whose time to answer had been given back."""
    path = await told_of(desk)
    await silence(desk, path, "conduct_hearing_ends")
    for _again in range(2):
        await withdrawn(desk, path)
    assert (await see(desk, INVESTIGATOR, path))["heard_at"] is None
    assert await refusal(desk, INVESTIGATOR, f"{path}/decision", FOUND) == "accused_not_heard"
    assert [json.loads(row["value"])["finding_withdrawn"] for row in await told(desk, "conduct_hearing_continued")] == [
        False
    ]
    await silence(desk, path, "conduct_hearing_ends")
    assert (await see(desk, INVESTIGATOR, path))["heard_at"] is None, "the breach that was withdrawn comes again"


@pytest.mark.rule("S-3")
async def test_a_withdrawal_that_comes_late_lets_no_later_end_fall(desk: Desk) -> None:
    """INVARIANT: would break if a hearing whose time is over never ended, because its first end was none."""
    path = await told_of(desk)
    await silence(desk, path, "conduct_hearing_ends", sequence=3)
    await withdrawn(desk, path, sequence=2)
    assert (await see(desk, INVESTIGATOR, path))["heard_at"] is not None


@pytest.mark.rule("S-3")
async def test_a_finding_falls_whose_hearing_was_not_over_and_the_seller_is_heard_anew(desk: Desk) -> None:
    path = await told_of(desk)
    await silence(desk, path, "conduct_hearing_ends")
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    await withdrawn(desk, path)
    shown, stands = await see(desk, BUYER, path), await standing(desk)
    assert (shown["stage"], shown["decision"]["reversed"]) == ("FILED", True)
    assert stands is not None
    assert (stands["step"], stands["findings"]) == (None, [])
    await do(desk, ANOTHER, f"{path}/investigation")
    await do(desk, ANOTHER, f"{path}/telling", {"allegation": ALLEGED})
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    assert (await do(desk, ANOTHER, f"{path}/decision", FOUND))["stage"] == "FOUND"


@pytest.mark.parametrize(("days", "over"), [(-1, True), (1, False)])
async def test_a_hearing_ends_by_silence_only_for_who_could_answer(desk: Desk, days: int, over: bool) -> None:
    """INVARIANT: would break if something were found against a seller to whom the erasure of the buyer left no answer."""
    path = await told_of(desk)
    await do(desk, ADMINISTRATOR, "/erasures", {"person_id": "buy_1", "role": "buyer"}, 201)
    await _erase(desk)
    assert await refusal(desk, SELLER, f"{path}/answer", {"answer": ANSWERED}) == "conversation_erased"
    desk.clock.at = datetime.now(UTC) + timedelta(days=days)
    await silence(desk, path, "conduct_hearing_ends")
    assert ((await see(desk, INVESTIGATOR, path))["heard_at"] is not None) is over


async def test_what_is_found_climbs_one_step_and_a_seller_sees_it(desk: Desk) -> None:
    await found(desk)
    shown = await standing(desk)
    assert shown is not None
    assert (shown["step"], shown["next_step"], len(shown["findings"])) == ("notice", "warning", 1)
    assert shown["steps"] == ["notice", "warning", "listing_limits", "suspension"]
    for step in ("warning", "listing_limits", "suspension", "suspension"):
        await found(desk)
        after = await standing(desk)
        assert after is not None
        assert after["step"] == step
    asked = [json.loads(row["value"])["step"] for row in await told(desk, "conduct_sanctioned")]
    assert asked == ["notice", "warning", "listing_limits", "suspension", "suspension"]


@pytest.mark.rule("S-3")
async def test_a_reversed_finding_counts_nowhere(desk: Desk) -> None:
    """INVARIANT: would break if a finding that fell kept its rung of the ladder."""
    path = await found(desk)
    await found(desk)
    shown = await judged(desk, path, SELLER, "REVERSED")
    assert (shown["stage"], shown["decision"]["reversed"]) == ("CLOSED", True)
    after = await standing(desk)
    assert after is not None
    assert (after["step"], len(after["findings"])) == ("notice", 1)
    (lifted,) = await told(desk, "conduct_sanction_lifted")
    body = json.loads(lifted["value"])
    assert (body["step"], body["was_step"], body["cause"], body["reversed_in"]) == (
        "notice",
        "warning",
        "reversed",
        shown["complaint_id"],
    )
    again = {"outcome": "REVERSED", "reasons": ["looked_again"]}
    assert await refusal(desk, SECOND_REVIEWER, f"{path}/appeals/decision", again) == "nothing_appealed"
    assert await refusal(desk, SELLER, f"{path}/appeals", WRONG) == "not_appealable"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("outcome", ["UPHELD", "INADMISSIBLE"])
async def test_a_finding_that_was_appealed_in_vain_stands_and_is_closed(desk: Desk, outcome: str) -> None:
    path = await found(desk)
    shown = await judged(desk, path, SELLER, outcome)
    assert (shown["stage"], shown["decision"]["reversed"]) == ("CLOSED", False)
    after = await standing(desk)
    assert after is not None
    assert after["step"] == "notice"
    assert await refusal(desk, SELLER, f"{path}/appeals", WRONG) == "appealed_before"


@pytest.mark.rule("S-4")
async def test_whoever_investigated_does_not_judge_the_appeal(desk: Desk) -> None:
    path = await filed(desk)
    await do(desk, REVIEWER, f"{path}/investigation")
    await do(desk, SECOND_REVIEWER, f"{path}/investigation")
    await do(desk, SECOND_REVIEWER, f"{path}/telling", {"allegation": ALLEGED})
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    assert await refusal(desk, REVIEWER, f"{path}/decision", FOUND) == "investigated_by_another"
    await do(desk, SECOND_REVIEWER, f"{path}/decision", FOUND)
    await do(desk, SELLER, f"{path}/appeals", WRONG)
    outcome = {"outcome": "UPHELD", "reasons": ["looked_again"]}
    for involved in (REVIEWER, SECOND_REVIEWER):
        assert await refusal(desk, involved, f"{path}/appeals/decision", outcome) == "own_review"
    await do(desk, "supervisor:sup_3:lv", f"{path}/appeals/decision", outcome)


@pytest.mark.rule("S-4")
async def test_a_buyer_whose_appeal_is_granted_gets_another_investigation_by_somebody_else(desk: Desk) -> None:
    path = await investigated(desk)
    await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
    shown = await judged(desk, path, BUYER, "REVERSED")
    assert (shown["stage"], shown["decision"]["reversed"]) == ("FILED", True)
    assert await refusal(desk, INVESTIGATOR, f"{path}/investigation") == "decided_before"
    assert await refusal(desk, REVIEWER, f"{path}/investigation") == "decided_before"
    assert (await desk.get(SELLER, path)).status_code == 404, "nobody told the seller"
    await do(desk, ANOTHER, f"{path}/investigation")
    assert await refusal(desk, ANOTHER, f"{path}/decision", FOUND) == "accused_not_heard"
    await do(desk, ANOTHER, f"{path}/telling", {"allegation": ALLEGED})
    await silence(desk, path, "conduct_hearing_ends")
    await do(desk, ANOTHER, f"{path}/decision", FOUND)
    after = await standing(desk)
    assert after is not None
    assert after["step"] == "notice"


async def test_only_who_investigates_tells_and_decides(desk: Desk) -> None:
    path = await investigated(desk)
    for way, body in (("telling", {"allegation": ALLEGED}), ("decision", NOT_FOUND)):
        assert await refusal(desk, ANOTHER, f"{path}/{way}", body) == "investigated_by_another"
    assert await refusal(desk, ANOTHER, f"{path}/investigation") == "investigated_by_another"
    await do(desk, AGENT + ":lv", f"{path}/investigation", None, 403)
    await do(desk, BUYER, f"{path}/decision", NOT_FOUND, 403)
    shown = await do(desk, REVIEWER, f"{path}/investigation")
    assert shown["investigator_id"] == "sup_1", "a supervisor takes it over"


async def test_the_seller_is_told_once(desk: Desk) -> None:
    path = await told_of(desk)
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": "Kaut kas cits."})
    assert (await see(desk, SELLER, path))["allegation"] == ALLEGED
    assert len(await told(desk, "conduct_accused_told")) == 1


async def test_a_buyer_complains_about_the_seller_of_an_own_case_alone(desk: Desk) -> None:
    ways = f"/conversations/{desk.case}/conduct-complaints"
    await do(desk, "buyer:buy_2", ways, THREAT, 404)
    await do(desk, SELLER, ways, THREAT, 403)
    await do(desk, BUYER, ways, {**THREAT, "grounds": ["RUDE"]}, 422)
    await do(desk, BUYER, ways, {**THREAT, "grounds": []}, 422)
    path = await filed(desk)
    assert await refusal(desk, BUYER, ways, THREAT) == "complaint_being_looked_into"
    await do(desk, INVESTIGATOR, f"{path}/investigation")
    await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
    assert await filed(desk) != path


async def test_two_complaints_at_the_same_moment_are_one(desk: Desk) -> None:
    ways = f"/conversations/{desk.case}/conduct-complaints"
    statuses = await asyncio.gather(*(_status(desk, ways) for _ in range(4)))
    assert sorted(statuses) == [201, 409, 409, 409]


async def _status(desk: Desk, path: str) -> int:
    headers = {"Authorization": f"Bearer {BUYER}", "Idempotency-Key": uuid.uuid4().hex}
    return (await desk.http.post(path, headers=headers, json=THREAT)).status_code


async def test_five_complaints_in_a_case_are_the_most(desk: Desk) -> None:
    for _ in range(5):
        path = await investigated(desk)
        await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
    ways = f"/conversations/{desk.case}/conduct-complaints"
    assert await refusal(desk, BUYER, ways, THREAT) == "too_many_complaints"


async def test_a_case_that_was_closed_for_a_year_is_no_longer_complained_about(desk: Desk) -> None:
    await hears(desk, CaseClosed(case_id=desk.case, closed_at=NOON))
    desk.clock.at = NOON + timedelta(days=365)
    await filed(desk)
    desk.clock.at += timedelta(seconds=1)
    ways = f"/conversations/{desk.case}/conduct-complaints"
    assert await refusal(desk, BUYER, ways, THREAT) == "complaint_too_late"


async def test_a_seller_who_is_no_party_any_more_still_hears_and_answers(desk: Desk) -> None:
    path = await told_of(desk)
    ways = f"/conversations/{desk.case}/conduct-complaints"
    moved = CaseMoved.model_construct(case_id=desk.case, to="platform", seller_id="sel_1", moved_at=desk.clock())
    await hears(desk, moved)
    assert (await see(desk, SELLER, path))["stage"] == "INVESTIGATED"
    assert [c["allegation"] for c in (await see(desk, SELLER, ways))["complaints"]] == [ALLEGED]
    assert (await desk.get("seller:sel_9", ways)).status_code == 404
    answered = await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    shown = await see(desk, SELLER, path)
    assert answered == {name: shown[name] for name in answered}
    assert len(await told(desk, "conduct_accused_heard")) == 1


@pytest.mark.rule("S-6")
async def test_what_nobody_appealed_is_closed_and_what_is_appealed_waits(desk: Desk) -> None:
    first, second = await found(desk), await found(desk)
    await do(desk, SELLER, f"{second}/appeals", WRONG)
    desk.clock.advance(days=183)
    for path in (first, second, first):
        await silence(desk, path, "conduct_complaint_closes", "conduct_appeal_window")
    assert [(await see(desk, BUYER, path))["stage"] for path in (first, second)] == ["CLOSED", "FOUND"]
    assert len(await told(desk, "conduct_complaint_closed")) == 1


async def test_what_is_decided_can_be_appealed_for_183_days(desk: Desk) -> None:
    path = await found(desk)
    desk.clock.advance(days=183)
    late = desk.clock() + timedelta(seconds=1)
    assert (await see(desk, SELLER, path))["decision"]["appeal_until"] == f"{desk.clock():%Y-%m-%dT%H:%M:%SZ}"
    desk.clock.at = late
    assert await refusal(desk, SELLER, f"{path}/appeals", WRONG) == "appeal_too_late"
    assert await refusal(desk, BUYER, f"{path}/appeals", WRONG) == "not_appealable"


async def test_a_year_without_a_finding_is_a_step_back_and_told(desk: Desk) -> None:
    desk.clock.at = datetime(2024, 2, 1, 12, tzinfo=UTC)
    for _ in range(4):
        await found(desk)
    desk.clock.at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    after = await standing(desk)
    assert after is not None
    assert (after["step"], len(after["findings"])) == ("warning", 4)
    job = SteppingBack(desk.mongo, await alone(desk.mongo, "conduct"))
    while await job.work():
        continue
    (lifted,) = [json.loads(row["value"]) for row in await told(desk, "conduct_sanction_lifted")]
    assert (lifted["step"], lifted["was_step"], lifted["cause"]) == ("warning", "suspension", "decayed")
    assert "reversed_in" not in lifted


async def test_a_confirmed_verdict_is_a_finding_until_its_takeover_is_reversed(desk: Desk) -> None:
    await found(desk)
    for _ in range(2):
        await hear(desk, verdict(desk), sequence=3, subject="tko_1")
    after = await standing(desk)
    assert after is not None
    assert (after["step"], [f["found_by"] for f in after["findings"]]) == ("warning", ["complaint", "verdict"])
    await hear(desk, undone(desk), sequence=4, subject="tko_1")
    after = await standing(desk)
    assert after is not None
    assert (after["step"], [f["found_by"] for f in after["findings"]]) == ("notice", ["complaint"])


async def test_a_verdict_counts_nothing_that_is_refuted_or_comes_after_the_reversal(desk: Desk) -> None:
    await hear(desk, verdict(desk, "refuted"), sequence=3, subject="tko_1")
    assert await standing(desk) is None
    await hear(desk, undone(desk), sequence=5, subject="tko_1")
    await hear(desk, verdict(desk), sequence=4, subject="tko_1")
    assert await standing(desk) is None


async def test_the_accused_counts_no_earlier_complaint(desk: Desk) -> None:
    """INVARIANT: would break if the name or the version of a complaint told the seller of another that was never told."""
    seen = []
    for earlier in (0, 1):
        for _ in range(earlier):
            await do(desk, INVESTIGATOR, f"{await investigated(desk)}/decision", NOT_FOUND)
        path = await told_of(desk)
        seen.append((await desk.get(SELLER, path)).headers["etag"].partition("-")[0])
        await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
        numbered = {derived_id("cpl", desk.case, str(number)) for number in range(5)}
        assert path.rpartition("/")[2] not in numbered
    assert seen[0] == seen[1]


@pytest.mark.rule("R-04")
async def test_an_erased_person_leaves_no_text_about_conduct(desk: Desk) -> None:
    """INVARIANT: would break if what a buyer wrote about a seller outlived the buyer's erasure."""
    path = await heard(desk)
    await do(desk, ADMINISTRATOR, "/erasures", {"person_id": "sel_1", "role": "seller"}, 201)
    await _erase(desk)
    shown = await see(desk, AGENT + ":lv", path)
    assert (shown["statement"], shown["allegation"], shown["answer"]) == (WORDS, ALLEGED, None)
    await do(desk, ADMINISTRATOR, "/erasures", {"person_id": "buy_1", "role": "buyer"}, 201)
    await _erase(desk)
    shown = await see(desk, AGENT + ":lv", path)
    assert (shown["statement"], shown["allegation"], shown["answer"]) == (None, None, None)
    assert await desk.mongo.find("conduct_texts", {}, limit=10) == []
    await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
    ways = f"/conversations/{desk.case}/conduct-complaints"
    assert await refusal(desk, BUYER, ways, THREAT) == "conversation_erased"


async def test_nothing_is_written_about_a_case_that_was_erased(desk: Desk) -> None:
    """INVARIANT: would break if what staff tell the seller of an erased buyer outlived the erasure."""
    path = await investigated(desk)
    await do(desk, ADMINISTRATOR, "/erasures", {"person_id": "buy_1", "role": "buyer"}, 201)
    await _erase(desk)
    told_now = {"allegation": ALLEGED}
    assert await refusal(desk, INVESTIGATOR, f"{path}/telling", told_now) == "conversation_erased"
    assert (await desk.get(SELLER, path)).status_code == 404


async def _erase(desk: Desk) -> None:
    runtime = desk.app.state.runtime
    sealer, markets = runtime.provided["sealer"], runtime.provided["markets"]
    job = Protecting(desk.mongo, sealer, markets, await alone(desk.mongo, "protection"))
    while await job.work():
        continue


async def test_texts_are_sealed_and_told_to_nobody(desk: Desk) -> None:
    await found(desk)
    rows = await desk.mongo.find("conduct_texts", {}, limit=10)
    kept = " ".join(str(value) for row in rows for value in row.values())
    outbox = b" ".join(bytes(row["value"]) for row in await desk.mongo.find("outbox", {}, limit=1_000))
    answers = b" ".join(bytes(row["body"]) for row in await desk.mongo.find("answers", {}, limit=100))
    assert answers
    for text in (WORDS, ALLEGED, ANSWERED):
        assert text not in kept
        assert text.encode() not in answers, "the answer that a repeated command gets is kept in the open, and for good"
        assert text.encode() not in outbox
    assert await types_told(desk) == [
        "messaging.conduct_complaint_filed",
        "messaging.conduct_investigation_begun",
        "messaging.conduct_accused_told",
        "messaging.conduct_accused_heard",
        "messaging.conduct_decided",
        "messaging.conduct_sanctioned",
    ]
