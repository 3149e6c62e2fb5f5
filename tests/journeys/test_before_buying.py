"""A buyer asks about a listing before buying, over Kafka through all five services: answered, or taken over without a fee."""

import httpx
import pytest

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import CaseId, SellerId

QUESTION = {
    "demo-lv": "Labdien! Vai šis lādētājs der manam telefonam?",
    "demo-es": "Buenos días, ¿este cargador sirve para mi teléfono?",
}
RESPUESTA = "Sí, el cargador sirve también para ese teléfono, y el cable mide dos metros de largo."
ANSWER = "Jā, lādētājs der arī šim telefonam, un komplektā ir divus metrus garš kabelis."
EUR = {"currency": "EUR"}


async def asked(world: World, buyer: Person, seller: Person, market: str) -> CaseId:
    """Have a buyer ask about a listing; return the case, once the seller owes the answer."""
    listing_id = await world.marketplace.offer(market, SellerId(seller.id), "Lādētājs")
    opened = await world.ask_about(buyer, listing_id, market, QUESTION[market])
    await world.clock_with(buyer, opened["case_id"], "reply", ("RUNNING",), 60)
    return CaseId(opened["case_id"])


@pytest.mark.rule("R-25")
async def test_a_question_before_buying_is_answered_by_the_seller_of_the_listing(world: World) -> None:
    buyer, seller = world.person("buyer", "buy_asks"), world.person("seller", "sel_asks")
    case = await asked(world, buyer, seller, "demo-es")
    await world.think(8)  # who answers faster than a person reads is taken for a machine
    await world.write(seller, case, RESPUESTA)
    await world.clock_with(buyer, case, "reply", ("MET",), 60)
    assert len(await world.thread(buyer, case, 2)) == 2
    view = await seller.get("ticketing", f"/cases/{case}")
    assert (view["matter"], view["order_id"], view["answered_by"]) == ("listing", None, "seller")


@pytest.mark.rule("R-25")
async def test_an_unanswered_question_before_buying_is_the_platforms_and_moves_no_money(world: World) -> None:
    """INVARIANT: S-10; would break if anything that assumes an order went to the dead letters, or was promised."""
    buyer, seller, agent = (
        world.person("buyer", "buy_asks2"),
        world.person("seller", "sel_asks2"),
        world.person("agent", "agt_1"),
    )
    case = await asked(world, buyer, seller, "demo-lv")
    await world.happened(agent, case, "ticketing.listing_takeover_activated", within_seconds=90)
    await world.clock_with(agent, case, "platform_reply", ("RUNNING",), 60)
    await world.happened(seller, case, "messaging.conversation_locked", within_seconds=60)
    refused = await until("disputes to know of the case", lambda: _refused(buyer, case), 60)
    assert (refused["http"], refused["type"].rpartition(":")[2]) == (409, "nothing_bought")
    await world.write(agent, case, ANSWER)
    await world.clock_with(agent, case, "platform_reply", ("MET",), 60)
    money = await agent.get("billing", f"/cases/{case}/money")
    assert (money["charges"], money["refunds"]) == ([], [])


async def _refused(buyer: Person, case: CaseId) -> Json | None:
    claim = {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", **EUR}
    refused = await buyer.refused("disputes", f"/cases/{case}/disputes", claim)
    return refused if refused["http"] != httpx.codes.NOT_FOUND else None
