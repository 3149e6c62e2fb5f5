"""A seller who leads contacts off the platform again and again, over Kafka: messaging's ladder, ticketing's proposal, both undone."""

from ombud_local.story.people import Json
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

LEAK = "Zvaniet man uz +371 29 123 456, tur vienosimies."
FINE = "Sūtījums ir ceļā, un rīt to piegādās kurjers."


async def test_the_last_step_proposes_a_takeover_with_its_facts_and_a_reversal_undoes_everything(world: World) -> None:
    """INVARIANT: section 7; would break if a step, a proposal or a waiting message outlived the breaches it came from."""
    buyer, seller = world.person("buyer", "buy_leads"), world.person("seller", "sel_leads")
    agent, supervisor = world.person("agent", "agt_1"), world.person("supervisor", "sup_1")
    bought = await world.marketplace.sell("lv", BuyerId(buyer.id), SellerId(seller.id), "Telefons")
    case = CaseId((await world.open_case(buyer, bought, "LATE", "Kur ir mans telefons?"))["case_id"])
    await world.thread(buyer, case)

    async def takeover_that_is(status: str) -> Json:
        async def found() -> Json | None:
            takeovers = (await agent.ask("GET", "ticketing", f"/cases/{case}/takeovers")).json()
            return next((t for t in takeovers if t["status"] == status), None)

        return await until(f"a takeover to be {status}", found)

    posted = [await world.write(seller, case, LEAK) for _ in range(4)]
    held = await world.write(seller, case, FINE)
    assert ([p["standing"]["step"] for p in posted], held["status"]) == (
        ["educate", "warn", "hold_all", "takeover"],
        "HELD",
    )
    proposed = await takeover_that_is("PROPOSED")
    assert (proposed["trigger"], len(proposed["facts"])) == ("T7", 4)
    reversal = f"/sanctions/{held['standing']['sanction_id']}/reversal"
    await supervisor.post("messaging", reversal, {"reasons": ["courier_named"]})
    assert (await takeover_that_is("DECLINED"))["takeover_id"] == proposed["takeover_id"]
    seen = await world.thread(buyer, case, at_least=2)
    assert held["message_id"] in {m["message_id"] for m in seen}
