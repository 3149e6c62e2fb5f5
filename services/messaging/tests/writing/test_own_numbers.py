"""R-04 on real MongoDB: the numbers of one's own case, order and line reach the detectors and are delivered as they were written."""

import pytest
from attachment_desk import BUYER, SELLER, Desk
from enforcement_desk import see, write

pytestmark = pytest.mark.rule("R-04")


@pytest.mark.parametrize("who", [BUYER, SELLER])
@pytest.mark.parametrize("texts", [("26554433",), ("2655", "4433"), ("Zvaniet par 26 55 44 33",)])
async def test_the_number_of_ones_own_order_is_delivered_as_it_was_written(
    desk: Desk, who: str, texts: tuple[str, ...]
) -> None:
    """INVARIANT: both sides know these digits; detectors that were not told them would hide them and count it against their author."""
    for text in texts:
        posted = await write(desk, who, text)
        assert posted["findings"] == []
    shown = await see(desk, BUYER if who == SELLER else SELLER, f"/conversations/{desk.case}/messages")
    assert [m["text"] for m in shown["messages"]] == list(texts)[::-1]


@pytest.mark.parametrize("texts", [("26554434",), ("2655", "4434")])
async def test_any_other_number_is_found(desk: Desk, texts: tuple[str, ...]) -> None:
    posted = [await write(desk, SELLER, text) for text in texts]
    assert [f["kind"] for f in posted[-1]["findings"]] == ["phone"]
