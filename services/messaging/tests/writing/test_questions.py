"""Questions ticked off (R-02) on real MongoDB: what the buyer asked, and which reply addressed it; insults on both sides."""

import json

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import Json, do, see, told, write

pytestmark = pytest.mark.rule("R-02")

TWO = "Kad piegādās manu sūtījumu? Vai telefonam ir garantija?"


async def asked(desk: Desk, who: str = SELLER) -> list[Json]:
    shown: list[Json] = (await see(desk, who, f"/conversations/{desk.case}"))["questions"]
    return shown


def words(text: str, question: Json) -> str:
    return text[question["start"] : question["end"]]


async def reply(desk: Desk, text: str) -> str:
    """An answer of the seller, after as long as a person needs."""
    desk.clock.advance(minutes=20)
    posted = await write(desk, SELLER, text)
    assert posted["qualifies"], posted
    id: str = posted["message_id"]
    return id


async def test_questions_are_listed_and_ticked_off_by_the_reply_that_addresses_them(desk: Desk) -> None:
    await write(desk, BUYER, TWO)
    assert [(words(TWO, q), q["answered_by"]) for q in await asked(desk)] == [
        ("Kad piegādās manu sūtījumu?", None),
        ("Vai telefonam ir garantija?", None),
    ]
    first = await reply(desk, "Sūtījumu kurjers piegādās rīt pusdienlaikā.")
    assert [q["answered_by"] for q in await asked(desk)] == [first, None]
    last = json.loads((await told(desk, "message_delivered"))[-1]["value"])["classification"]
    assert (last["questions_asked"], last["questions_addressed"]) == (0, 1)
    second = await reply(desk, "Telefonam ir divu gadu garantija.")
    assert [q["answered_by"] for q in await asked(desk)] == [first, second]


async def test_a_contested_reply_leaves_its_questions_open_again(desk: Desk) -> None:
    await write(desk, BUYER, TWO)
    first = await reply(desk, "Sūtījumu kurjers piegādās rīt pusdienlaikā.")
    assert [q["answered_by"] for q in await asked(desk)] == [first, None]
    await do(desk, BUYER, f"/messages/{first}/contest", {"ground": "not_answered"})
    assert [q["answered_by"] for q in await asked(desk)] == [None, None]


async def test_a_span_stands_in_the_text_that_the_reader_sees(desk: Desk) -> None:
    text = f"Mans numurs ir +371 29 123 456, zvaniet. {TWO}"
    await write(desk, BUYER, text)
    for who in (BUYER, SELLER, AGENT):
        (message,) = (await see(desk, who, f"/conversations/{desk.case}/messages"))["messages"]
        found = [words(message["text"], q) for q in await asked(desk, who)]
        assert found == ["Kad piegādās manu sūtījumu?", "Vai telefonam ir garantija?"]
        assert (message["text"] == text) == (who == BUYER)


async def test_a_blocked_reply_ticks_nothing_off(desk: Desk) -> None:
    await write(desk, BUYER, TWO)
    desk.clock.advance(minutes=20)
    blocked = await write(desk, SELLER, "Sūtījumu piegādās rīt, zvaniet kurjeram +371 29 123 456.")
    assert blocked["status"] == "BLOCKED"
    assert [q["answered_by"] for q in await asked(desk)] == [None, None]


async def test_insults_are_flagged_on_both_sides(desk: Desk) -> None:
    for who in (BUYER, SELLER):
        await write(desk, who, "Jūs esat idiots.")
    shown = (await see(desk, AGENT, f"/conversations/{desk.case}/messages"))["messages"]
    assert [m["insults"] for m in shown] == [1, 1]


@pytest.mark.rule("R-05")
async def test_an_automated_answer_ticks_nothing_off(desk: Desk) -> None:
    """R-05: within a second nobody has read two questions."""
    await write(desk, BUYER, TWO)
    assert not (await write(desk, SELLER, "Sūtījumu kurjers piegādās rīt pusdienlaikā."))["qualifies"]
    assert [q["answered_by"] for q in await asked(desk)] == [None, None]


async def test_what_is_held_is_ticked_off_when_it_is_released(desk: Desk) -> None:
    await write(desk, BUYER, TWO)
    desk.clock.advance(minutes=20)
    text = "Sūtījumu kurjers piegādās rīt, un naudu lūdzu pārskaitiet uz kontu LV80BANK0000435195001."
    held = await write(desk, SELLER, text)
    assert (held["status"], [q["answered_by"] for q in await asked(desk)]) == ("HELD", [None, None])
    await do(desk, AGENT, f"/messages/{held['message_id']}/release")
    assert [q["answered_by"] for q in await asked(desk)] == [held["message_id"], None]
