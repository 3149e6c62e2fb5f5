"""A story beside the main one, in Latvian: a decision finds that a claim was knowingly unfounded. The buyer is told, appeals, and nothing
of it is left (R-45, S-3)."""

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET, PICTURE
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_tukums"
_CHAPTER = 21
_STANDING = "/claim-standings/{}"


async def play(world: World) -> None:
    """Chapter 21: a finding about a buyer, the first step it leads to, and the way back. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_zane"), world.person("seller", SELLER)
    mediator, supervisor = world.person("mediator", "med_liga"), world.person("supervisor", "sup_marta")
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Mugursoma", 5_900)
    asked = "Labdien! Mugursomai pēc vienas dienas saplīsa siksna."
    opened = await world.open_case(buyer, bought, "DEFECTIVE", asked, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    path = f"/disputes/{(await world.dispute(buyer, case_id, 'DEFECTIVE'))['dispute_id']}"
    await _found(world, buyer, seller, mediator, path)
    await _reversed(world, buyer, supervisor, path)


async def _found(world: World, buyer: Person, seller: Person, mediator: Person, path: str) -> None:
    """The picture shows another bag, which the buyer must have known."""
    true = world.record.true
    photo = {"kind": "photo", "content_base64": PICTURE}
    (evidence,) = (await buyer.post("disputes", f"{path}/evidence", photo))["evidence"]
    facts = ["claim", evidence["evidence_id"]]
    found = {
        "kind": "CLAIM_KNOWINGLY_UNFOUNDED",
        "reason": "photo_of_another_item",
        "facts": [evidence["evidence_id"]],
    }
    decision = {"remedy": "NONE", "clause": "S-5.1", "facts": facts, "reasons": ["not_this_item"], "finding": found}
    decided = (await world.decide(mediator, path, decision))["decision"]
    true(_CHAPTER, "a claim is refused, and found to be knowingly unfounded", decided["finding"], decided)
    of_seller = (await seller.get("disputes", path))["decision"]
    true(_CHAPTER, "the other side is not told what was found", of_seller["finding"] is None, of_seller)

    async def standing() -> Json | None:
        standings = (await buyer.get("messaging", _STANDING.format(buyer.id)))["standings"]
        return standings[0] if standings else None

    shown = await until("the finding to be the buyer's first step", standing, 40)
    step = (shown["step"], shown["next_step"], shown["limited"])
    true(_CHAPTER, "the buyer is told, and limited in nothing", step == ("explain", "warn", False), shown)


async def _reversed(world: World, buyer: Person, supervisor: Person, path: str) -> None:
    true = world.record.true
    await buyer.post("disputes", f"{path}/appeals", {"grounds": ["facts_wrong"]})
    granted = await supervisor.post(
        "disputes", f"{path}/appeals/decision", {"outcome": "REVERSED", "reasons": ["new_evidence"]}
    )
    true(_CHAPTER, "a supervisor reverses the decision", granted["decision_reversed"], granted)

    async def nothing_left() -> Json | None:
        standings = (await buyer.get("messaging", _STANDING.format(buyer.id)))["standings"]
        return standings[0] if standings and standings[0]["step"] is None else None

    left = await until("the finding to be taken back", nothing_left, 40)
    true(_CHAPTER, "and nothing of the finding is left", left["findings"] == [], left)
