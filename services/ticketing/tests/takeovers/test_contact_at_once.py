"""T4 to T6: the platform has the contact at once by its facts, a person gives the verdict, and only a verdict costs anything."""

from collections.abc import AsyncIterator

import httpx
import pytest
from bought_phone import AGENT, BOUGHT, BUYER, DELIVERED, SELLER, STRANGER, SUPERVISOR
from casework_desk import on_clock
from reported_case import ANSWER, reported, shows, takeover_of

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk, received
from ombud_contracts.events import disputes
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.ticketing import TraceSegment
from ticketing.app import SERVICE

MEDIATOR, OTHER_SUPERVISOR = "mediator:med_1:lv", "supervisor:sup_8:lv"
TRACE = (TraceSegment(from_at=NOON, to_at=NOON, counted=True, seconds=0, cause="open", calendar_version="1"),)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def judged(desk: Desk, who: str, takeover: Json, **body: object) -> httpx.Response:
    path = f"/takeovers/{takeover['takeover_id']}/verdict"
    return await desk.post(who, path, {"confirmed": True, "reason": "activation_lock_seen", **body})


async def chance_passed(desk: Desk, case_id: str, takeover: Json) -> None:
    """The clock of the chance passes, and nobody said that the device is unlocked."""
    breach = on_clock(
        clocks.ClockBreached,
        clock_id="clk_9",
        case_id=case_id,
        kind="unlock_attempt",
        about="takeover",
        subject=takeover["takeover_id"],
        due_by=NOON,
        emitted_late=False,
        still_owed=True,
        on_silence="device_counts_as_locked",
        policy_version="1",
        calendar_version="1",
        trace=TRACE,
    )
    await desk.hears(told(breach, "clk_9", 2, case_id=case_id))


@pytest.mark.rule("R-37")
async def test_a_locked_device_is_the_platforms_at_once_with_one_chance_and_without_a_charge(desk: Desk) -> None:
    """INVARIANT: S-1; would break if a report alone charged the seller, or if nobody asked the seller to unlock."""
    case_id = await reported(desk)
    takeover = await takeover_of(desk, case_id, SELLER)
    assert (takeover["status"], takeover["trigger"], takeover["decided_by"]) == ("ACTIVE", "T4", "system")
    assert takeover["unlock"]["outcome"] is None
    assert (takeover["charges_announced"], takeover["missing_facts"]) == ([], ["imei_check|confirmed_video"])
    assert [(cost["kind"], cost["gross_minor"]) for cost in takeover["costs"]] == [("HANDLING_FEE", 1815)]
    assert (await takeover_of(desk, case_id, BUYER))["costs"] == []
    assert (await desk.get(SELLER, f"/cases/{case_id}")).json()["answered_by"] == "platform"
    notices = (await desk.get(SELLER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert [notice["template"] for notice in notices] == ["takeover_activated", "unlock_requested"]
    assert "18.15 EUR" in notices[0]["text"]
    to_buyer = (await desk.get(BUYER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert not any("18.15" in notice["text"] for notice in to_buyer)


@pytest.mark.parametrize(("reason", "proof", "trigger"), [("COUNTERFEIT", "report", "T5"), ("UNSAFE", "report", "T6")])
async def test_counterfeit_and_unsafe_goods_are_the_platforms_at_once(
    desk: Desk, reason: str, proof: str, trigger: str
) -> None:
    takeover = await takeover_of(desk, await reported(desk, reason, proof=proof))
    assert (takeover["status"], takeover["trigger"], takeover["unlock"]) == ("ACTIVE", trigger, None)


async def test_a_claim_may_name_the_lock_where_the_case_does_not(desk: Desk) -> None:
    takeover = await takeover_of(desk, await reported(desk, "DEFECTIVE", claimed="LOCKED_DEVICE"))
    assert (takeover["status"], takeover["trigger"]) == ("ACTIVE", "T4")


async def test_other_complaints_and_a_claim_without_its_evidence_stay_with_the_seller(desk: Desk) -> None:
    case_id = await reported(desk, proof="statement")
    assert (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json() == []
    await shows(desk, case_id, "video", "buyer", 3)
    assert (await takeover_of(desk, case_id))["status"] == "ACTIVE"


async def test_what_is_reported_twice_is_taken_over_once(desk: Desk) -> None:
    case_id = await reported(desk)
    await shows(desk, case_id, "video", "buyer", 3)
    assert (await takeover_of(desk, case_id))["status"] == "ACTIVE"
    assert (await desk.told()).count("ticketing.unlock_requested") == 1


async def test_the_buyer_alone_says_that_the_device_is_unlocked_and_the_seller_answers_again(desk: Desk) -> None:
    case_id = await reported(desk)
    path = f"/takeovers/{(await takeover_of(desk, case_id))['takeover_id']}/unlock-answer"
    for other in (SELLER, AGENT, MEDIATOR):
        assert (await desk.post(other, path, {"unlocked": True})).status_code == 403
    assert (await desk.post(STRANGER, path, {"unlocked": True})).status_code == 404
    ended = await desk.done(BUYER, path, {"unlocked": True})
    assert (ended["status"], ended["ended_because"], ended["unlock"]["outcome"]) == (
        "HANDED_BACK",
        "unlocked",
        "unlocked",
    )
    assert (await desk.get(SELLER, f"/cases/{case_id}")).json()["answered_by"] == "seller"
    assert (await desk.post(BUYER, path, {"unlocked": False})).status_code == 409
    assert "ticketing.takeover_judged" not in await desk.told()


async def test_no_verdict_is_given_while_the_chance_lasts_or_a_fact_is_missing(desk: Desk) -> None:
    case_id = await reported(desk)
    takeover = await takeover_of(desk, case_id)
    lasts = await judged(desk, MEDIATOR, takeover)
    assert (lasts.status_code, lasts.json()["type"].rpartition(":")[2]) == (409, "unlock_chance_runs")
    await desk.done(BUYER, f"/takeovers/{takeover['takeover_id']}/unlock-answer", {"unlocked": False})
    bare = await judged(desk, MEDIATOR, takeover)
    assert (bare.status_code, bare.json()["missing"]) == (409, ["imei_check|confirmed_video"])
    await shows(desk, case_id, "confirmed_video", "buyer", 3)
    assert (await judged(desk, MEDIATOR, takeover, facts=["dsp_1:3"])).status_code == 409
    await shows(desk, case_id, "confirmed_video", "agent", 4)
    assert (await judged(desk, MEDIATOR, takeover, facts=["dsp_1:4"])).status_code == 200


async def test_the_scope_says_who_gives_the_verdict(desk: Desk) -> None:
    case_id = await reported(desk, "COUNTERFEIT", proof="report")
    takeover = await takeover_of(desk, case_id)
    refuted = {"confirmed": False, "reason": "genuine"}
    for other in (BUYER, SELLER, AGENT, MEDIATOR):
        assert (await judged(desk, other, takeover, **refuted)).status_code == 403
    assert (await judged(desk, STRANGER, takeover, **refuted)).status_code == 404
    assert (await judged(desk, SUPERVISOR, takeover, **refuted)).json()["status"] == "HANDED_BACK"
    assert (await desk.get(SELLER, f"/cases/{case_id}")).json()["answered_by"] == "seller"
    notices = (await desk.get(SELLER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert "verdict_refuted" in [notice["template"] for notice in notices]


@pytest.mark.rule("S-3")
async def test_a_confirmed_verdict_charges_what_was_shown_and_a_reversal_takes_it_back(desk: Desk) -> None:
    """INVARIANT: what was shown is what is charged (casework, 3)."""
    await desk.hears(ANSWER)
    (case_id,) = [case["case_id"] for case in (await desk.get(BUYER, "/cases")).json()["cases"]]
    takeover = await takeover_of(desk, case_id)
    assert takeover["missing_facts"] == []
    await chance_passed(desk, case_id, takeover)
    assert (await takeover_of(desk, case_id))["unlock"]["outcome"] == "not_answered"
    confirmed = (await judged(desk, SUPERVISOR, takeover)).json()
    assert (confirmed["status"], confirmed["charges_announced"]) == ("ACTIVE", ["HANDLING_FEE"])
    (event,) = await desk.events_of("ticketing.takeover_judged")
    assert (event["verdict"], event["charges_announced"]) == ("confirmed", ["HANDLING_FEE"])
    assert [cost["net_minor"] for cost in event["costs"]] == [1500]
    path = f"/takeovers/{takeover['takeover_id']}/reversal"
    assert (await desk.post(SUPERVISOR, path, {"reason": "wrong_device"})).status_code == 409
    await desk.done(OTHER_SUPERVISOR, path, {"reason": "wrong_device"})
    (undone,) = await desk.events_of("ticketing.takeover_reversed")
    assert undone["charges_announced"] == ["HANDLING_FEE"]


async def test_a_device_that_no_register_knows_is_no_fact(desk: Desk) -> None:
    await desk.hears(ANSWER.model_copy(update={"blocked": False}))
    assert (await takeover_of(desk, await reported(desk)))["missing_facts"] == ["imei_check|confirmed_video"]


@pytest.mark.rule("R-37")
async def test_a_device_that_a_register_knows_as_blocked_is_the_platforms_without_a_complaint(desk: Desk) -> None:
    """The buyer has a case at once; the seller has the chance to unlock the device, and pays nothing before a verdict."""
    await desk.hears(received(ANSWER, NOON, subject="ord_3", sequence=3))
    (case,) = (await desk.get(BUYER, "/cases")).json()["cases"]
    assert (case["reason"], case["answered_by"], case["origin"]) == ("LOCKED_DEVICE", "platform", "system")
    takeover = await takeover_of(desk, case["case_id"])
    assert (takeover["trigger"], takeover["status"], takeover["missing_facts"]) == ("T4", "ACTIVE", [])
    assert (takeover["facts"][0], takeover["charges_announced"]) == ("ord_3:3", [])
    assert takeover["unlock"]["outcome"] is None
    again = ANSWER.model_copy(update={"checked_at": NOON})
    await desk.hears(received(again, NOON, subject="ord_3", sequence=4))
    assert len((await desk.get(BUYER, "/cases")).json()["cases"]) == 1


@pytest.mark.rule("S-9")
async def test_a_case_is_not_closed_over_a_verdict_that_is_awaited_unless_somebody_says_why(desk: Desk) -> None:
    """INVARIANT: would break if a contact was taken over, and nobody ever had to say whether for a reason."""
    case_id = await reported(desk, "UNSAFE", proof="report")
    takeover = await takeover_of(desk, case_id)
    ended = told(disputes.DisputeWithdrawn.model_construct(dispute_id="dsp_1", case_id=case_id), "dsp_1", 5)
    await desk.hears(ended)
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    refused = await desk.post(AGENT, f"/cases/{case_id}/closure")
    assert (refused.status_code, refused.json()["unfinished"]) == (409, [takeover["takeover_id"]])
    assert (await takeover_of(desk, case_id))["status"] == "ACTIVE"
    await desk.done(SUPERVISOR, f"/takeovers/{takeover['takeover_id']}/verdict", {"confirmed": False, "reason": "safe"})
    assert (await desk.done(AGENT, f"/cases/{case_id}/closure"))["status"] == "CLOSED"


async def test_a_case_may_be_closed_without_a_verdict_for_a_reason(desk: Desk) -> None:
    case_id = await reported(desk, "UNSAFE", proof="report")
    for step, more in (("resolution", {"outcome": "answered"}), ("closure", {})):
        await desk.done(AGENT, f"/cases/{case_id}/{step}", {**more, "despite": "buyer_gave_up"})
    assert (await takeover_of(desk, case_id))["status"] == "CONCLUDED"
