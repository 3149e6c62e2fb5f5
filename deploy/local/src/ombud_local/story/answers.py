"""Stories beside the main one: a proper answer in Portuguese, a late one and an agent's takeover in German, a settlement
in Spanish."""

import base64

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId


async def play_in_time(world: World) -> None:
    """Chapter 5: the seller answers properly; the obligation is met at the reply's time. Raises Untrue."""
    true = world.record.true
    buyer, seller = world.person("buyer", "buy_bruno"), world.person("seller", "sel_lisboa")
    bought = await world.marketplace.sell("demo-pt", BuyerId(buyer.id), SellerId(seller.id), "Tablet, 64 GB")
    opened = await world.open_case(
        buyer, bought, "MISSING_PART", "Bom dia, o carregador não veio na caixa. Podem enviar um?"
    )
    case_id: CaseId = opened["case_id"]
    await world.clock_with(seller, case_id, "reply", ("RUNNING",))

    async def listed() -> list[Json]:
        owed = (await seller.get("messaging", "/discussions"))["owed"]
        return [o for o in owed if o["case_id"] == case_id]

    owed = await until("the owed reply in Discussions", listed)
    true(5, "Discussions lists the owed reply with its time left", owed[0]["seconds_left"] > 0, owed)
    await world.think(14)
    text = "Bom dia! Peço desculpa pela falha: o carregador segue hoje por correio e chega na quinta-feira."
    posted = await world.write(seller, case_id, text)
    true(5, "a proper answer qualifies", posted["qualifies"], posted)
    met = await world.clock_with(buyer, case_id, "reply", ("MET", "MET_LATE"))
    replied = (await world.thread(buyer, case_id, at_least=2))[-1]["submitted_at"]
    true(5, "the obligation is MET at the reply's time", (met["verdict"], met["settled_at"]) == ("MET", replied), met)
    view = await buyer.get("ticketing", f"/cases/{case_id}")
    true(5, "no takeover", view["answered_by"] == "seller", view["answered_by"])


async def play_late(world: World) -> None:
    """Chapter 5, late: where a takeover is only recommended, a late answer is MET_LATE and the breach stays."""
    true = world.record.true
    buyer, seller = world.person("buyer", "buy_clara"), world.person("seller", "sel_berlin")
    agent = world.person("agent", "agt_otto")
    bought = await world.marketplace.sell("demo-de", BuyerId(buyer.id), SellerId(seller.id), "Kopfhörer")
    opened = await world.open_case(
        buyer, bought, "NOT_AS_DESCRIBED", "Guten Tag, die Kopfhörer sind rot statt schwarz. Was machen wir?"
    )
    case_id: CaseId = opened["case_id"]
    await world.happened(agent, case_id, "sla-monitor.clock_breached", within_seconds=40)
    proposed = await world.happened(agent, case_id, "ticketing.takeover_proposed")
    true(7, "where the market says so, a takeover is only recommended", len(proposed) == 1, proposed)
    await world.think(3)
    text = "Guten Tag, das tut mir leid. Die schwarzen Kopfhörer gehen heute raus, die roten dürfen Sie behalten."
    posted = await world.write(seller, case_id, text)
    true(5, "a late answer still qualifies", posted["qualifies"], posted)
    met = await world.clock_with(buyer, case_id, "reply", ("MET_LATE",))
    breaches = await world.happened(agent, case_id, "sla-monitor.clock_breached")
    true(5, "it is MET_LATE, and the breach stays", met["verdict"] == "MET_LATE" and len(breaches) == 1, met)
    takeover_id = proposed[0]["summary"]["takeover_id"]
    declined = await agent.post("ticketing", f"/takeovers/{takeover_id}/refusal", {"reason": "answered_meanwhile"})
    true(7, "the agent declines it with a reason", declined["status"] == "DECLINED", declined)
    await _agent_takes_over(world, buyer, seller, agent, case_id)


async def play_agreement(world: World) -> None:
    """Chapter 9: negotiation with expiry and counter-offer, settled and carried out. Raises Untrue."""
    true = world.record.true
    buyer, seller = world.person("buyer", "buy_diego"), world.person("seller", "sel_madrid")
    agent = world.person("agent", "agt_eva")
    bought = await world.marketplace.sell("demo-es", BuyerId(buyer.id), SellerId(seller.id), "Reloj inteligente")
    opened = await world.open_case(
        buyer, bought, "NOT_AS_DESCRIBED", "Buenos días, el reloj tiene arañazos que no salían en el anuncio."
    )
    case_id: CaseId = opened["case_id"]
    claim = {"reason": "NOT_AS_DESCRIBED", "remedy": "PRICE_REDUCTION", "amount_minor": 6_000, "currency": "EUR"}
    dispute = await until("the case to be known to disputes", lambda: _open(world, case_id, claim))
    path = f"/disputes/{dispute['dispute_id']}"
    offer = {"remedy": "PRICE_REDUCTION", "amount_minor": 2_000, "currency": "EUR", "expires_within_seconds": 1}
    made = await seller.post("disputes", f"{path}/offers", offer)
    first = made["offers"][-1]
    true(9, "an offer shows what it costs each side", first["cost_to_seller_minor"] == 2_000, first)
    await world.happened(agent, case_id, "disputes.offer_expired")
    stale = await buyer.refused("disputes", f"{path}/offers/{first['offer_id']}/acceptance")
    true(9, "an expired offer cannot be accepted", stale["type"].endswith("offer_expired"), stale)
    counter = offer | {"amount_minor": 5_000, "expires_within_seconds": 4}
    second = (await buyer.post("disputes", f"{path}/offers", counter))["offers"][-1]
    own = await buyer.refused("disputes", f"{path}/offers/{second['offer_id']}/acceptance")
    true(9, "nobody accepts an own offer", own["type"].endswith("own_offer"), own)
    settled = await seller.post("disputes", f"{path}/offers/{second['offer_id']}/acceptance")
    true(9, "accepting the counter-offer settles", settled["stage"] in ("SETTLED", "CLOSED"), settled["stage"])
    await world.happened(agent, case_id, "billing.refund_completed")
    await world.happened(agent, case_id, "disputes.dispute_closed")
    ended = await buyer.get("disputes", path)
    true(9, "the settlement is carried out and closed", ended["stage"] == "CLOSED", ended["stage"])


async def _open(world: World, case_id: CaseId, claim: Json) -> Json | None:
    buyer = world.person("buyer", "buy_diego")
    answer = await buyer.ask("POST", "disputes", f"/cases/{case_id}/disputes", claim)
    return answer.json() if answer.status_code == 201 else None


async def _agent_takes_over(world: World, buyer: Person, seller: Person, agent: Person, case_id: CaseId) -> None:
    """T2: refused without evidence, made with it, handed back by a decision."""
    true = world.record.true
    claim = {"reason": "NOT_AS_DESCRIBED", "remedy": "REPLACEMENT", "currency": "EUR"}
    dispute = await buyer.post("disputes", f"/cases/{case_id}/disputes", claim)
    opened = (await world.happened(agent, case_id, "disputes.dispute_opened"))[0]
    request = {"trigger": "T2", "facts": [opened["event_id"]], "alternatives": ["wait_for_negotiation"]}
    refused = await agent.refused("ticketing", f"/cases/{case_id}/takeovers", request)
    true(7, "a takeover by decision is refused while a fact is missing", refused["missing"] == ["evidence"], refused)
    content = base64.b64encode(b"Auf dem Foto im Angebot sind sie schwarz.").decode()
    evidence = {"kind": "statement", "content_base64": content}
    await buyer.post("disputes", f"/disputes/{dispute['dispute_id']}/evidence", evidence)
    shown = (await world.happened(agent, case_id, "disputes.evidence_submitted"))[0]
    complete = request | {"facts": [opened["event_id"], shown["event_id"]]}
    decided = await agent.post("ticketing", f"/cases/{case_id}/takeovers", complete)
    true(7, "with every fact it is made, and records the alternatives", decided["alternatives"], decided)
    await world.write(buyer, case_id, "Bekomme ich nun schwarze oder weiße Kopfhörer?")
    back = await agent.post(
        "ticketing", f"/takeovers/{decided['takeover_id']}/hand-back", {"reason": "seller_cooperates"}
    )
    true(7, "hand-back is a decision too", back["status"] == "HANDED_BACK", back)
    owed = await world.clock_with(seller, case_id, "reply", ("RUNNING",))
    true(7, "what is still owed is a new obligation with full time", owed["number"] > 1, owed)
