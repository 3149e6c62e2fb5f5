"""A message is checked before it is sent (real MongoDB): the same verdict as sending it, and nothing is kept."""

from typing import Any

import pytest
from attachment_desk import BUYER, SELLER, Desk
from enforcement_desk import FINE, LEAK, SUPERVISOR, do, see, write

from chassis.allowance import ALLOWANCES_COLLECTION
from chassis.limits import LIMITS, Limited

pytestmark = pytest.mark.rule("R-04", "R-05")
KEPT = ("messages", "outbox", "conversations", "seller_replies", "sanctions")


async def check(desk: Desk, who: str, text: str, status: int = 200) -> dict[str, Any]:
    return await do(desk, who, f"/conversations/{desk.case}/messages/check", {"text": text}, status)


@pytest.fixture(autouse=True)
async def nobody_did_anything_before(desk: Desk) -> None:
    """The desks of a module share their sellers."""
    for name in ("sanctions", ALLOWANCES_COLLECTION):
        await desk.mongo.remove(name, {})


async def kept(desk: Desk) -> list[list[dict[str, Any]]]:
    return [await desk.mongo.find(name, {}, sort=[("_id", 1)], limit=1000) for name in KEPT]


@pytest.mark.parametrize(
    ("who", "text"), [(SELLER, FINE), (SELLER, LEAK), (BUYER, LEAK), (SELLER, "Thank you for asking.")]
)
async def test_a_check_says_what_sending_says_and_keeps_nothing(desk: Desk, who: str, text: str) -> None:
    """INVARIANT: would break if a check were an opinion of its own, or left a trace of what was not sent."""
    await write(desk, BUYER, "Kad piegādās manu sūtījumu?")
    desk.clock.advance(minutes=20)
    before = await kept(desk)
    checked = await check(desk, who, text)
    assert await kept(desk) == before
    sent = await write(desk, who, text)
    assert {name: sent[name] for name in checked if name != "standing"} == {
        name: told for name, told in checked.items() if name != "standing"
    }


async def test_a_check_counts_no_breach_of_its_author(desk: Desk) -> None:
    for _ in range(5):
        assert (await check(desk, SELLER, LEAK))["status"] == "BLOCKED"
    assert await desk.mongo.count("sanctions", {}, limit=1) == 0
    assert (await write(desk, SELLER, LEAK))["status"] == "BLOCKED"
    (sanction,) = (await see(desk, SUPERVISOR, "/sanctions/sel_1"))["sanctions"]
    assert len(sanction["standing"]) == 1


async def test_what_a_check_lets_through_is_not_found_out_by_trying(desk: Desk) -> None:
    """INVARIANT: a party may check what they write, and not a thousand disguises of a number."""
    for _ in range(LIMITS[Limited.CHECKS][0].times):
        await check(desk, SELLER, FINE)
    refused = await check(desk, SELLER, FINE, 429)
    assert refused["limit"] == "checks"
    assert refused["detail"].endswith("Send the message: the answer says what was found.")
    await check(desk, BUYER, FINE)
