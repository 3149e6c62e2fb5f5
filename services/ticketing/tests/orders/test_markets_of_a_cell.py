"""An order that is told to two cells belongs to the one that has its market. See ADR 92."""

from bought_phone import BOUGHT, BUYER, CONTACT, DELIVERED

from chassis.testing.desk import a_desk
from ticketing.app import SERVICE


async def test_an_order_that_two_cells_are_told_of_is_worked_on_in_the_cell_of_its_market() -> None:
    """INVARIANT: would break if both cells opened a case, and each had the buyer paid back."""
    opened = []
    async with (
        a_desk(SERVICE, {"cell_markets": ("lv",)}) as latvian,
        a_desk(SERVICE, {"cell_markets": ("es", "pt")}) as iberian,
    ):
        for desk in (latvian, iberian):
            await desk.hears(BOUGHT, DELIVERED)
            opened.append((await desk.post(BUYER, "/cases", CONTACT)).status_code)
    assert opened == [201, 409]
