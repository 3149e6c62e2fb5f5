"""The review of a seller whose goods were confirmed to be counterfeit, on real MongoDB (T5; casework, sections 3 and 7)."""

import json
import uuid

import pytest
from attachment_desk import BUYER, SELLER, Desk, Json, opened
from conduct_desk import (
    ALLEGED,
    ANOTHER,
    ANSWERED,
    FOUND,
    INVESTIGATOR,
    NOT_FOUND,
    REVIEWER,
    THREAT,
    WRONG,
    hear,
    judged,
    refusal,
    silence,
    standing,
    types_told,
    undone,
    verdict,
    withdrawn,
)
from enforcement_desk import ADMINISTRATOR, do, see

from chassis.aggregate import Cause, Session
from chassis.ids import new_id
from chassis.store import Conflict
from chassis.testing import alone
from chassis.testing.desk import received
from messaging.conduct.consumers import on_verdict
from messaging.protection.jobs import Protecting
from ombud_contracts.events.takeovers import TakeoverAppealDecided

pytestmark = pytest.mark.rule("R-45")
QUEUE = "/moderation/conduct-complaints?market=lv"


async def confirmed(desk: Desk, takeover_id: str = "tko_1", **changes: object) -> None:
    told = verdict(desk, takeover_id=takeover_id, **changes)
    await hear(desk, told, sequence=3, subject=f"{desk.case}|{takeover_id}")


async def falls(desk: Desk, takeover_id: str = "tko_1") -> None:
    await hear(desk, undone(desk, takeover_id), sequence=4, subject=f"{desk.case}|{takeover_id}")


async def waiting(desk: Desk) -> list[Json]:
    return list((await see(desk, INVESTIGATOR, QUEUE))["complaints"])


async def reviewed(desk: Desk) -> str:
    """A review that the investigator took."""
    await confirmed(desk)
    (review,) = await waiting(desk)
    path = f"/conduct-complaints/{review['complaint_id']}"
    await do(desk, INVESTIGATOR, f"{path}/investigation")
    return path


async def found_by_review(desk: Desk) -> str:
    path = await reviewed(desk)
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    return path


async def findings(desk: Desk) -> list[str]:
    stands = await standing(desk)
    return [f["found_by"] for f in stands["findings"]] if stands else []


async def test_a_confirmed_counterfeit_has_its_seller_reviewed_once(desk: Desk) -> None:
    """INVARIANT: would break if a verdict that is told twice had a seller reviewed twice, also once the review is over."""
    for _ in range(2):
        await confirmed(desk)
    (review,) = await waiting(desk)
    (rests_on,) = review["rests_on"]
    assert (review["filed_by"], review["grounds"], review["stage"]) == ("system", ["FALSE_ADVERTISING"], "FILED")
    assert (rests_on["takeover_id"], rests_on["case_id"]) == ("tko_1", desk.case)
    assert (rests_on["reason"], rests_on["facts"]) == ("expert_says_so", ["dsp_1:3"])
    path = f"/conduct-complaints/{review['complaint_id']}"
    await do(desk, INVESTIGATOR, f"{path}/investigation")
    await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
    await confirmed(desk)
    assert await waiting(desk) == []


@pytest.mark.parametrize(("word", "trigger"), [("refuted", "T5"), ("confirmed", "T4"), ("confirmed", "T6")])
async def test_no_other_verdict_has_a_seller_reviewed(desk: Desk, word: str, trigger: str) -> None:
    await confirmed(desk, verdict=word, trigger=trigger)
    assert await waiting(desk) == []


async def test_verdicts_that_come_while_a_review_waits_are_looked_at_in_it(desk: Desk) -> None:
    for number in (1, 2):
        await confirmed(desk, f"tko_{number}")
    (review,) = await waiting(desk)
    assert [v["takeover_id"] for v in review["rests_on"]] == ["tko_1", "tko_2"]
    await confirmed(desk, "tko_3", seller_id="sel_9")
    assert len(await waiting(desk)) == 2, "another seller has a review of its own"


async def test_no_verdict_joins_a_review_of_which_its_seller_cannot_be_told_any_more(desk: Desk) -> None:
    """INVARIANT: would break if the erasure of one buyer kept a seller from being reviewed for what others were sent."""
    await confirmed(desk)
    await do(desk, ADMINISTRATOR, "/erasures", {"person_id": "buy_1", "role": "buyer"}, 201)
    provided = desk.app.state.runtime.provided
    erasing = Protecting(desk.mongo, provided["sealer"], provided["markets"], await alone(desk.mongo, "protection"))
    while await erasing.work():
        continue
    another = new_id("cas")
    await opened(desk, another)
    await confirmed(desk, "tko_2", case_id=another)
    (review,) = [waits for waits in await waiting(desk) if waits["case_id"] == another]
    path = f"/conduct-complaints/{review['complaint_id']}"
    await do(desk, INVESTIGATOR, f"{path}/investigation")
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    assert [v["takeover_id"] for v in review["rests_on"]] == ["tko_2"]


@pytest.mark.rule("S-9")
async def test_of_two_verdicts_at_once_the_second_joins_the_review_of_the_first(desk: Desk) -> None:
    """INVARIANT: would break if two verdicts that are told at the same moment each began a review."""
    sessions = []
    for number in (1, 2):
        session = Session(desk.mongo, desk.clock)
        subject = f"{desk.case}|tko_{number}"
        told = received(verdict(desk, takeover_id=f"tko_{number}"), desk.clock(), sequence=3, subject=subject)
        await on_verdict(told, session.unit(Cause(uuid.uuid4().hex, "test")))
        sessions.append(session)
    await sessions[0].commit()
    with pytest.raises(Conflict):
        await sessions[1].commit()
    await confirmed(desk, "tko_2")
    (review,) = await waiting(desk)
    assert [v["takeover_id"] for v in review["rests_on"]] == ["tko_1", "tko_2"]


async def test_a_review_is_hidden_from_its_seller_until_told_and_from_the_buyer_for_good(desk: Desk) -> None:
    """INVARIANT: would break if a seller learned of a review before the investigator decides so, or a buyer what it finds."""
    path, of_case = await reviewed(desk), f"/conversations/{desk.case}/conduct-complaints"
    for who in (SELLER, BUYER):
        assert (await desk.get(who, path)).status_code == 404
        assert (await see(desk, who, of_case))["complaints"] == []
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    shown = await see(desk, SELLER, path)
    assert (shown["allegation"], shown["statement"], shown["filed_by"]) == (ALLEGED, None, "system")
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    assert (await desk.get(BUYER, path)).status_code == 404
    await do(desk, BUYER, f"{path}/appeals", WRONG, 404)
    assert (await see(desk, BUYER, of_case))["complaints"] == []


async def test_a_buyer_complains_as_if_there_were_no_review(desk: Desk) -> None:
    """INVARIANT: would break if a complaint were refused because of a review of which its author may not know."""
    await reviewed(desk)
    of_case = f"/conversations/{desk.case}/conduct-complaints"
    for number in range(2, 7):
        complaint = await do(desk, BUYER, of_case, THREAT, 201)
        path = f"/conduct-complaints/{complaint['complaint_id']}"
        await do(desk, INVESTIGATOR, f"{path}/investigation")
        await do(desk, INVESTIGATOR, f"{path}/decision", NOT_FOUND)
        await confirmed(desk, f"tko_{number}")
    assert await refusal(desk, BUYER, of_case, THREAT) == "too_many_complaints"


async def test_what_a_review_finds_is_a_step_and_its_seller_appeals_it(desk: Desk) -> None:
    path = await found_by_review(desk)
    assert await findings(desk) == ["verdict", "complaint"]
    await judged(desk, path, SELLER, "REVERSED", REVIEWER)
    assert await findings(desk) == ["verdict"]


@pytest.mark.rule("S-4")
async def test_who_judged_an_appeal_against_the_verdict_has_no_part_in_the_review(desk: Desk) -> None:
    """INVARIANT: would break if a review were investigated by somebody who said before that its verdict is right."""
    await confirmed(desk)
    upheld = TakeoverAppealDecided.model_construct(takeover_id="tko_1", case_id=desk.case, reviewer_id="med_1")
    await hear(desk, upheld, sequence=4, subject=f"{desk.case}|tko_1")
    (review,) = await waiting(desk)
    path = f"/conduct-complaints/{review['complaint_id']}/investigation"
    assert await refusal(desk, INVESTIGATOR, path) == "decided_before"


@pytest.mark.rule("S-3")
async def test_each_result_has_an_id_of_its_own_by_which_its_seller_is_told(desk: Desk) -> None:
    """INVARIANT: would break if a seller were told nothing of what was found anew, since notices are told once for each decision."""
    path = await reviewed(desk)
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    await silence(desk, path, "conduct_hearing_ends")
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    await withdrawn(desk, path)
    await do(desk, ANOTHER, f"{path}/investigation")
    await do(desk, ANOTHER, f"{path}/telling", {"allegation": ALLEGED})
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    await do(desk, ANOTHER, f"{path}/decision", FOUND)
    told = [json.loads(bytes(row["value"])) for row in await desk.mongo.find("outbox", {}, limit=1_000)]
    assert len({data["decision_id"] for data in told if "decision_id" in data}) == 2


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("appealed", [False, True])
async def test_a_review_falls_with_its_takeover_and_what_it_found_counts_no_more(desk: Desk, appealed: bool) -> None:
    """INVARIANT: would break if a reversed takeover left a review, or the step that followed from it, behind."""
    path = await found_by_review(desk)
    if appealed:
        await do(desk, SELLER, f"{path}/appeals", WRONG)
    for _ in range(2):
        await falls(desk)
    shown = await see(desk, SELLER, path)
    assert (shown["stage"], shown["withdrawn"], shown["decision"]["reversed"]) == ("CLOSED", True, True)
    assert (await findings(desk), await waiting(desk)) == ([], [])
    assert (await types_told(desk)).count("messaging.review_withdrawn") == 1
    await confirmed(desk)
    assert await waiting(desk) == [], "a verdict that comes after its reversal begins nothing"


@pytest.mark.rule("S-3")
async def test_a_review_stands_while_one_of_its_takeovers_does(desk: Desk) -> None:
    for number in (1, 2):
        await confirmed(desk, f"tko_{number}")
    await falls(desk)
    (review,) = await waiting(desk)
    assert [v["takeover_id"] for v in review["rests_on"]] == ["tko_2"]
    await falls(desk, "tko_2")
    assert await waiting(desk) == []
