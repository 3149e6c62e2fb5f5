"""A breach that is withdrawn, over Kafka through all five services: it ends as if there had been no breach (S-3)."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ombud_local.story.people import Json, Person
from ombud_local.story.truth import until
from ombud_local.story.world import World, month_in

pytestmark = [pytest.mark.rule("S-3"), pytest.mark.long]

ANSWER = "Atvainojiet par kavēšanos, jauns lādētājs jums tiks nosūtīts jau šodien ar kurjeru."


async def fee(reader: Person, case_id: str, status: str) -> Json:
    """The takeover's fee, once it has this status."""

    async def found() -> Json | None:
        answer = await reader.ask("GET", "billing", f"/cases/{case_id}/money")
        charges = answer.json()["charges"] if answer.status_code == httpx.codes.OK else []
        return next((c for c in charges if c["kind"] == "HANDLING_FEE" and c["status"] == status), None)

    return await until(f"the fee to be {status}", found, 60)


@pytest.mark.rule("S-3")
async def test_a_withdrawn_breach_ends_as_if_there_had_been_none(world: World) -> None:
    """INVARIANT: S-3; would break if a service kept what followed from the breach, or undid it twice."""
    buyer, seller = world.person("buyer", "buy_withdrawn"), world.person("seller", "sel_withdrawn")
    agent, administrator = world.person("agent", "agt_1"), world.person("administrator", "adm_1")
    bought = await world.marketplace.sell("demo-lv", buyer.id, seller.id, "Lādētājs")
    case = (await world.open_case(buyer, bought, "DEFECTIVE", "Lādētājs nestrādā. Ko darīt?"))["case_id"]
    started = await world.clock_with(buyer, case, "reply", ("RUNNING",))

    await world.happened(agent, case, "ticketing.takeover_activated", within_seconds=90)
    await fee(seller, case, "POSTED")
    await world.clock_with(agent, case, "platform_reply", ("RUNNING",), 60)
    refused = await until("the seller to be locked", lambda: _refused(seller, case), 60)
    assert refused["status"] == 409

    outage = {"sort": "outage_credit", "market": "demo-lv", "cause": "outage", "from_at": started["started_at"]}
    over = datetime.now(UTC) - timedelta(seconds=1)  # by any clock
    await administrator.post("sla-monitor", "/adjustments", {**outage, "until": over.isoformat()})

    await world.happened(agent, case, "ticketing.takeover_reversed", within_seconds=90)
    await fee(seller, case, "REVERSED")
    await until("the seller to write again", lambda: _written(seller, case), 60)
    await world.clock_with(buyer, case, "reply", ("MET",), 60)
    await world.clock_with(agent, case, "platform_reply", ("VOID",), 60)
    await _expect_nothing_left(world, agent, seller, case)


async def _expect_nothing_left(world: World, agent: Person, seller: Person, case: str) -> None:
    view = await seller.get("ticketing", f"/cases/{case}")
    assert (view["answered_by"], view["takeover_id"], view["status"]) == ("seller", None, "OPEN")
    (takeover,) = (await agent.ask("GET", "ticketing", f"/cases/{case}/takeovers")).json()
    assert (takeover["status"], takeover["ended_because"]) == ("REVERSED", "breach_withdrawn")
    notices = await seller.get("ticketing", f"/cases/{case}/notices?language=en")
    assert [n["template"] for n in notices["notices"]] == [
        "takeover_activated",
        "takeover_reversed",
        "contact_handed_back",
    ]
    statement = await seller.get("billing", f"/sellers/{seller.id}/statements/{month_in('demo-lv')}")
    assert [total["total_minor"] for total in statement["totals"]] == [0]
    told = [entry["type"] for entry in await world.timeline(agent, case)]
    for once in ("ticketing.takeover_reversed", "billing.charge_reversed", "messaging.conversation_unlocked"):
        assert told.count(once) == 1, once


async def _refused(seller: Person, case: str) -> Json | None:
    answer = await seller.ask("POST", "messaging", f"/conversations/{case}/messages", {"text": ANSWER})
    return answer.json() if answer.status_code == httpx.codes.CONFLICT else None


async def _written(seller: Person, case: str) -> Json | None:
    answer = await seller.ask("POST", "messaging", f"/conversations/{case}/messages", {"text": ANSWER})
    return answer.json() if answer.status_code == httpx.codes.CREATED else None
