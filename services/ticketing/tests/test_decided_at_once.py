"""Two people decide about one case or takeover on what both saw: one does, and the other hears of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED

from chassis.testing.desk import Desk, a_desk
from ticketing.app import SERVICE


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def test_a_case_that_was_moved_meanwhile_is_not_resolved_as_it_was_seen(desk: Desk) -> None:
    case_id = (await desk.done(BUYER, "/cases", CONTACT))["case_id"]
    seen = (await desk.get(AGENT, f"/cases/{case_id}")).headers["ETag"]
    moved = {"to": "platform", "reason": "wrong_door"}
    await desk.done("agent:agt_2", f"/cases/{case_id}/move", moved)
    late = await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"}, if_match=seen)
    assert late.status_code == 412
    shown = await desk.get(AGENT, f"/cases/{case_id}")
    assert shown.json()["status"] == "OPEN"
    tag = shown.headers["ETag"]
    resolved = await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"}, if_match=tag)
    assert resolved.status_code == 200
    assert (await desk.post(AGENT, f"/cases/{case_id}/closure", if_match=tag)).status_code == 412
    assert (await desk.post(AGENT, f"/cases/{case_id}/closure", if_match=resolved.headers["ETag"])).status_code == 200


async def test_of_two_agents_who_saw_one_proposal_exactly_one_decides(desk: Desk) -> None:
    """INVARIANT: S-9; would break if a replica compared what was seen before its transaction."""
    case_id = (await desk.done(BUYER, "/cases", CONTACT))["case_id"]
    proposal = {"trigger": "T2", "facts": []}
    takeover = (await desk.done(BUYER, f"/cases/{case_id}/takeover-proposals", proposal))["takeover_id"]
    seen = (await desk.get(AGENT, f"/takeovers/{takeover}")).headers["ETag"]
    async with a_desk(SERVICE, {"namespace": desk.mongo.name.removesuffix("-ticketing")}) as other:
        answers = await asyncio.gather(
            desk.post(AGENT, f"/takeovers/{takeover}/refusal", {"reason": "first"}, if_match=seen),
            other.post("agent:agt_2", f"/takeovers/{takeover}/refusal", {"reason": "second"}, if_match=seen),
        )
        assert sorted(a.status_code for a in answers) == [200, 412]
        shown = (await desk.get(AGENT, f"/takeovers/{takeover}")).json()
        assert shown["status"] == "DECLINED"
