"""A story beside the main one, in Latvian: a buyer sends something back, and the seller ignores it. The platform accepts the return,
sends the label, counts what nobody inspects as it should be, pays the buyer, and charges the seller what it cost."""

from ombud_local.story.marketplace import Purchase
from ombud_local.story.people import Json, Person
from ombud_local.story.silence import MARKET
from ombud_local.story.truth import until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

SELLER = "sel_sigulda"
_PARCEL = "05308955120017"
_PRICE_MINOR, _SHIPPING_MINOR = 3_900, 490


async def play(world: World) -> None:
    """Chapter 18: a lawful return that the seller ignores. Raises Untrue."""
    buyer, seller, agent = (
        world.person("buyer", "buy_elza"),
        world.person("seller", SELLER),
        world.person("agent", "agt_ilze"),
    )
    bought = await world.marketplace.sell(MARKET, BuyerId(buyer.id), SellerId(seller.id), "Galda lampa", _PRICE_MINOR)
    case_id = await _asked(world, buyer, seller, bought)
    path = await _requested(world, buyer, seller, agent, case_id)
    await _ignored(world, buyer, seller, agent, case_id, path)
    await _sent_back(world, buyer, path)
    await _paid_and_charged(world, buyer, seller, case_id, path)


async def _asked(world: World, buyer: Person, seller: Person, bought: Purchase) -> CaseId:
    """The seller answers the buyer's message, so that nothing is owed in the conversation; return the case."""
    text = "Labdien! Lampa mums tomēr neder. Vai varu to nosūtīt atpakaļ?"
    opened = await world.open_case(buyer, bought, "CHANGE_OF_MIND", text, of_its_market=world.alone)
    case_id: CaseId = opened["case_id"]
    await world.thread(seller, case_id)
    await world.think(11)
    await world.write(seller, case_id, "Labdien! Par lampas atgriešanu vēl padomāšu.")
    await world.clock_with(buyer, case_id, "reply", ("MET",))
    return case_id


async def _requested(world: World, buyer: Person, seller: Person, agent: Person, case_id: CaseId) -> str:
    true = world.record.true

    async def asked() -> Json | None:
        answer = await buyer.ask("POST", "disputes", f"/cases/{case_id}/returns")
        return answer.json() if answer.status_code == 201 else None

    wanted = await until("the return to be requested", asked, 40)
    path = f"/returns/{wanted['return_id']}"
    true(18, "a lawful return needs no reason", wanted["status"] == "REQUESTED", wanted)
    true(18, "the buyer is not shown what the seller pays", wanted["label_cost_minor"] is None, wanted)
    owed = await seller.get("disputes", path)
    true(18, "what a label of the platform would cost is shown first", owed["label_cost_minor"] == 835, owed)
    again = await buyer.refused("disputes", f"/cases/{case_id}/returns")
    true(18, "one return of a line is live at a time", again["return_id"] == wanted["return_id"], again)
    refused = await seller.refused("disputes", f"{path}/refusal", {"ground": "no_box"})
    true(18, "a refusal without a lawful ground is refused at once", "perishable" in refused["lawful"], refused)
    await world.happened(buyer, case_id, "disputes.return_requested")
    live = await agent.refused("ticketing", f"/cases/{case_id}/resolution", {"outcome": "answered"})
    true(18, "the case is not resolved over it", live["unfinished"] == [wanted["return_id"]], live)
    return path


async def _ignored(world: World, buyer: Person, seller: Person, agent: Person, case_id: CaseId, path: str) -> None:
    true = world.record.true
    await world.happened(seller, case_id, "ticketing.takeover_warned", within_seconds=60)
    await world.happened(agent, case_id, "ticketing.takeover_activated", within_seconds=60)
    (takeover,) = (await agent.ask("GET", "ticketing", f"/cases/{case_id}/takeovers")).json()
    true(18, "after one reminder the platform takes over (T3)", takeover["trigger"] == "T3", takeover)
    await world.happened(buyer, case_id, "disputes.return_label_issued", within_seconds=60)
    shown = await buyer.get("disputes", path)
    true(
        18,
        "it accepted the return and sent the label",
        (shown["status"], shown["label_by"]) == ("LABEL_ISSUED", "system"),
        shown,
    )
    true(18, "the buyer sees what is to be done", "shipment" in shown["may"], shown["may"])

    async def told() -> Json | None:
        notices = (await buyer.get("ticketing", f"/cases/{case_id}/notices"))["notices"]
        return next((n for n in notices if n["template"] == "return_label_by_platform"), None)

    notice = await until("the notice of the label", told)
    true(18, "both sides are told, in Latvian", "platforma nosūtīja uzlīmi" in notice["text"], notice)


async def _sent_back(world: World, buyer: Person, path: str) -> None:
    true = world.record.true
    await world.marketplace.scan_return(_PARCEL, "shipped")
    await buyer.post("disputes", f"{path}/shipment", {"tracking_number": _PARCEL})
    await world.marketplace.scan_return(_PARCEL, "received")

    async def inspected() -> Json | None:
        shown = await buyer.get("disputes", path)
        return shown if shown["inspection"] is not None else None

    shown = await until("the item to be received and to count as inspected", inspected, 60)
    true(18, "what nobody inspects in time counts as it should be", shown["inspection"]["by"] == "system", shown)
    true(18, "all that was paid goes back", shown["refund_minor"] == _PRICE_MINOR + _SHIPPING_MINOR, shown)


async def _paid_and_charged(world: World, buyer: Person, seller: Person, case_id: CaseId, path: str) -> None:
    true = world.record.true
    await world.happened(buyer, case_id, "disputes.return_ended", within_seconds=60)
    shown = await buyer.get("disputes", path)
    true(18, "the return ended with the money paid", (shown["status"], shown["may"]) == ("REFUNDED", []), shown)
    await world.happened(seller, case_id, "billing.charge_posted", 3, within_seconds=60)
    money = await seller.get("billing", f"/cases/{case_id}/money")
    charged = {charge["kind"]: charge["gross_minor"] for charge in money["charges"] if charge["status"] == "POSTED"}
    expected = {"HANDLING_FEE": 1_815, "RETURN_LABEL": 835, "REFUND": _PRICE_MINOR + _SHIPPING_MINOR}
    true(18, "the seller pays the takeover, the label and the refund, each once", charged == expected, money)
