"""A story beside the main one, in Latvian: a buyer complains that the seller threatened her. The seller is told, heard, found
against and warned; appeals; and a supervisor who did not investigate takes the finding back, with its step."""

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_jelgava"
_STATEMENT = "Pārdevējs rakstīja, ka zina, kur es dzīvoju, ja neatsaukšu atsauksmi."
_ALLEGATION = "Jūs esot draudējis pircējai, lai viņa atsauktu atsauksmi."
_ANSWER = "Es tikai jautāju pēc piegādes adreses."
_FOUND = {"result": "FOUND", "reasons": ["words_on_record"]}
_CHAPTER = 17


async def play(world: World) -> None:
    """Chapter 17: nobody is found against unheard, and what fell on appeal counts nowhere. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_inga"), world.person("seller", SELLER)
    mediator, supervisor = world.person("mediator", "med_liga"), world.person("supervisor", "sup_marta")
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Galda lampa", 3_200)
    asked = "Labdien! Kad pienāks mana lampa?"
    opened = await world.open_case(buyer, bought, "LATE", asked, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    await world.thread(buyer, case_id)
    path = await _filed(world, buyer, seller, mediator, case_id)
    await _heard(world, seller, mediator, case_id, path)
    await _found(world, buyer, seller, mediator, case_id, path)
    await _reversed(world, buyer, seller, mediator, supervisor, path)


async def _filed(world: World, buyer: Person, seller: Person, mediator: Person, case_id: CaseId) -> str:
    true = world.record.true
    complaint = {"grounds": ["THREAT", "PRESSURE_TO_WITHDRAW"], "statement": _STATEMENT}
    filed = await buyer.post("messaging", f"/conversations/{case_id}/conduct-complaints", complaint)
    path = f"/conduct-complaints/{filed['complaint_id']}"
    await mediator.post("messaging", f"{path}/investigation")
    unheard = await mediator.refused("messaging", f"{path}/decision", _FOUND)
    true(_CHAPTER, "nothing is found before the hearing", unheard["type"].endswith("accused_not_heard"), unheard)
    await world.clock_with(buyer, case_id, "conduct_investigation", ("RUNNING",), 40)
    await world.happened(buyer, case_id, "messaging.conduct_investigation_begun", within_seconds=40)
    told = [e["type"] for e in await world.timeline(seller, case_id) if "conduct" in e["type"]]
    clock = await world.clock(seller, case_id, "conduct_investigation")
    screen = await seller.ask("GET", "messaging", path)
    hidden = (screen.status_code, told, clock) == (404, [], None)
    true(_CHAPTER, "the seller knows nothing of it: no screen, no entry, no clock", hidden, told)
    return path


async def _heard(world: World, seller: Person, mediator: Person, case_id: CaseId, path: str) -> None:
    true = world.record.true
    await mediator.post("messaging", f"{path}/telling", {"allegation": _ALLEGATION})
    shown = await seller.get("messaging", path)
    true(_CHAPTER, "the seller reads what is alleged, not who said what", shown["statement"] is None, shown)

    async def over() -> Json | None:
        view = await mediator.get("messaging", path)
        return view if view["heard_at"] else None

    view = await until("the clock of the hearing to end it", over, 60)
    true(_CHAPTER, "silence ends the hearing", view["answered"] is False, view)
    await world.happened(seller, case_id, "messaging.conduct_accused_heard", within_seconds=40)
    answered = await seller.post("messaging", f"{path}/answer", {"answer": _ANSWER})
    true(_CHAPTER, "an answer that is late is still heard", answered["answered"], answered)


async def _found(world: World, buyer: Person, seller: Person, mediator: Person, case_id: CaseId, path: str) -> None:
    true = world.record.true
    await mediator.post("messaging", f"{path}/decision", _FOUND)
    standing = await _standing(seller)
    true(_CHAPTER, "a finding is one step of the ladder", standing["step"] == "notice", standing)
    shown = await buyer.get("messaging", path)
    result = shown["decision"]["result"]
    true(_CHAPTER, "the buyer is told the result", (result, shown["answer"]) == ("FOUND", None), shown)

    async def noticed() -> list[Json] | None:
        notices = (await buyer.get("ticketing", f"/cases/{case_id}/notices"))["notices"]
        return [n for n in notices if n["template"] == "conduct_found"] or None

    (notice,) = await until("the buyer to have a notice", noticed, 40)
    true(_CHAPTER, "in the language of the market", "pamatota" in notice["text"], notice)


async def _reversed(
    world: World, buyer: Person, seller: Person, mediator: Person, supervisor: Person, path: str
) -> None:
    true = world.record.true
    await seller.post("messaging", f"{path}/appeals", {"grounds": ["words_misread"]})
    granted = {"outcome": "REVERSED", "reasons": ["address_was_needed"]}
    own = await mediator.refused("messaging", f"{path}/appeals/decision", granted)
    true(_CHAPTER, "who investigated does not judge the appeal", own["http"] == 403, own)
    judged = await supervisor.post("messaging", f"{path}/appeals/decision", granted)
    true(_CHAPTER, "a supervisor reverses the finding", judged["decision"]["reversed"], judged)
    standing = await _standing(seller)
    true(_CHAPTER, "and it counts nowhere", (standing["step"], standing["findings"]) == (None, []), standing)
    seen = await buyer.get("messaging", path)
    true(_CHAPTER, "the buyer sees that it fell", seen["stage"] == "CLOSED" and seen["decision"]["reversed"], seen)


async def _standing(seller: Person) -> Json:
    (standing,) = (await seller.get("messaging", f"/conduct-standings/{seller.id}"))["standings"]
    found: Json = standing
    return found
