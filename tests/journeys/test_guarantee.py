"""A delivery guarantee that grants by itself, over Kafka through all five services, and is taken back when the delivery is told late."""

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ombud_contracts.events import marketplace
from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import LineId, ListingId, OrderId

pytestmark = pytest.mark.rule("R-47")
DAY = timedelta(days=1)


def bought(buyer: Person, seller: Person, promised_by: datetime) -> marketplace.OrderPlaced:
    """An order of one line that did not come."""
    line = marketplace.OrderLine(
        line_id=LineId("lin_1"),
        listing=marketplace.ListingSnapshot(listing_id=ListingId("lst_1"), title="Cargador", condition="new"),
        quantity=1,
        price_minor=2_490,
        shipping_minor=490,
        promised_by=promised_by,
        terms=marketplace.SellerTerms(version="2026-01", return_days=30, warranty_months=12),
    )
    return marketplace.OrderPlaced(
        order_id=OrderId(f"ord_{uuid.uuid4().hex[:12]}"),
        buyer_id=buyer.id,
        seller_id=seller.id,
        market="demo-es",
        currency="EUR",
        placed_at=promised_by - 5 * DAY,
        lines=(line,),
    )


@pytest.mark.rule("S-3")
async def test_who_never_asked_is_paid_back_and_a_delivery_that_is_told_late_costs_the_seller_nothing(
    world: World,
) -> None:
    """INVARIANT: would break if the buyer had to ask for it, or the seller paid for a carrier that tells late."""
    buyer, seller = world.person("buyer", "buy_guarantee"), world.person("seller", "sel_guarantee")
    promised_by = datetime.now(UTC) - 20 * DAY
    order = bought(buyer, seller, promised_by)
    await world.marketplace.tell(order, order.order_id, "demo-es")

    case = (await until("the buyer to have a case", lambda: _case_of(buyer), 90))["case_id"]
    await world.happened(buyer, case, "disputes.dispute_decided", within_seconds=60)
    posted = await _refund_charge(seller, case, "POSTED")
    assert posted["gross_minor"] == 2_980
    (dispute,) = (await buyer.get("disputes", f"/cases/{case}/disputes"))["disputes"]
    assert (dispute["decision"]["facts"], dispute["decision"]["clause"]) == (["guarantee_lapsed"], "S-5.2")
    await world.clock_with(seller, case, "appeal_window", ("RUNNING",), 60)

    delivered = marketplace.OrderDelivered(
        order_id=order.order_id, line_id=LineId("lin_1"), delivered_at=promised_by + DAY
    )
    await world.marketplace.tell(delivered, order.order_id, "demo-es")
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
