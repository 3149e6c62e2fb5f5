"""The moderators' queue on real MongoDB: what waits, why, since when, and who looks at it."""

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import LEAK, SUPERVISOR, Json, do, see, status_of, write

PAY_ME = "Lūdzu, pārskaitiet naudu uz manu kontu ārpus platformas: LV80BANK0000435195001."
OTHER = "agent:agt_2"


async def held(desk: Desk) -> str:
    """A message of the seller that waits by the policy."""
    posted = await write(desk, SELLER, PAY_ME)
    assert posted["status"] == "HELD", posted
    id: str = posted["message_id"]
    return id


async def queue(desk: Desk, who: str = AGENT, query: str = "") -> list[Json]:
    found: list[Json] = (await see(desk, who, f"/moderation/held{query}"))["messages"]
    return found


async def test_a_waiting_message_says_why_where_and_since_when(desk: Desk) -> None:
    id = await held(desk)
    desk.clock.advance(minutes=30)
    (shown,) = await queue(desk)
    assert (shown["message_id"], shown["text"], shown["market"]) == (id, PAY_ME, "lv")
    assert "bank" in shown["reasons"]
    spot = next(s for s in shown["spots"] if s["kind"] == "bank")
    assert shown["text"][spot["start"] : spot["end"]] == "LV80BANK0000435195001"
    assert (shown["waits_seconds"], spot["rule"] in shown["rules"]) == (1801, True)


async def test_what_is_due_first_is_first_and_pages_follow_each_other(desk: Desk) -> None:
    ids = [await held(desk) for _ in range(5)]
    first = await see(desk, AGENT, "/moderation/held?limit=3")
    second = await see(desk, AGENT, f"/moderation/held?limit=3&cursor={first['next_cursor']}")
    assert [m["message_id"] for page in (first, second) for m in page["messages"]] == ids
    assert second["next_cursor"] is None


async def test_an_appealed_message_waits_as_an_appeal_from_then_on(desk: Desk) -> None:
    blocked = (await write(desk, SELLER, LEAK))["message_id"]
    desk.clock.advance(hours=10)
    first = await held(desk)
    await do(desk, SELLER, f"/messages/{blocked}/appeal")
    assert [(m["message_id"], "appeal" in m["reasons"]) for m in await queue(desk)] == [(first, False), (blocked, True)]


async def test_only_the_readers_markets_are_in_the_queue(desk: Desk) -> None:
    await held(desk)
    assert await queue(desk, "agent:agt_2:pt") == []
    assert len(await queue(desk, "agent:agt_2:lv", "?market=lv")) == 1
    assert (await desk.get("agent:agt_2:pt", "/moderation/held?market=lv")).status_code == 404
    assert (await desk.get(SELLER, "/moderation/held")).status_code == 403


@pytest.mark.parametrize("decision", ["release", "rejection"])
async def test_what_somebody_has_is_decided_by_nobody_else(desk: Desk, decision: str) -> None:
    id = await held(desk)
    mine = await do(desk, AGENT, f"/messages/{id}/assignment")
    assert mine["assigned_to"] == "agt_1"
    (shown,) = await queue(desk, OTHER)
    assert (shown["assigned_to"], shown["assigned_until"]) == ("agt_1", mine["assigned_until"])
    refused = await do(desk, OTHER, f"/messages/{id}/{decision}", {"reasons": ["mistake"]}, 409)
    assert refused["assigned_until"][:19] == mine["assigned_until"][:19]
    await do(desk, OTHER, f"/messages/{id}/assignment", status=409)
    await do(desk, AGENT, f"/messages/{id}/{decision}", {"reasons": ["mistake"]})
    assert await status_of(desk, id) == {"release": "DELIVERED", "rejection": "REJECTED"}[decision]


async def test_a_supervisor_takes_a_message_over_or_gives_it_to_somebody(desk: Desk) -> None:
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/assignment")
    await do(desk, SUPERVISOR, f"/messages/{id}/release", status=409)
    await do(desk, AGENT, f"/messages/{id}/assignment", {"to": "agt_2"}, 403)
    given = await do(desk, SUPERVISOR, f"/messages/{id}/assignment", {"to": "agt_2"})
    assert given["assigned_to"] == "agt_2"
    assert [m["message_id"] for m in await queue(desk, OTHER, "?mine=true")] == [id]
    assert await queue(desk, AGENT, "?mine=true") == []
    await do(desk, SUPERVISOR, f"/messages/{id}/assignment")
    await do(desk, SUPERVISOR, f"/messages/{id}/release")


async def test_an_assignment_ends_by_itself_so_that_nothing_is_stuck(desk: Desk) -> None:
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/assignment")
    desk.clock.advance(minutes=31)
    assert (await queue(desk, OTHER))[0]["assigned_to"] is None
    await do(desk, OTHER, f"/messages/{id}/release")


async def test_a_message_is_given_back_by_whoever_has_it(desk: Desk) -> None:
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/unassignment", status=409)
    await do(desk, AGENT, f"/messages/{id}/assignment")
    await do(desk, OTHER, f"/messages/{id}/unassignment", status=409)
    assert (await do(desk, AGENT, f"/messages/{id}/unassignment"))["assigned_to"] is None
    await do(desk, OTHER, f"/messages/{id}/assignment")


async def test_what_does_not_wait_is_assigned_to_nobody(desk: Desk) -> None:
    id = (await write(desk, BUYER, "Kur ir mans sūtījums?"))["message_id"]
    await do(desk, AGENT, f"/messages/{id}/assignment", status=409)
    assert await queue(desk) == []


async def test_a_released_message_counts_from_when_it_was_sent_and_leaves_the_queue(desk: Desk) -> None:
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/release", {"reasons": ["own_account_of_the_platform"]})
    assert await queue(desk) == []
    await do(desk, AGENT, f"/messages/{id}/release")  # a repeat changes nothing
    await do(desk, AGENT, f"/messages/{id}/rejection", {"reasons": ["mistake"]}, 409)
    (message,) = await desk.mongo.find("messages", {"_id": id}, limit=1)
    assert (message["decided_by"], message["decision_reasons"]) == ("agt_1", ["own_account_of_the_platform"])
