"""A case's money as somebody follows it: told when a charge or a refund comes or changes, and to nobody else."""

import pytest
from billing_desk import PLACED, SELLER, SUPERVISOR, TAKEN_OVER, a_proposal

from billing.app import SERVICE
from chassis.testing.desk import a_desk

MONEY = "/cases/cas_1/money/events"


async def test_a_seller_hears_that_a_charge_was_proposed_and_approved() -> None:
    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, TAKEN_OVER)
        async with desk.follow(SELLER, MONEY) as seller:
            assert await seller.hears(1) == {"event": "money", "charges": 1, "refunds": 0}
            charge = await a_proposal(desk)
            assert await seller.hears(2) == {"event": "money", "charges": 2, "refunds": 0}
            await desk.done(SUPERVISOR, f"/charges/{charge}/approval")
            assert await seller.hears(3) == {"event": "money", "charges": 2, "refunds": 0}
            place = seller.position
        async with desk.follow(SELLER, MONEY, place) as again:
            await a_proposal(desk, "another")
            assert (await again.hears(1))["charges"] == 3


@pytest.mark.parametrize(("who", "status"), [("seller:sel_9", 404), ("agent:agt_1:ee", 404), ("buyer:buy_1", 404)])
async def test_who_has_no_part_in_it_follows_nothing(who: str, status: int) -> None:
    async with a_desk(SERVICE) as desk:
        await desk.hears(PLACED, TAKEN_OVER)
        assert (await desk.get(who, MONEY)).status_code == status
