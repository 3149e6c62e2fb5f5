"""A story beside the main one, in Latvian: a takeover that was decided in error is reversed, with all that followed from it."""

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId


async def play(world: World) -> None:
    """Chapter 13: the contact, the seller's right to write, the clock and the fee go back, and both are told. Raises Untrue."""
    true = world.record.true
    buyer, seller = world.person("buyer", "buy_elina"), world.person("seller", "sel_liepaja")
    agent, supervisor = world.person("agent", "agt_ilze"), world.person("supervisor", "sup_marta")
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Lādētājs, 20 W")
    asked = "Labdien! Lādētājs nestrādā. Ko man darīt?"
    opened = await world.open_case(buyer, bought, "DEFECTIVE", asked, of_its_market=False)
    case_id: CaseId = opened["case_id"]
    await world.happened(agent, case_id, "ticketing.takeover_activated", within_seconds=60)
    await world.happened(agent, case_id, "billing.charge_posted", within_seconds=40)
    await world.clock_with(agent, case_id, "platform_reply", ("RUNNING",), 40)
    (takeover,) = (await agent.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")).json()
    path, because = f"/takeovers/{takeover['takeover_id']}/reversal", {"reason": "decided_in_error"}
    refused = await seller.refused("ticketing", path, because)
    true(13, "a seller cannot reverse a takeover", refused["http"] in (403, 404), refused)
    undone = await supervisor.post("ticketing", path, because)
    true(13, "a supervisor reverses a takeover, with a reason", undone["status"] == "REVERSED", undone)
    await _everything_goes_back(world, seller, agent, case_id)
    for reader in (buyer, seller):
        notices = (await reader.get("ticketing", f"/cases/{case_id}/notices"))["notices"]
        true(13, f"the {reader.role} is told of both", len(notices) >= 2, notices)


async def _everything_goes_back(world: World, seller: Person, agent: Person, case_id: CaseId) -> None:
    true = world.record.true
    reversed_ = await world.happened(agent, case_id, "billing.charge_reversed", within_seconds=40)
    money = await seller.get("billing", f"/cases/{case_id}/money")
    kept = [charge for charge in money["charges"] if charge["status"] != "REVERSED"]
    true(13, "its fee is reversed by an opposite entry, once", len(reversed_) == 1 and not kept, money)
    voided = await world.clock_with(agent, case_id, "platform_reply", ("VOID",), 40)
    true(13, "what the platform owed by it is void", voided["verdict"] == "VOID", voided)

    async def written() -> Json | None:
        text = "Labdien! Atvainojos par kavēšanos. Šodien nosūtīšu jums jaunu lādētāju ar kurjeru."
        answer = await seller.ask("POST", "messaging", f"/conversations/{case_id}/messages", {"text": text})
        return answer.json() if answer.status_code == 201 else None

    posted = await until("the seller to write again", written, 40)
    view = await seller.get("ticketing", f"/cases/{case_id}")
    true(13, "the seller has the contact again, and writes", view["answered_by"] == "seller" and posted, view)
