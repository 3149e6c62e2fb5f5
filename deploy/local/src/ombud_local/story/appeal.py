"""A story beside the main one, in Latvian: the seller appeals a takeover and a decision, and somebody else finds both wrong. Money
and contact come back together; what the buyer was given stays the buyer's."""

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_cesis"
_GRANTED = {"outcome": "REVERSED", "reasons": ["new_evidence"]}
_GROUNDS = {"grounds": ["facts_wrong"]}


async def play(world: World) -> None:
    """Chapter 16: two appeals that are granted, by a supervisor who decided neither. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_laura"), world.person("seller", SELLER)
    agent, mediator = world.person("agent", "agt_ilze"), world.person("mediator", "med_liga")
    supervisor = world.person("supervisor", "sup_marta")
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Kafijas dzirnaviņas", 4_500)
    asked = "Labdien! Dzirnaviņas pēc nedēļas vairs nemaļ. Lūdzu palīdziet!"
    opened = await world.open_case(buyer, bought, "DEFECTIVE", asked, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    await world.happened(agent, case_id, "ticketing.takeover_activated", within_seconds=60)
    dispute = await _decided(world, buyer, mediator, case_id)
    await _charged(world, seller, case_id, 2)
    await _decision_appealed(world, buyer, seller, mediator, supervisor, dispute)
    await _takeover_appealed(world, seller, agent, supervisor, case_id)
    await _all_is_back(world, buyer, seller, case_id)


async def _decided(world: World, buyer: Person, mediator: Person, case_id: CaseId) -> str:
    """A mediator gives the buyer a part of the price back; return the dispute."""
    dispute = await world.dispute(buyer, case_id, "DEFECTIVE")
    path = f"/disputes/{dispute['dispute_id']}"
    decision = {
        "remedy": "PARTIAL_REFUND",
        "amount_minor": 2_000,
        "clause": "S-5.1",
        "facts": ["claim"],
        "reasons": ["repair_impossible"],
    }
    await world.decide(mediator, path, decision)
    return path


async def _charged(world: World, seller: Person, case_id: CaseId, count: int) -> None:
    true = world.record.true
    await world.happened(seller, case_id, "billing.charge_posted", count, within_seconds=60)
    money = await seller.get("billing", f"/cases/{case_id}/money")
    posted = {charge["kind"]: charge["status"] for charge in money["charges"]}
    true(16, "the seller is charged for both", posted == {"HANDLING_FEE": "POSTED", "REFUND": "POSTED"}, posted)


async def _decision_appealed(
    world: World, buyer: Person, seller: Person, mediator: Person, supervisor: Person, dispute: str
) -> None:
    true = world.record.true
    shown = await seller.post("disputes", f"{dispute}/appeals", _GROUNDS)
    true(16, "the seller appeals the decision", shown["appeals"][0]["outcome"] is None, shown["appeals"])
    own = await mediator.refused("disputes", f"{dispute}/appeals/decision", _GRANTED)
    true(16, "who decided does not judge the appeal", own["http"] == 403, own)
    granted = await supervisor.post("disputes", f"{dispute}/appeals/decision", _GRANTED)
    true(16, "a supervisor reverses the decision", granted["decision_reversed"], granted)
    again = await seller.refused("disputes", f"{dispute}/appeals", _GROUNDS)
    true(16, "nothing is left to appeal", again["type"].endswith("nothing_to_appeal"), again)
    seen = await buyer.get("disputes", dispute)
    true(16, "the buyer sees what became of it", seen["appeals"] == granted["appeals"], seen["appeals"])


async def _takeover_appealed(world: World, seller: Person, agent: Person, supervisor: Person, case_id: CaseId) -> None:
    true = world.record.true
    (takeover,) = (await agent.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")).json()
    path = f"/takeovers/{takeover['takeover_id']}/appeals"
    waits = await seller.post("ticketing", path, _GROUNDS)
    true(16, "the seller appeals the takeover as well", waits["status"] == "ACTIVE", waits["appeals"])
    clock = await world.clock_with(agent, case_id, "appeal_decision", ("RUNNING",), 40)
    true(16, "the appeal has a clock of its own", clock["owner"] == "supervisor", clock)
    closing = await agent.refused("ticketing", f"/cases/{case_id}/resolution", {"outcome": "refunded"})
    true(16, "the case is not resolved over it", closing["type"].endswith("still_unfinished"), closing)
    granted = await supervisor.post("ticketing", f"{path}/decision", _GRANTED)
    true(16, "a supervisor reverses the takeover", granted["status"] == "REVERSED", granted)


async def _all_is_back(world: World, buyer: Person, seller: Person, case_id: CaseId) -> None:
    true = world.record.true
    reversed_ = await world.happened(seller, case_id, "billing.charge_reversed", 2, within_seconds=40)
    money = await seller.get("billing", f"/cases/{case_id}/money")
    kept = [charge["kind"] for charge in money["charges"] if charge["status"] != "REVERSED"]
    true(16, "both charges are credited, each once", len(reversed_) == 2 and not kept, money)
    refunds = [(refund["status"], refund["amount_minor"]) for refund in money["refunds"]]
    true(16, "what the buyer was given stays the buyer's", refunds == [("COMPLETED", 2_000)], refunds)

    async def back() -> Json | None:
        view = await buyer.get("ticketing", f"/cases/{case_id}")
        return view if view["answered_by"] == "seller" else None

    view = await until("the contact to be the seller's", back, 40)
    true(16, "the seller has the contact again", view["answered_by"] == "seller", view)
