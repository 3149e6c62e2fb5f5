"""In the place of a merged case another goes on: nobody but staff writes in it, and who tries hears where to write."""

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import ASKED, FINE, asked, do, hears, see, told, write

from ombud_contracts.events.ticketing import CaseClosed, CaseMerged


async def merged(desk: Desk) -> None:
    """Have the desk merge the case into another, and hear of it again."""
    about = {"case_id": desk.case}
    first = CaseMerged(**about, into_case_id="cas_8", into_number="LV-26-8", merged_by="agent", merged_at=desk.clock())
    await hears(desk, first, actor="agt_1", sequence=7)
    await hears(desk, CaseClosed(**about, closed_at=desk.clock()), actor="agt_1", sequence=8)
    await hears(desk, first, actor="agt_1", sequence=7)


@pytest.mark.rule("S-10")
async def test_who_writes_in_a_merged_case_hears_at_once_where_to_write(desk: Desk) -> None:
    """S-10: would break if the message were taken by a case in which nobody owes an answer."""
    await merged(desk)
    messages = f"/conversations/{desk.case}/messages"
    for who in (BUYER, SELLER):
        for path in (messages, f"{messages}/check"):
            refused = await do(desk, who, path, {"text": FINE}, 409)
            assert (refused["type"].rpartition(":")[2], refused["reason"]) == ("party_may_not_write", "case_merged")
            assert "case that goes on" in refused["detail"]
        locks = (await see(desk, who, f"/conversations/{desk.case}"))["locks"]
        assert "case_merged" in [lock["reason"] for lock in locks]
    assert (await write(desk, AGENT, "Turpinām otrā lietā."))["status"] == "DELIVERED"
    assert len(await told(desk, "conversation_locked")) == 3


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("asker", [BUYER, SELLER])
async def test_a_merged_contact_with_the_platform_takes_no_message_either(desk: Desk, asker: str) -> None:
    await asked(desk, asker)
    await merged(desk)
    refused = await do(desk, asker, f"/conversations/{ASKED}/messages", {"text": FINE}, 409)
    assert refused["reason"] == "case_merged"
