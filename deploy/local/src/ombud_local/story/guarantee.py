"""A story beside the main one, in Spanish: nothing comes, nobody asks, and the market pays the buyer back by itself. Then the carrier
tells that it had delivered in time (R-47, S-3)."""

from datetime import timedelta

import httpx

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER, MARKET = "sel_toledo", "demo-es"
_CHAPTER = 20
_DAY = timedelta(days=1)


async def play(world: World) -> None:
    """Chapter 20: a delivery guarantee that grants by itself, and a delivery that is told late. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_lucia"), world.person("seller", SELLER)
    parties = BuyerId(buyer.id), SellerId(seller.id)
    bought = await world.marketplace.sell(MARKET, *parties, "Cargador", 2_490, overdue=20 * _DAY)
    case_id = await _granted(world, buyer, seller, bought.paid_minor)
    await world.marketplace.deliver(bought, bought.promised_by + _DAY)
    await _taken_back(world, buyer, seller, case_id)


async def _granted(world: World, buyer: Person, seller: Person, paid_minor: int) -> CaseId:
    true = world.record.true

    async def found() -> Json | None:
        answer = await buyer.ask("GET", "ticketing", "/cases")
        cases = answer.json()["cases"] if answer.status_code == httpx.codes.OK else []
        return cases[0] if cases else None

    case = await until("the buyer to have a case", found, 60)
    case_id: CaseId = case["case_id"]
    if world.alone:
        world.cases[MARKET], world.numbers[MARKET] = case_id, case["number"]
    true(_CHAPTER, "who never asked has a case, and it says why", case["reason"] == "NOT_RECEIVED", case)
    await world.happened(buyer, case_id, "disputes.dispute_decided", within_seconds=60)
    (dispute,) = (await buyer.get("disputes", f"/cases/{case_id}/disputes"))["disputes"]
    rests = (dispute["decision"]["facts"], dispute["decision"]["clause"])
    true(_CHAPTER, "the decision rests on the lapsed guarantee", rests == (["guarantee_lapsed"], "S-5.2"), dispute)
    await world.happened(buyer, case_id, "billing.refund_completed", within_seconds=40)
    charge = await _refund_charge(seller, case_id, "POSTED")
    true(_CHAPTER, "all is paid back, and the seller charged", charge["gross_minor"] == paid_minor, charge)
    return case_id


async def _taken_back(world: World, buyer: Person, seller: Person, case_id: CaseId) -> None:
    true = world.record.true
    await world.happened(seller, case_id, "disputes.decision_taken_back", within_seconds=60)
    charge = await _refund_charge(seller, case_id, "REVERSED")
    true(_CHAPTER, "a delivery in time, told late, credits the seller", charge["reversal_entry_id"], charge)
    paid = await world.happened(buyer, case_id, "billing.refund_completed")
    true(_CHAPTER, "what the buyer was given stays the buyer's", len(paid) == 1, paid)

    async def both_told() -> list[list[str]] | None:
        shown = [await who.get("ticketing", f"/cases/{case_id}/notices?language=es") for who in (buyer, seller)]
        of_guarantee = [
            [n["template"] for n in of["notices"] if n["template"].startswith("guarantee_")] for of in shown
        ]
        return of_guarantee if all(len(told) == 2 for told in of_guarantee) else None

    told = await until("both sides to be told", both_told, 40)
    true(_CHAPTER, "both sides are told of both", told == [["guarantee_granted", "guarantee_taken_back"]] * 2, told)


async def _refund_charge(seller: Person, case_id: CaseId, status: str) -> Json:
    async def found() -> Json | None:
        answer = await seller.ask("GET", "billing", f"/cases/{case_id}/money")
        charges = answer.json()["charges"] if answer.status_code == httpx.codes.OK else []
        return next((c for c in charges if c["kind"] == "REFUND" and c["status"] == status), None)

    return await until(f"the charge of the refund to be {status}", found, 60)
