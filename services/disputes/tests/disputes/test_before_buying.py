"""A question about a listing is not disputed, and no money is given for it: nothing was bought (R-25)."""

from collections.abc import AsyncIterator

import pytest
from disputes_desk import AGENT, BUYER, CLAIM, EUR, SELLER

from chassis.testing import NOON
from chassis.testing.desk import Desk, a_desk
from disputes.app import SERVICE
from ombud_contracts.events.ticketing import CaseClosed, ListingCaseOpened

pytestmark = pytest.mark.rule("R-25")

ASKED = ListingCaseOpened(
    case_id="cas_1",
    number="LV-26-1",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_2",
    listing_id="lst_5",
    reason="PRE_SALE",
    family="INFORMATION",
    phase="before",
    priority=4,
    priority_reasons=("low_severity",),
    draft_id="drf_1",
    channel="thread",
    origin="site",
    opened_by="buyer",
    opened_at=NOON,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


@pytest.mark.parametrize("events", [(ASKED,), (CaseClosed(case_id="cas_1", closed_at=NOON), ASKED)])
async def test_whoever_may_ask_is_told_that_nothing_was_bought(
    desk: Desk, events: tuple[ListingCaseOpened | CaseClosed, ...]
) -> None:
    """INVARIANT: S-10; would break if the case, which its people see, did not exist here."""
    await desk.hears(*events)
    refused = await desk.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "nothing_bought")
    gift = {"amount_minor": 500, "reason": "apology", **EUR}
    refused = await desk.post(AGENT, "/cases/cas_1/goodwill", gift)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "nothing_bought")
    for who in (BUYER, SELLER, AGENT):
        assert (await desk.get(who, "/cases/cas_1/disputes")).json()["disputes"] == []


async def test_to_strangers_it_does_not_exist(desk: Desk) -> None:
    await desk.hears(ASKED)
    for who in ("buyer:buy_9", "seller:sel_9", "agent:agt_1:pt"):
        assert (await desk.post(who, "/cases/cas_1/disputes", CLAIM)).status_code in (403, 404)
        assert (await desk.get(who, "/cases/cas_1/disputes")).status_code == 404
