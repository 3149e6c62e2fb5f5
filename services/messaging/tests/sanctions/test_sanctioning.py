"""Sanctions on real MongoDB: what a step means for messages, and how a reversal undoes it (R-04, section 7)."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import (
    FINE,
    LEAK,
    SUPERVISOR,
    Json,
    do,
    enforce,
    see,
    status_of,
    told,
    write,
)
from messaging_threads import stored

from chassis.store import LeaseLost
from chassis.testing import overslept
from messaging.sanctions.jobs import Enforcing
from messaging.sanctions.store import SANCTIONS, sanction_id

pytestmark = pytest.mark.rule("R-04")


async def leaks(desk: Desk, times: int) -> list[Json]:
    return [await write(desk, SELLER, LEAK) for _ in range(times)]


async def standing(desk: Desk, who: str = SELLER) -> Json:
    (sanction,) = (await see(desk, who, f"/sanctions/{who.partition(':')[2]}"))["sanctions"]
    shown: Json = sanction
    return shown


async def test_a_seller_is_told_at_once_where_they_stand_and_what_comes_next(desk: Desk) -> None:
    posted = await leaks(desk, 5)
    assert [p["status"] for p in posted] == ["BLOCKED"] * 5
    assert [(p["standing"]["step"], p["standing"]["next_step"]) for p in posted] == [
        ("educate", "warn"),
        ("warn", "hold_all"),
        ("hold_all", "takeover"),
        ("takeover", "takeover"),
        ("takeover", "takeover"),
    ]


async def test_a_buyers_first_try_is_redacted_and_explained_only(desk: Desk) -> None:
    first = await write(desk, BUYER, LEAK)
    assert (first["status"], first["standing"]["step"], first["standing"]["next_step"]) == (
        "DELIVERED",
        "explain",
        "educate",
    )
    (seen,) = (await see(desk, SELLER, f"/conversations/{desk.case}/messages"))["messages"]
    assert "29 123 456" not in seen["text"]


async def test_from_the_third_step_every_message_of_the_person_waits_and_nobody_elses(desk: Desk) -> None:
    await leaks(desk, 3)
    waiting = await write(desk, SELLER, FINE)
    assert (waiting["status"], waiting["held_because"]) == ("HELD", ["sanction"])
    assert (await write(desk, BUYER, "Paldies, gaidīšu."))["status"] == "DELIVERED"
    (held,) = await told(desk, "message_held")
    assert json.loads(held["value"])["reasons"] == ["sanction"]


async def test_the_last_step_tells_ticketing_the_events_it_rests_on_and_never_a_word(desk: Desk) -> None:
    await leaks(desk, 4)
    last = json.loads((await told(desk, "sanction_imposed"))[-1]["value"])
    assert (last["step"], last["case_id"], last["takeover_round"], last["breaches"]) == ("takeover", desk.case, 1, 4)
    assert last["facts"] == sorted(r["_id"] for r in await told(desk, "message_blocked"))
    rows = await desk.mongo.find("outbox", {}, limit=1000)
    assert not [r for r in rows if b"29 123 456" in r["value"]]


async def test_a_released_appeal_takes_the_breach_back(desk: Desk) -> None:
    posted = await leaks(desk, 2)
    await do(desk, SELLER, f"/messages/{posted[1]['message_id']}/appeal")
    await do(desk, AGENT, f"/messages/{posted[1]['message_id']}/release", {"reasons": ["no_contact_data"]})
    assert (await standing(desk))["step"] == "educate"
    lifted = json.loads((await told(desk, "sanction_lifted"))[-1]["value"])
    assert (lifted["cause"], lifted["was_step"], lifted["step"]) == ("message_released", "warn", "educate")
    assert (lifted["reasons"], lifted["pardoned"]) == (["no_contact_data"], [posted[1]["message_id"]])


async def test_a_rejection_is_a_breach_as_of_when_the_message_was_sent(desk: Desk) -> None:
    """Order: the moderator's word comes late, and counts from the message."""
    await leaks(desk, 3)
    waiting = await write(desk, SELLER, FINE)
    sent_at = desk.clock.at
    desk.clock.advance(hours=3)
    await do(desk, AGENT, f"/messages/{waiting['message_id']}/rejection", {"reasons": ["pressure"]})
    shown = await standing(desk)
    assert (shown["step"], shown["standing"][-1]["rules"]) == ("takeover", ["pressure"])
    assert datetime.fromisoformat(shown["standing"][-1]["sent_at"]) < sent_at


async def test_a_reversal_delivers_what_waited_and_counts_it_from_when_it_was_sent(desk: Desk) -> None:
    posted = await leaks(desk, 4)
    waiting = await write(desk, SELLER, FINE)
    id = posted[0]["standing"]["sanction_id"]
    await do(desk, SELLER, f"/sanctions/{id}/appeals", {"grounds": ["no_contact_data"]})
    assert [s["sanction_id"] for s in (await see(desk, SUPERVISOR, "/moderation/sanction-appeals"))["sanctions"]] == [
        id
    ]
    reversed_ = await do(desk, SUPERVISOR, f"/sanctions/{id}/reversal", {"reasons": ["order_number"]})
    assert (reversed_["step"], reversed_["appealed_at"]) == (None, None)
    await enforce(desk)
    assert await status_of(desk, waiting["message_id"]) == "DELIVERED"
    delivered = json.loads((await told(desk, "message_delivered"))[-1]["value"])
    assert delivered["submitted_at"] < delivered["delivered_at"]
    lifted = json.loads((await told(desk, "sanction_lifted"))[-1]["value"])
    assert (lifted["takeover_withdrawn_from"], lifted["takeover_round"]) == ([desk.case], 1)
    assert (await write(desk, SELLER, FINE))["status"] == "DELIVERED"


async def test_a_message_that_is_sent_while_a_sanction_is_lifted_does_not_stay_behind(desk: Desk) -> None:
    """INVARIANT: what waits because of a step is delivered when it is lifted; a message that is not counted would stay."""
    id = (await leaks(desk, 3))[0]["standing"]["sanction_id"]
    for _ in range(6):
        await write(desk, SELLER, FINE)
        writing = [write(desk, SELLER, FINE) for _ in range(4)]
        lifting = do(desk, SUPERVISOR, f"/sanctions/{id}/reversal", {"reasons": ["mistake"]})
        await asyncio.gather(*writing[:2], lifting, *writing[2:])
        await enforce(desk)
        held = await desk.mongo.find("messages", {"status": "HELD"}, limit=10)
        assert [m["_id"] for m in held] == []
        await leaks(desk, 3)


async def test_steps_back_that_are_due_are_told_by_themselves(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    await leaks(desk, 3)
    await enforce(desk)
    lifted = [json.loads(r["value"]) for r in await told(desk, "sanction_lifted")]
    assert {one["cause"] for one in lifted} == {"decayed"}
    sanction = await stored(desk.mongo, SANCTIONS, sanction_id("seller", "sel_1", "lv"))
    assert sanction is not None
    assert sanction.height < 3


async def test_an_appeal_that_is_lost_is_not_made_again(desk: Desk) -> None:
    id = (await leaks(desk, 1))[0]["standing"]["sanction_id"]
    await do(desk, SUPERVISOR, f"/sanctions/{id}/upholding", {"reasons": ["confirmed"]}, 409)
    await do(desk, SELLER, f"/sanctions/{id}/appeals", {"grounds": ["mistake"]})
    upheld = await do(desk, SUPERVISOR, f"/sanctions/{id}/upholding", {"reasons": ["confirmed"]})
    assert (upheld["step"], upheld["appealed_at"]) == ("educate", None)
    await do(desk, SELLER, f"/sanctions/{id}/appeals", {"grounds": ["mistake"]}, 409)


@pytest.mark.parametrize("who", ["seller:sel_2", "buyer:sel_1", "agent:agt_2:pt"])
async def test_a_sanction_is_seen_by_the_person_and_the_staff_of_the_market_alone(desk: Desk, who: str) -> None:
    await leaks(desk, 1)
    answer = await desk.get(who, "/sanctions/sel_1")
    assert answer.status_code == 404 or answer.json() == {"sanctions": []}
    assert (await standing(desk))["step"] == "educate"


async def test_a_replica_that_overslept_its_turn_delivers_nothing(desk: Desk) -> None:
    """INVARIANT: would break if a step were committed without the lease's token."""
    id = (await leaks(desk, 3))[0]["standing"]["sanction_id"]
    waiting = await write(desk, SELLER, FINE)
    await do(desk, SUPERVISOR, f"/sanctions/{id}/reversal", {"reasons": ["mistake"]})
    with pytest.raises(LeaseLost):
        await Enforcing(desk.mongo, await overslept(desk.mongo, "sanctions")).work()
    assert await status_of(desk, waiting["message_id"]) == "HELD"
