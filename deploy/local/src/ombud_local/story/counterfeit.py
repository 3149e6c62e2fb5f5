"""A story beside the main one, in Latvian: headphones that are not what they are sold as. The verdict is charged and has the seller
reviewed; the seller appeals the charge and pays less; and when the takeover falls, all of it falls (T5)."""

import base64

from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_kuldiga"
_CHAPTER = 19
_REPORT = base64.b64encode("Uzraksts uz kastes nav ražotāja.".encode()).decode()
_NOTICE = base64.b64encode("Eksperts: sērijas numurs ražotājam nav zināms.".encode()).decode()
_QUEUE = f"/moderation/conduct-complaints?market={MARKET}"


async def play(world: World) -> None:
    """Chapter 19: a review that nobody hears of, a charge that is amended on appeal, and a reversal of both. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_anna"), world.person("seller", SELLER)
    mediator = world.person("mediator", "med_liga")
    judge, other = world.person("supervisor", "sup_marta"), world.person("supervisor", "sup_uldis")
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Austiņas", 9_900)
    text = "Labdien! Šīs austiņas nav īstas."
    opened = await world.open_case(buyer, bought, "COUNTERFEIT", text, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    takeover = await _confirmed(world, buyer, judge, case_id)
    review = await _reviewed(world, buyer, seller, mediator, takeover)
    await _charge_amended(world, seller, mediator, other, case_id)
    await _all_falls(world, seller, mediator, other, case_id, takeover, review)


async def _confirmed(world: World, buyer: Person, judge: Person, case_id: CaseId) -> str:
    """A report, the contact at once, what an expert says, and a verdict on it; return the path of the takeover."""
    dispute = await world.dispute(buyer, case_id, "COUNTERFEIT")
    evidence = f"/disputes/{dispute['dispute_id']}/evidence"
    await buyer.post("disputes", evidence, {"kind": "report", "content_base64": _REPORT})
    await world.happened(judge, case_id, "ticketing.takeover_activated", within_seconds=40)
    (takeover,) = (await judge.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")).json()
    path = f"/takeovers/{takeover['takeover_id']}"
    await judge.post("disputes", evidence, {"kind": "expert_notice", "content_base64": _NOTICE})

    async def confirmed() -> Json | None:
        entries = await world.timeline(judge, case_id)
        body = {"confirmed": True, "reason": "expert_says_so", "facts": [e["event_id"] for e in entries if _notice(e)]}
        answer = await judge.ask("POST", "ticketing", f"{path}/verdict", body)
        return answer.json() if answer.status_code == 200 else None

    judged = await until("the expert's notice to be known", confirmed, 40)
    verdict = judged["verdict"]
    world.record.true(_CHAPTER, "a supervisor confirms the counterfeit by an expert's notice", verdict, judged)
    return path


def _notice(entry: Json) -> bool:
    return bool(entry["type"] == "disputes.evidence_submitted" and entry["summary"].get("kind") == "expert_notice")


async def _reviewed(world: World, buyer: Person, seller: Person, mediator: Person, takeover: str) -> str:
    true = world.record.true

    async def waiting() -> Json | None:
        return await _review_of(mediator, takeover)

    review = await until("the review of the seller", waiting, 40)
    path = f"/conduct-complaints/{review['complaint_id']}"
    true(_CHAPTER, "the seller is reviewed: it waits for an investigator", review["filed_by"] == "system", review)
    seen = [(await who.ask("GET", "messaging", path)).status_code for who in (seller, buyer)]
    true(_CHAPTER, "neither the seller nor the buyer sees the review", seen == [404, 404], seen)
    return path


async def _review_of(mediator: Person, takeover: str) -> Json | None:
    found = (await mediator.get("messaging", _QUEUE))["complaints"]
    ids = [(review, verdict["takeover_id"]) for review in found for verdict in review["rests_on"]]
    return next((review for review, id in ids if takeover.endswith(id)), None)


async def _charge_amended(world: World, seller: Person, mediator: Person, other: Person, case_id: CaseId) -> None:
    true = world.record.true
    await world.happened(seller, case_id, "billing.charge_posted", within_seconds=40)
    (charge,) = (await seller.get("billing", f"/cases/{case_id}/money"))["charges"]
    path = f"/charges/{charge['charge_id']}"
    await seller.post("billing", f"{path}/contest", {"ground": "bought_in_good_faith"})
    await mediator.post("billing", f"{path}/review", {"verdict": "uphold", "reason": "seller_answers_for_it"})
    waits = await seller.post("billing", f"{path}/appeals", {"grounds": ["too_much"]})
    true(_CHAPTER, "the seller appeals that the charge was upheld", waits["status"] == "APPEALED", waits)
    less = {"outcome": "AMENDED", "reasons": ["less_work"], "amount_minor": 1_000, "currency": "EUR"}
    shown = await other.post("billing", f"{path}/appeals/preview", less)
    foreseen = (shown["credited_minor"], shown["charged_minor"])
    true(_CHAPTER, "a preview shows what an amendment would do", foreseen == (1_815, 1_210), shown)
    amended = await other.post("billing", f"{path}/appeals/decision", less)
    instead = await seller.get("billing", f"/charges/{amended['replaced_by']}")
    done = (amended["status"], instead["gross_minor"])
    true(_CHAPTER, "and it is what the decision does", done == ("REVERSED", 1_210), (amended, instead))


async def _all_falls(
    world: World, seller: Person, mediator: Person, other: Person, case_id: CaseId, takeover: str, review: str
) -> None:
    true = world.record.true
    await other.post("ticketing", f"{takeover}/reversal", {"reason": "expert_erred"})
    await world.happened(seller, case_id, "billing.charge_reversed", 2, within_seconds=40)
    charges = (await seller.get("billing", f"/cases/{case_id}/money"))["charges"]
    stands = [charge["line"] for charge in charges if charge["status"] != "REVERSED"]
    true(_CHAPTER, "with the takeover falls what the appeal made of its charge", stands == [], charges)

    async def withdrawn() -> Json | None:
        view = await mediator.get("messaging", review)
        return view if view["withdrawn"] else None

    view = await until("the review to be taken back", withdrawn, 40)
    (standing,) = (await seller.get("messaging", f"/conduct-standings/{seller.id}"))["standings"]
    left = (view["stage"], standing["step"], standing["findings"])
    true(_CHAPTER, "and the review, and the seller's step", left == ("CLOSED", None, []), (view, standing))
