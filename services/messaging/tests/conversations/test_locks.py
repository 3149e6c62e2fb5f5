"""A buyer who is locked reads and does not write, hears why and until when, and writes again by staff or by time."""

import json

from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import do, see, told, write

CALM = "Kad piegādās manu sūtījumu?"
LOCK = {"reason": "insults", "hours": 2}


async def test_a_locked_buyer_hears_why_and_until_when_and_still_reads(desk: Desk) -> None:
    await do(desk, AGENT, f"/conversations/{desk.case}/buyer-lock", LOCK)
    refused = await do(desk, BUYER, f"/conversations/{desk.case}/messages", {"text": CALM}, 409)
    (lock,) = (await see(desk, BUYER, f"/conversations/{desk.case}"))["locks"]
    named = {name: refused[name] for name in ("reason", "unlocked_by")}
    assert named == {"reason": "insults", "unlocked_by": "staff"} == {name: lock[name] for name in named}
    event = json.loads((await told(desk, "conversation_locked"))[-1]["value"])
    assert event["until"] == lock["until"]


async def test_the_seller_writes_on_while_the_buyer_is_locked(desk: Desk) -> None:
    await write(desk, BUYER, CALM)
    await do(desk, AGENT, f"/conversations/{desk.case}/buyer-lock", LOCK)
    desk.clock.advance(minutes=20)
    assert (await write(desk, SELLER, "Sūtījumu kurjers piegādās rīt pusdienlaikā."))["status"] == "DELIVERED"


async def test_a_lock_ends_by_itself(desk: Desk) -> None:
    await do(desk, AGENT, f"/conversations/{desk.case}/buyer-lock", LOCK)
    desk.clock.advance(minutes=121)
    assert (await write(desk, BUYER, CALM))["status"] == "DELIVERED"


async def test_staff_end_a_lock_and_ending_it_again_changes_nothing(desk: Desk) -> None:
    await do(desk, AGENT, f"/conversations/{desk.case}/buyer-lock", LOCK)
    for _ in range(2):
        shown = await do(desk, AGENT, f"/conversations/{desk.case}/buyer-unlock", {"reason": "insults"})
        assert shown["locks"] == []
    assert len(await told(desk, "conversation_unlocked")) == 1
    assert (await write(desk, BUYER, CALM))["status"] == "DELIVERED"


async def test_no_lock_lasts_longer_than_three_days(desk: Desk) -> None:
    path = f"/conversations/{desk.case}/buyer-lock"
    for hours in (0, 73, "5", None):
        await do(desk, AGENT, path, {"reason": "insults", "hours": hours}, 422)
    assert (await see(desk, AGENT, f"/conversations/{desk.case}"))["locks"] == []
