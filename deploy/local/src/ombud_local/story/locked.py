"""A story beside the main one, in Latvian: a phone with somebody else's lock, and two more that the same seller sold (T4)."""

import asyncio

from ombud_local.story.marketplace import Purchase
from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET, PICTURE
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_ventspils"
_MODEL = "gtin_demo_phone_9"


async def play(world: World) -> None:
    """Chapter 14: contact at once, an unlock chance that fails, a verdict, and a sweep that finds two more. Raises Untrue."""
    buyer, seller = world.person("buyer", "buy_dace"), world.person("seller", SELLER)
    mediator = world.person("mediator", "med_liga")
    bought, *_alike = await asyncio.gather(
        *(_sold(world, who, seller.id) for who in (buyer.id, "buy_juris", "buy_zane")),
        _sold(world, "buy_ilmars", "sel_jelgava"),
    )
    case_id = await _reported(world, buyer, bought)
    takeover = await _at_once(world, buyer, seller, case_id)
    await _chance_fails(world, seller, mediator, case_id, takeover)
    await _verdict(world, seller, mediator, bought, case_id, takeover)
    await _sweep(world, seller, mediator, case_id)


async def _sold(world: World, buyer: str, seller: str) -> Purchase:
    who = BuyerId(world.person("buyer", buyer).id), SellerId(world.person("seller", seller).id)
    return await world.marketplace.sell(MARKET, *who, "Phone 9, 64 GB", model=_MODEL)


async def _reported(world: World, buyer: Person, bought: Purchase) -> CaseId:
    """A contact, a claim and a photograph of the lock."""
    text = "Labdien! Telefons prasa iepriekšējā īpašnieka Apple ID. Lietot to nevar."
    opened = await world.open_case(buyer, bought, "LOCKED_DEVICE", text, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    dispute = await world.dispute(buyer, case_id, "LOCKED_DEVICE")
    photo = {"kind": "photo", "content_base64": PICTURE}
    await buyer.post("disputes", f"/disputes/{dispute['dispute_id']}/evidence", photo)
    return case_id


async def _at_once(world: World, buyer: Person, seller: Person, case_id: CaseId) -> Json:
    true = world.record.true
    await world.happened(buyer, case_id, "ticketing.takeover_activated", within_seconds=40)
    takeover = await _takeover(seller, case_id)
    shown = (takeover["trigger"], takeover["decided_by"], takeover["charges_announced"])
    true(
        14, "the platform has the contact at once, and nothing is charged for it", shown == ("T4", "system", []), shown
    )
    cost = [(c["kind"], c["gross_minor"]) for c in takeover["costs"]]
    true(14, "the seller sees what a verdict would cost", cost == [("HANDLING_FEE", 1815)], cost)
    hidden = (await _takeover(buyer, case_id))["costs"]
    true(14, "the buyer does not", hidden == [], hidden)
    return takeover


async def _chance_fails(world: World, seller: Person, mediator: Person, case_id: CaseId, takeover: Json) -> None:
    true = world.record.true
    chance = await world.clock_with(seller, case_id, "unlock_attempt", ("RUNNING",), 40)
    true(14, "the seller has one chance to unlock it, with a clock", chance["owner"] == "seller", chance)
    path = f"/takeovers/{takeover['takeover_id']}"
    verdict = {"confirmed": True, "reason": "activation_lock_seen"}
    early = await mediator.refused("ticketing", f"{path}/verdict", verdict)
    true(14, "no verdict is given while the chance lasts", early["type"].endswith("unlock_chance_runs"), early)
    own = await seller.refused("ticketing", f"{path}/unlock-answer", {"unlocked": True})
    true(14, "only the buyer says whether it worked", own["http"] == 403, own)
    await world.clock_with(seller, case_id, "unlock_attempt", ("BREACHED", "VOID"), 60)

    async def over() -> Json | None:
        known = await _takeover(seller, case_id)
        return known if known["unlock"]["outcome"] is not None else None

    ended = await until("the chance to end", over, 40)
    true(14, "in silence the device counts as locked", ended["unlock"]["outcome"] == "not_answered", ended)
    bare = await mediator.refused("ticketing", f"{path}/verdict", verdict)
    true(14, "a verdict needs its facts", bare["missing"] == ["imei_check|confirmed_video"], bare)


async def _verdict(
    world: World, seller: Person, mediator: Person, bought: Purchase, case_id: CaseId, takeover: Json
) -> None:
    true = world.record.true
    await world.marketplace.check_device(bought, blocked=True)
    body = {"confirmed": True, "reason": "activation_lock_seen"}

    async def confirmed() -> Json | None:
        answer = await mediator.ask("POST", "ticketing", f"/takeovers/{takeover['takeover_id']}/verdict", body)
        return answer.json() if answer.status_code == 200 else None

    judged = await until("the register's answer to be known", confirmed, 40)
    true(14, "a mediator confirms it by the register's answer", judged["verdict"]["confirmed"], judged)
    posted = await world.happened(seller, case_id, "billing.charge_posted", within_seconds=40)
    amounts = [entry["summary"]["gross_minor"] for entry in posted if "gross_minor" in entry["summary"]]
    money = await seller.get("billing", f"/cases/{case_id}/money")
    charged = [charge["gross_minor"] for charge in money["charges"]]
    true(14, "what was shown is what is charged", charged == [1815], (charged, amounts))


async def _sweep(world: World, seller: Person, mediator: Person, case_id: CaseId) -> None:
    true = world.record.true

    async def found() -> list[str] | None:
        case = await mediator.get("ticketing", f"/cases/{case_id}")
        linked: list[str] = case["linked_case_ids"]
        return linked if len(linked) == 2 else None

    linked = await until("two more cases", found, 60)
    proposed = [await _takeover(mediator, CaseId(other)) for other in linked]
    kinds = [(takeover["trigger"], takeover["status"]) for takeover in proposed]
    true(14, "two more of the seller's orders are proposed; another seller's is not", kinds == [("T4", "PROPOSED")] * 2)

    async def stopped() -> Json | None:
        stop = (await seller.get("ticketing", f"/cases/{case_id}/context"))["listing_stop"]
        return stop if stop and stop["status"] == "STOPPED" else None

    stop = await until("the listing to be stopped", stopped, 40)
    true(14, "the listing is stopped", stop["trigger"] == "T4", stop)


async def _takeover(reader: Person, case_id: CaseId) -> Json:
    known: list[Json] = (await reader.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")).json()
    return known[0]
