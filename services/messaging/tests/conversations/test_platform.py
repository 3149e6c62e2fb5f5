"""What a person writes to the platform reaches the platform alone; the desk owes the answer, and no seller does."""

from typing import Any

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import ASKED as CASE
from enforcement_desk import FINE, asked, do, hears, see, told

from ombud_contracts.events.ticketing import CaseClosed, CaseMoved

pytestmark = pytest.mark.rule("R-20")
PATH = f"/conversations/{CASE}"
THANKS = "Paldies!"


async def shared_threads(desk: Desk) -> int:
    """Return how often a thread of this case between a buyer and a seller was told of."""
    return sum(row["_id"].startswith(f"cnv_{CASE}:") for row in await told(desk, "conversation_opened"))


async def texts(desk: Desk, who: str) -> list[str]:
    page: dict[str, Any] = await see(desk, who, f"{PATH}/messages")
    return [m["text"] for m in page["messages"]]


async def write(desk: Desk, who: str, text: str) -> dict[str, Any]:
    written = await do(desk, who, f"{PATH}/messages", {"text": text}, 201)
    desk.clock.advance(seconds=1)
    return written


@pytest.mark.parametrize(("asker", "other"), [(BUYER, SELLER), (SELLER, BUYER)])
async def test_who_asks_the_platform_and_the_desk_talk_and_the_other_side_sees_nothing(
    desk: Desk, asker: str, other: str
) -> None:
    """INVARIANT: casework, section 2; would break if a message to the platform were one of the parties' thread."""
    await asked(desk, asker)
    assert (await see(desk, asker, PATH))["desk_owes"]
    answer = await write(desk, AGENT, "Mēs to noskaidrosim.")
    shown = await see(desk, asker, PATH)
    assert (shown["counterpart"], shown["owes_reply"], shown["desk_owes"]) == ("platform", False, False)
    assert await texts(desk, asker) == ["Mēs to noskaidrosim.", FINE]
    assert (await see(desk, asker, f"/messages/{answer['message_id']}"))["audience"] == "platform"
    for path in (PATH, f"{PATH}/messages", f"/messages/{answer['message_id']}", f"{PATH}/events"):
        assert (await desk.get(other, path)).status_code == 404
    assert await shared_threads(desk) == 0


async def test_a_seller_who_asks_the_platform_owes_nobody_a_reply(desk: Desk) -> None:
    await asked(desk, SELLER)
    written = await write(desk, SELLER, FINE)
    assert written["qualifies"] is False
    assert (await see(desk, SELLER, "/discussions"))["owed"] == []


async def test_thanks_to_the_desk_waive_nothing_that_is_owed_and_are_not_owed_an_answer(desk: Desk) -> None:
    await asked(desk)
    await write(desk, BUYER, THANKS)
    assert (await see(desk, BUYER, PATH))["desk_owes"]
    await write(desk, AGENT, "Darīts.")
    await write(desk, BUYER, THANKS)
    assert not (await see(desk, BUYER, PATH))["desk_owes"]
    assert len(await told(desk, "reply_waived")) == 1


@pytest.mark.parametrize("asker", [BUYER, SELLER])
async def test_a_closed_case_does_not_lock_out_who_asks_the_platform(desk: Desk, asker: str) -> None:
    await asked(desk, asker)
    await hears(desk, CaseClosed(case_id=CASE, closed_at=desk.clock()), sequence=2)
    assert (await write(desk, asker, FINE))["status"] == "DELIVERED"


async def test_a_contact_that_is_moved_to_its_seller_shows_the_seller_what_is_written_from_then_on(desk: Desk) -> None:
    """Casework, section 2: the wrong door. What was written to the platform stays between the two."""
    await asked(desk)
    moved = CaseMoved(
        case_id=CASE, to="seller", reason="wrong_door", seller_id="sel_1", moved_by="agent", moved_at=desk.clock()
    )
    await hears(desk, moved, sequence=2)
    assert await shared_threads(desk) == 1
    assert await texts(desk, SELLER) == []
    await write(desk, BUYER, "Kur ir mans sūtījums?")
    assert await texts(desk, SELLER) == ["Kur ir mans sūtījums?"]
    assert await texts(desk, BUYER) == ["Kur ir mans sūtījums?", FINE]
    assert (await see(desk, SELLER, PATH))["owes_reply"]


async def test_a_contact_that_is_moved_to_the_platform_does_not_exist_for_its_seller_any_more(desk: Desk) -> None:
    thread = f"/conversations/{desk.case}"
    await do(desk, BUYER, f"{thread}/messages", {"text": FINE}, 201)
    assert (await see(desk, SELLER, thread))["owes_reply"]
    moved = CaseMoved(case_id=desk.case, to="platform", reason="wrong_door", moved_by="agent", moved_at=desk.clock())
    await hears(desk, moved, sequence=2)
    for path in (thread, f"{thread}/messages", f"{thread}/events"):
        assert (await desk.get(SELLER, path)).status_code == 404
    shown = await see(desk, BUYER, thread)
    assert (shown["counterpart"], shown["owes_reply"], shown["desk_owes"]) == ("platform", False, True)


async def test_nobody_is_told_that_an_own_message_is_not_a_sellers_reply(desk: Desk) -> None:
    thread = f"/conversations/{desk.case}"
    written = await do(desk, BUYER, f"{thread}/messages", {"text": FINE}, 201)
    assert written["not_qualifying_because"] == []
    for reader, because in ((BUYER, []), (SELLER, []), (AGENT, ["not_from_seller"])):
        shown = await see(desk, reader, f"/messages/{written['message_id']}")
        assert shown["not_qualifying_because"] == because
    automated = await do(desk, SELLER, f"{thread}/messages", {"text": "Paldies par ziņu!", "audience": "internal"}, 201)
    assert automated["not_qualifying_because"] == ["internal_note"]
