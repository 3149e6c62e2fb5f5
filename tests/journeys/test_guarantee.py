"""A delivery guarantee that grants by itself, over Kafka through all five services, and is taken back when the delivery is told late."""

from datetime import timedelta

import httpx
import pytest

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, SellerId

pytestmark = pytest.mark.rule("R-47")
DAY = timedelta(days=1)


@pytest.mark.rule("S-3")
async def test_who_never_asked_is_paid_back_and_a_delivery_that_is_told_late_costs_the_seller_nothing(
    world: World,
) -> None:
    """INVARIANT: would break if the buyer had to ask for it, or the seller paid for a carrier that tells late."""
    buyer, seller = world.person("buyer", "buy_guarantee"), world.person("seller", "sel_guarantee")
    parties = BuyerId(buyer.id), SellerId(seller.id)
    bought = await world.marketplace.sell("demo-es", *parties, "Cargador", 2_490, overdue=20 * DAY)

    case = (await until("the buyer to have a case", lambda: _case_of(buyer), 90))["case_id"]
    await world.happened(buyer, case, "disputes.dispute_decided", within_seconds=60)
    posted = await _refund_charge(seller, case, "POSTED")
    assert posted["gross_minor"] == 2_980
    (dispute,) = (await buyer.get("disputes", f"/cases/{case}/disputes"))["disputes"]
    assert (dispute["decision"]["facts"], dispute["decision"]["clause"]) == (["guarantee_lapsed"], "S-5.2")
    await world.clock_with(seller, case, "appeal_window", ("RUNNING",), 60)

    await world.marketplace.deliver(bought, bought.promised_by + DAY)
    await world.happened(seller, case, "disputes.decision_taken_back", within_seconds=90)
    await _refund_charge(seller, case, "REVERSED")
    await world.clock_with(seller, case, "appeal_window", ("VOID",), 60)
    await world.happened(buyer, case, "ticketing.notice_issued", count=2)
    for who in (buyer, seller):
        notices = await who.get("ticketing", f"/cases/{case}/notices?language=es")
        told = [n["template"] for n in notices["notices"] if n["template"].startswith("guarantee_")]
        assert told == ["guarantee_granted", "guarantee_taken_back"]
    entries = [entry["type"] for entry in await world.timeline(buyer, case)]
    assert entries.count("billing.refund_completed") == 1


async def _case_of(buyer: Person) -> Json | None:
    answer = await buyer.ask("GET", "ticketing", "/cases")
    cases = answer.json()["cases"] if answer.status_code == httpx.codes.OK else []
    return cases[0] if cases else None


async def _refund_charge(seller: Person, case_id: str, status: str) -> Json:
    async def found() -> Json | None:
        answer = await seller.ask("GET", "billing", f"/cases/{case_id}/money")
        charges = answer.json()["charges"] if answer.status_code == httpx.codes.OK else []
        return next((c for c in charges if c["kind"] == "REFUND" and c["status"] == status), None)

    return await until(f"the charge of the refund to be {status}", found, 60)
