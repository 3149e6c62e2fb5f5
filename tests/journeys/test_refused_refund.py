"""A refund that the payment system refuses, over Kafka: nobody is charged, a clock runs, staff pays it in another way, and only
then the seller owes it."""

import httpx

from chassis.testing import eventually
from ombud_local.story.people import Json
from ombud_local.story.world import World, month_in

OFFER = {"remedy": "PARTIAL_REFUND", "amount_minor": 5_000, "currency": "EUR"}


async def test_the_seller_owes_a_refund_when_the_buyer_has_it(world: World) -> None:
    """INVARIANT: S-1; would break if a charge were posted before its money was spent, or stayed when it was not."""
    world.marketplace.cards_are_closed = True
    buyer, seller = world.person("buyer", "buy_refused"), world.person("seller", "sel_refused")
    agent = world.person("agent", "agt_1")
    bought = await world.marketplace.sell("lv", buyer.id, seller.id, "Telefons")
    case_id = (await world.open_case(buyer, bought, "LATE", "Kur ir mans telefons?"))["case_id"]

    async def disputed() -> Json | None:
        claim = {"reason": "LATE", "remedy": "FULL_REFUND", "currency": "EUR"}
        answer = await buyer.ask("POST", "disputes", f"/cases/{case_id}/disputes", claim)
        return answer.json() if answer.status_code == httpx.codes.CREATED else None

    path = f"/disputes/{(await eventually('the case to be known to disputes', disputed))['dispute_id']}"
    offer = (await seller.post("disputes", f"{path}/offers", OFFER))["offers"][0]["offer_id"]
    await buyer.post("disputes", f"{path}/offers/{offer}/acceptance", {})

    async def money(refund: str, charge: str) -> Json | None:
        answer = await agent.ask("GET", "billing", f"/cases/{case_id}/money")
        if answer.status_code != httpx.codes.OK:
            return None
        shown: Json = answer.json()
        refunds, charges = shown["refunds"], shown["charges"]
        found = any(r["status"] == refund for r in refunds) and [c["status"] for c in charges] == [charge]
        return shown if found else None

    refused = await eventually("the refund to be refused", lambda: money("FAILED", "RELEASED"))
    running = await world.clock_with(agent, case_id, "refund_payment", ("RUNNING",))
    assert running["verdict"] == "RUNNING"
    (order,) = refused["refunds"]
    other = {"method": "bank_transfer", "reason": "card_closed"}
    await agent.post("billing", f"/refunds/{order['refund_id']}/other-method", other)
    await eventually("the refund to be paid in another way", lambda: money("COMPLETED", "POSTED"))
    statement = await seller.get("billing", f"/sellers/{seller.id}/statements/{month_in('lv')}")
    assert [(t["total_minor"], t["ledger_minor"]) for t in statement["totals"]] == [(5_000, 5_000)]

    async def closed() -> bool:
        shown = await buyer.get("disputes", path)
        return bool(shown["stage"] == "CLOSED" and not shown["refund_failed"])

    await eventually("the dispute to be closed", closed)
    await world.clock_with(agent, case_id, "refund_payment", ("MET", "VOID"))
