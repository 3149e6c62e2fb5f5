"""Appeals of takeovers: who may, who judges them, and what each outcome means (casework, section 6; S-3, S-4)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, DELIVERED, SELLER, SUPERVISOR
from reported_case import reported, shows, takeover_of

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk
from ombud_contracts.events import disputes
from ticketing.app import SERVICE

ANOTHER, MEDIATOR = "supervisor:sup_8:lv", "mediator:med_1:lv"
WRONG = {"grounds": ["facts_wrong"]}
pytestmark = pytest.mark.rule("S-11")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


def kind_of(problem: dict[str, str]) -> str:
    return problem["type"].rpartition(":")[2].rpartition("/")[2]


def outcome(word: str) -> dict[str, object]:
    return {"outcome": word, "reasons": ["facts_hold"]}


async def taken_over(desk: Desk) -> Json:
    """A contact that the platform has, because goods were reported as counterfeit."""
    case_id = await reported(desk, "COUNTERFEIT", proof="report")
    return await takeover_of(desk, case_id)


async def appeal(desk: Desk, takeover: Json, who: str = SELLER) -> Json:
    return await desk.done(who, f"/takeovers/{takeover['takeover_id']}/appeals", WRONG)


async def judge(desk: Desk, takeover: Json, word: str, who: str = SUPERVISOR) -> Json:
    return await desk.done(who, f"/takeovers/{takeover['takeover_id']}/appeals/decision", outcome(word))


async def refused(desk: Desk, who: str, path: str, body: dict[str, object] | None, status: int = 409) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == status, answer.text
    assert await desk.told() == before
    return kind_of(answer.json())


async def test_the_seller_appeals_and_both_sides_see_it(desk: Desk) -> None:
    takeover = await taken_over(desk)
    await appeal(desk, takeover)
    for reader in (SELLER, BUYER, AGENT):
        (shown,) = (await takeover_of(desk, takeover["case_id"], reader))["appeals"]
        assert (shown["by"], shown["grounds"], shown["outcome"]) == ("seller", ["facts_wrong"], None)
    (event,) = await desk.events_of("ticketing.takeover_appealed")
    assert (event["takeover_id"], event["by"]) == (takeover["takeover_id"], "seller")


async def test_only_the_seller_appeals_and_only_supervisors_of_the_market_judge(desk: Desk) -> None:
    takeover = await taken_over(desk)
    path = f"/takeovers/{takeover['takeover_id']}/appeals"
    for who, status in ((BUYER, 403), (AGENT, 403), ("seller:sel_9", 404)):
        assert (await desk.post(who, path, WRONG)).status_code == status
    await appeal(desk, takeover)
    for who, status in ((SELLER, 403), (AGENT, 403), (MEDIATOR, 403), ("supervisor:sup_7:ee", 404)):
        assert (await desk.post(who, f"{path}/decision", outcome("UPHELD"))).status_code == status


@pytest.mark.parametrize(("word", "template"), [("UPHELD", "appeal_in_vain"), ("INADMISSIBLE", "appeal_inadmissible")])
async def test_a_takeover_that_stands_stays_and_only_the_seller_is_told(desk: Desk, word: str, template: str) -> None:
    takeover = await taken_over(desk)
    await appeal(desk, takeover)
    shown = await judge(desk, takeover, word)
    assert (shown["status"], shown["appeals"][0]["outcome"]) == ("ACTIVE", word)
    case = f"/cases/{takeover['case_id']}"
    assert (await desk.get(SELLER, case)).json()["answered_by"] == "platform"
    notices = {who: (await desk.get(who, f"{case}/notices?language=en")).json()["notices"] for who in (SELLER, BUYER)}
    (told_seller,) = [n for n in notices[SELLER] if n["template"] == template]
    assert "the decision stands" in told_seller["text"].lower()
    assert template not in [n["template"] for n in notices[BUYER]]


@pytest.mark.rule("S-3")
async def test_a_granted_appeal_gives_the_contact_back(desk: Desk) -> None:
    takeover = await taken_over(desk)
    await appeal(desk, takeover)
    granted = outcome("REVERSED") | {"reasons": ["facts_hold", "new_evidence"]}
    shown = await desk.done(SUPERVISOR, f"/takeovers/{takeover['takeover_id']}/appeals/decision", granted)
    assert (shown["status"], shown["appeals"][0]["outcome"]) == ("REVERSED", "REVERSED")
    assert (await desk.get(SELLER, f"/cases/{takeover['case_id']}")).json()["answered_by"] == "seller"
    told_types = await desk.told()
    assert told_types.count("ticketing.takeover_reversed") == told_types.count("ticketing.takeover_appeal_decided") == 1
    (decided,) = await desk.events_of("ticketing.takeover_appeal_decided")
    assert (decided["outcome"], decided["reasons"]) == ("REVERSED", ["facts_hold", "new_evidence"])


@pytest.mark.rule("S-3")
async def test_a_takeover_that_is_reversed_otherwise_decides_the_appeal_that_waits(desk: Desk) -> None:
    takeover = await taken_over(desk)
    await appeal(desk, takeover)
    path = f"/takeovers/{takeover['takeover_id']}"
    shown = await desk.done(SUPERVISOR, f"{path}/reversal", {"reason": "wrong_market"})
    assert [a["outcome"] for a in shown["appeals"]] == ["REVERSED"]
    assert await refused(desk, SUPERVISOR, f"{path}/appeals/decision", outcome("UPHELD")) == "nothing_appealed"
    assert await refused(desk, SELLER, f"{path}/appeals", WRONG) == "nothing_to_appeal"


@pytest.mark.rule("S-4")
async def test_whoever_decided_does_not_judge_the_appeal(desk: Desk) -> None:
    takeover = await taken_over(desk)
    await shows(desk, takeover["case_id"], "expert_notice", "agent", 3)
    path = f"/takeovers/{takeover['takeover_id']}"
    facts = {"confirmed": True, "reason": "expert_says_so", "facts": ["dsp_1:3"]}
    await desk.done(SUPERVISOR, f"{path}/verdict", facts)
    await appeal(desk, takeover)
    assert await refused(desk, SUPERVISOR, f"{path}/appeals/decision", outcome("UPHELD")) == "own_review"
    assert await refused(desk, SUPERVISOR, f"{path}/appeals/decision", outcome("REVERSED")) == "own_review"
    await judge(desk, takeover, "REVERSED", ANOTHER)


async def test_the_decision_and_the_verdict_are_appealed_once_each_and_in_time(desk: Desk) -> None:
    takeover = await taken_over(desk)
    path = f"/takeovers/{takeover['takeover_id']}"
    await appeal(desk, takeover)
    assert len((await appeal(desk, takeover))["appeals"]) == 1, "a repeat changes nothing"
    await judge(desk, takeover, "UPHELD")
    assert await refused(desk, SELLER, f"{path}/appeals", WRONG) == "appealed_before"
    desk.clock.at = NOON + timedelta(days=1)
    await shows(desk, takeover["case_id"], "expert_notice", "agent", 3)
    facts = {"confirmed": True, "reason": "expert_says_so", "facts": ["dsp_1:3"]}
    judged = await desk.done(MEDIATOR.replace("mediator", "supervisor"), f"{path}/verdict", facts)
    desk.clock.at = NOON + timedelta(days=31, seconds=1)
    assert await refused(desk, SELLER, f"{path}/appeals", WRONG) == "appeal_too_late"
    desk.clock.at = NOON + timedelta(days=31)
    assert judged["appeal_until"] == "2026-10-16T12:00:00Z"
    assert [a["outcome"] for a in (await appeal(desk, takeover))["appeals"]] == ["UPHELD", None]
    assert await refused(desk, SUPERVISOR, f"{path}/appeals/decision", outcome("UPHELD")) == "own_review"
    await judge(desk, takeover, "UPHELD", ANOTHER)
    assert [e["reviewer_id"] for e in await desk.events_of("ticketing.takeover_appeal_decided")] == ["sup_7", "sup_8"]


async def test_the_time_to_appeal_a_verdict_stands_still_while_the_appeal_of_the_decision_waits(desk: Desk) -> None:
    """INVARIANT: would break if the right to appeal a verdict were over before anybody could use it."""
    takeover = await taken_over(desk)
    path = f"/takeovers/{takeover['takeover_id']}"
    await appeal(desk, takeover)
    desk.clock.at = NOON + timedelta(days=1)
    await shows(desk, takeover["case_id"], "expert_notice", "agent", 3)
    facts = {"confirmed": True, "reason": "expert_says_so", "facts": ["dsp_1:3"]}
    assert (await desk.done("supervisor:med_1:lv", f"{path}/verdict", facts))["appeal_until"] is None
    desk.clock.at = NOON + timedelta(days=21)
    until = "2026-11-05T12:00:00Z"
    assert (await judge(desk, takeover, "UPHELD", ANOTHER))["appeal_until"] == until
    notices = (await desk.get(SELLER, f"/cases/{takeover['case_id']}/notices?language=en")).json()["notices"]
    (text,) = [n["text"] for n in notices if n["template"] == "verdict_confirmed"]
    assert "2026-11-05" in text
    desk.clock.at = datetime.fromisoformat(until) + timedelta(milliseconds=1)
    assert await refused(desk, SELLER, f"{path}/appeals", WRONG) == "appeal_too_late"
    desk.clock.at = datetime.fromisoformat(until)
    assert (await appeal(desk, takeover))["appeal_until"] is None


async def test_a_case_is_not_closed_over_an_appeal_that_waits(desk: Desk) -> None:
    takeover = await taken_over(desk)
    case = f"/cases/{takeover['case_id']}"
    await desk.done(
        SUPERVISOR, f"/takeovers/{takeover['takeover_id']}/verdict", {"confirmed": False, "reason": "genuine"}
    )
    await desk.hears(
        told(
            disputes.DisputeWithdrawn.model_construct(dispute_id="dsp_1", case_id=takeover["case_id"]),
            "dsp_1",
            3,
            case_id=takeover["case_id"],
        )
    )
    await appeal(desk, takeover)
    resolved = {"outcome": "answered"}
    waits = await desk.post(AGENT, f"{case}/resolution", resolved)
    assert (waits.status_code, kind_of(waits.json())) == (409, "still_unfinished")
    await judge(desk, takeover, "UPHELD", ANOTHER)
    await desk.done(AGENT, f"{case}/resolution", resolved)


async def test_an_appeal_of_a_disputes_decision_keeps_the_case_open_as_well(desk: Desk) -> None:
    case_id = await reported(desk, "DEFECTIVE")
    about = {"dispute_id": "dsp_1", "case_id": case_id, "appeal_id": "apl_1"}
    ended = disputes.DisputeDecided.model_construct(dispute_id="dsp_1", case_id=case_id)
    filed = disputes.DecisionAppealed.model_construct(**about, by="seller", decision_id="dec_1")
    await desk.hears(told(ended, "dsp_1", 3, case_id=case_id), told(filed, "dsp_1", 4, case_id=case_id))
    waits = await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    assert (waits.status_code, kind_of(waits.json())) == (409, "still_unfinished")
    judged = disputes.AppealDecided.model_construct(**about, outcome="UPHELD", decision_id="dec_1")
    await desk.hears(told(judged, "dsp_1", 5, case_id=case_id))
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
