"""A story beside the main one, in Latvian: a model is recalled, and whoever bought it is told without having complained (T6)."""

from functools import partial

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, SellerId

_MODEL = "gtin_demo_powerbank"
_BUYERS = (("buy_aija", "sel_ventspils"), ("buy_beata", "sel_ventspils"), ("buy_cilda", "sel_jelgava"))


async def play(world: World) -> None:
    """Chapter 15: every buyer of the model has a case with the platform, and the listings are stopped. Raises Untrue."""
    true = world.record.true
    agent = world.person("agent", "agt_ilze")
    for buyer, seller in _BUYERS:
        who = BuyerId(world.person("buyer", buyer).id), SellerId(world.person("seller", seller).id)
        await world.marketplace.sell(MARKET, *who, "Powerbank, 20 Ah", 3_900, model=_MODEL)
    await world.marketplace.recall(_MODEL, (MARKET,), "overheating")
    for buyer, _seller in _BUYERS:
        person = world.person("buyer", buyer)
        case = await until(f"a case of {buyer}", partial(_case_of, person), 60)
        true(15, f"{buyer} has a case without a complaint", case["reason"] == "UNSAFE", case)
        notices = (await person.get("ticketing", f"/cases/{case['case_id']}/notices"))["notices"]
        true(15, f"{buyer} is told to stop using it", any("atsauktas" in n["text"] for n in notices), notices)
        answer = await agent.ask("GET", "ticketing", f"/cases/{case['case_id']}/takeovers")
        shown = [(t["trigger"], t["status"], t["charges_announced"]) for t in answer.json()]
        true(15, "the platform answers; nobody is charged before a verdict", shown == [("T6", "ACTIVE", [])], shown)
        stop = await until("the listing to be stopped", partial(_stopped, agent, case["case_id"]), 40)
        true(15, "the listing is stopped", stop["trigger"] == "T6", stop)


async def _case_of(buyer: Person) -> Json | None:
    cases: list[Json] = (await buyer.get("ticketing", "/cases"))["cases"]
    return next((case for case in cases if case["answered_by"] == "platform"), None)


async def _stopped(agent: Person, case_id: str) -> Json | None:
    stop = (await agent.get("ticketing", f"/cases/{case_id}/context"))["listing_stop"]
    return stop if stop and stop["status"] == "STOPPED" else None
