"""The moderators' queue as they follow it: told when a message waits, is taken or is decided, in their markets alone."""

import pytest
from attachment_desk import AGENT, SELLER
from attachment_desk import Desk as Replica
from enforcement_desk import do, write

from chassis.testing.desk import Desk

PAY_ME = "Lūdzu, pārskaitiet naudu uz manu kontu ārpus platformas: LV80BANK0000435195001."
QUEUE = "/moderation/held/events"


@pytest.fixture
def followed(desk: Replica) -> Desk:
    return Desk(desk.app, desk.app.state.parts, desk.clock)


async def test_a_moderator_hears_what_waits_is_taken_and_is_decided(desk: Replica, followed: Desk) -> None:
    async with (
        followed.follow(AGENT, QUEUE) as agent,
        followed.follow(AGENT, f"{QUEUE}?mine=true") as mine,
        followed.follow("agent:agt_2:pt", QUEUE) as elsewhere,
    ):
        for one in (agent, mine, elsewhere):
            assert await one.hears(1) == {"event": "held", "messages": 0, "next_due_by": None}
        id = (await write(desk, SELLER, PAY_ME))["message_id"]
        assert (await agent.hears(2))["messages"] == 1
        await do(desk, AGENT, f"/messages/{id}/assignment")
        await agent.hears(3)
        assert (await mine.hears(2))["messages"] == 1
        await do(desk, AGENT, f"/messages/{id}/release")
        assert (await agent.hears(4))["messages"] == 0
        assert len(elsewhere.heard) == 1
    assert (await desk.get(SELLER, QUEUE)).status_code == 403
    assert (await desk.get("agent:agt_2:pt", f"{QUEUE}?market=lv")).status_code == 404
