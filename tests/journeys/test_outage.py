"""An outage of the SLA monitor: what happened meanwhile is judged by when it happened, not by when the monitor heard of it."""

import asyncio
from datetime import UTC, datetime

import pytest

from chassis.testing import eventually
from ombud_local.stack import Stack
from ombud_local.story.world import World


@pytest.mark.long
async def test_an_answer_during_an_outage_of_the_monitor_is_judged_by_its_time(five: Stack, world: World) -> None:
    """INVARIANT: R section 3; would break if the timers ran ahead of facts that wait on the topics."""
    buyer, seller = world.person("buyer", "buy_outage"), world.person("seller", "sel_outage")
    agent = world.person("agent", "agt_1")
    cases = []
    for _ in range(2):
        bought = await world.marketplace.sell("demo-de", buyer.id, seller.id, "Lampe")
        opened = await world.open_case(buyer, bought, "DAMAGED", "Die Lampe ist zerbrochen. Was machen wir jetzt?")
        cases.append(opened["case_id"])
        running = await world.clock_with(buyer, cases[-1], "reply", ("RUNNING",))
    await asyncio.to_thread(five.process("sla-monitor").terminate)
    due_by = running["due_by"]
    await world.think(4)
    await world.write(seller, cases[0], "Das tut mir leid, eine neue Lampe geht heute mit der Post an Sie.")

    async def overdue() -> bool:
        return datetime.now(UTC) > datetime.fromisoformat(due_by)

    await eventually("the deadline to pass during the outage", overdue, 30)
    process = five.start("sla-monitor")
    await asyncio.to_thread(process.wait_ready)
    await world.clock_with(buyer, cases[0], "reply", ("MET",))  # a screen before all facts are read says less
    await world.happened(agent, cases[1], "sla-monitor.clock_breached")
    told = [e["type"] for e in await world.timeline(agent, cases[0])]
    assert "sla-monitor.clock_breached" not in told, "a breach was announced that never was"
    breaches = await world.happened(agent, cases[1], "sla-monitor.clock_breached")
    assert len(breaches) == 1
