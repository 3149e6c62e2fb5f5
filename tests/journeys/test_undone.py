"""What nobody owed is undone, over Kafka through all five services: a held answer, an answer that came before the takeover was
decided, a takeover that a supervisor reverses. The end is that of a world in which none of it happened (S-3, S-9)."""

from datetime import UTC, datetime

import httpx
import pytest

from ombud_local.stack import Stack
from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World, month_in
from ombud_words import BuyerId, CaseId, SellerId

ANSWER = "Atvainojiet par kavēšanos, jauns lādētājs jums tiks nosūtīts jau šodien ar kurjeru."
WAITS = f"{ANSWER} Starpību, lūdzu, pārskaitiet uz manu kontu LV80BANK0000435195001."
FEE_IS_GONE = ("REVERSED", "WITHDRAWN")


async def asked(world: World, buyer: Person, seller: Person) -> CaseId:
    """Have a buyer ask the seller something; return the case."""
    bought = await world.marketplace.sell("demo-lv", BuyerId(buyer.id), SellerId(seller.id), "Lādētājs")
    case = (await world.open_case(buyer, bought, "DEFECTIVE", "Lādētājs nestrādā. Ko darīt?"))["case_id"]
    await world.clock_with(buyer, case, "reply", ("RUNNING",), 60)
    return CaseId(case)


async def expect_as_if_nothing_had_been(world: World, agent: Person, seller: Person, case: CaseId) -> None:
    """The seller has the contact, may write, and has paid nothing."""
    view = await seller.get("ticketing", f"/cases/{case}")
    assert (view["answered_by"], view["takeover_id"], view["status"]) == ("seller", None, "OPEN")
    await until("the seller to write", lambda: _written(seller, case), 60)
    answer = await seller.ask("GET", "billing", f"/cases/{case}/money")
    charges = answer.json()["charges"] if answer.status_code == httpx.codes.OK else []
    assert all(charge["status"] in FEE_IS_GONE for charge in charges), charges
    statement = await seller.ask("GET", "billing", f"/sellers/{seller.id}/statements/{month_in('demo-lv')}")
    totals = statement.json()["totals"] if statement.status_code == httpx.codes.OK else []
    assert sum(total["total_minor"] for total in totals) == 0
    owed = await world.clock(agent, case, "platform_reply")
    assert owed is None or owed["verdict"] == "VOID"


async def _written(seller: Person, case: CaseId) -> Json | None:
    answer = await seller.ask("POST", "messaging", f"/conversations/{case}/messages", {"text": ANSWER})
    return answer.json() if answer.status_code == httpx.codes.CREATED else None


@pytest.mark.rule("S-3")
async def test_an_answer_that_was_held_past_the_deadline_counts_from_when_it_was_written(world: World) -> None:
    """INVARIANT: a reply that waits for a check keeps the breach away; would break if its clock did not hear of it."""
    buyer, seller = world.person("buyer", "buy_held"), world.person("seller", "sel_held")
    agent = world.person("agent", "agt_1")
    case = await asked(world, buyer, seller)
    await world.think(5)
    held = await world.write(seller, case, WAITS)
    assert held["status"] == "HELD", held
    moderation = await world.clock_with(agent, case, "payment_moderation", ("RUNNING",), 60)
    assert moderation["on_silence"] == "supervisor_alarm"
    reply = await world.clock(buyer, case, "reply")
    assert reply is not None
    await until("the deadline to pass", lambda: _passed(reply["due_by"]), 60)
    await agent.post("messaging", f"/messages/{held['message_id']}/release")
    met = await world.clock_with(buyer, case, "reply", ("MET",), 60)
    assert met["settled_at"] < met["due_by"]
    await world.clock_with(agent, case, "payment_moderation", ("MET",), 60)
    told = [entry["type"] for entry in await world.timeline(agent, case)]
    assert "sla-monitor.clock_breached" not in told
    assert "ticketing.takeover_activated" not in told
    await expect_as_if_nothing_had_been(world, agent, seller, case)


@pytest.mark.rule("S-9")
@pytest.mark.long
async def test_an_answer_that_came_before_the_takeover_was_decided_keeps_the_contact(five: Stack, world: World) -> None:
    """INVARIANT: S-9; would break if ticketing, after an outage, took over what was answered during it."""
    buyer, seller = world.person("buyer", "buy_gap"), world.person("seller", "sel_gap")
    agent = world.person("agent", "agt_1")
    case = await asked(world, buyer, seller)
    ticketing = five.process("ticketing")
    ticketing.pause()
    try:
        await world.clock_with(buyer, case, "reply", ("BREACHED",), 90)
        await world.write(seller, case, ANSWER)
        await world.clock_with(buyer, case, "reply", ("MET_LATE",), 60)
    finally:
        ticketing.resume()
    await world.happened(agent, case, "sla-monitor.clock_satisfied", within_seconds=90)
    await until("the contact to be the seller's", lambda: _sellers(seller, case), 60)
    takeovers = (await agent.ask("GET", "ticketing", f"/cases/{case}/takeovers")).json()
    assert [(t["status"], t["ended_because"]) for t in takeovers] in ([], [("REVERSED", "answered_before")])
    if takeovers:
        await world.happened(agent, case, "billing.charge_reversed", within_seconds=90)
        await world.happened(agent, case, "messaging.conversation_unlocked", within_seconds=90)
    await expect_as_if_nothing_had_been(world, agent, seller, case)


@pytest.mark.rule("S-3")
async def test_a_takeover_that_a_supervisor_reverses_counts_as_if_it_had_not_been(world: World) -> None:
    buyer, seller = world.person("buyer", "buy_error"), world.person("seller", "sel_error")
    agent, supervisor = world.person("agent", "agt_1"), world.person("supervisor", "sup_1")
    case = await asked(world, buyer, seller)
    await world.happened(agent, case, "ticketing.takeover_activated", within_seconds=90)
    await world.happened(agent, case, "billing.charge_posted", within_seconds=90)
    await world.clock_with(agent, case, "platform_reply", ("RUNNING",), 60)
    resolution = await world.clock_with(agent, case, "first_resolution", ("RUNNING",), 60)
    assert resolution["owner"] == "platform"
    (takeover,) = (await agent.ask("GET", "ticketing", f"/cases/{case}/takeovers")).json()
    await supervisor.post("ticketing", f"/takeovers/{takeover['takeover_id']}/reversal", {"reason": "decided_in_error"})
    for undone in ("billing.charge_reversed", "messaging.conversation_unlocked"):
        await world.happened(agent, case, undone, within_seconds=90)
    await world.clock_with(agent, case, "platform_reply", ("VOID",), 60)
    assert (await world.clock(agent, case, "first_resolution") or {})["owner"] == "seller"
    await expect_as_if_nothing_had_been(world, agent, seller, case)


async def _passed(due_by: str) -> bool | None:
    return datetime.now(UTC) > datetime.fromisoformat(due_by) or None


async def _sellers(seller: Person, case: CaseId) -> Json | None:
    view = await seller.get("ticketing", f"/cases/{case}")
    return view if view["answered_by"] == "seller" else None
