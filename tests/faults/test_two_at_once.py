"""Two processes that do one work: relays where one overslept (F6), and one record at two replicas of billing (F24)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from checker import i6_money_balances
from clock_facts import REPLY_SECONDS, Fact
from evidence import collect, ends_of, lag_of
from fault_stack import asleep
from monitor_stack import QUICK, Monitor, expect_sound, monitoring
from movement import movement_in

from chassis.testing import eventually
from ombud_contracts import groups
from ombud_contracts.events import ticketing
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace, Purchase

DECISION = ticketing.TakeoverDecision(
    trigger="T1",
    clause="S-4.1",
    clause_version="2026.1",
    facts=("clk_1:4",),
    alternatives=(),
    decided_by="system",
    decider_id="system",
    scope="case",
    appeal_until=datetime(2036, 1, 1, tzinfo=UTC),
    charges_announced=("HANDLING_FEE",),
)


def now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def counted(process: ServiceProcess, metric: str) -> float:
    """Return the sum of a counter over its labels."""
    async with httpx.AsyncClient(timeout=20) as http:
        lines = (await http.get(f"{process.admin_url}/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{metric} ", f"{metric}{{")))


def overdue(monitor: Monitor, of: list[str]) -> list[Fact]:
    """Questions that were to be answered some time ago."""
    asked_at = now() - timedelta(seconds=REPLY_SECONDS + 60)
    return [fact for case in of for fact in (monitor.facts.opened(case, asked_at), monitor.facts.asked(case, asked_at))]


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.long
async def test_a_relay_that_overslept_sends_nothing_out_of_order(
    place: str, infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F6, I3 and I4; would break if a relay went on with rows of a lease that another has taken.

    The holder of some shards stands still with rows in its hands, before it sends them or before it forgets them. Another
    takes its leases, and sends these and later ones. It wakes, and does the rest of what it had begun.
    """
    async with monitoring(infrastructure, tmp_path) as monitor:
        sleeper = await monitor.up(2, OMBUD_FAILPOINT=f"outbox.{place}_publish=stop@2")
        await monitor.up(1)
        await monitor.tell(overdue(monitor, [f"cas_a{n:03d}" for n in range(40)]))
        await asleep(sleeper)
        await monitor.tell(overdue(monitor, [f"cas_b{n:03d}" for n in range(40)]))
        await monitor.until_announced("sla-monitor.clock_breached", 80)
        await monitor.caught_up()
        sleeper.resume()
        await monitor.tell(overdue(monitor, [f"cas_c{n:03d}" for n in range(20)]))
        await monitor.until_announced("sla-monitor.clock_breached", 100)
        await asyncio.to_thread(sleeper.wait_ready)
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_sound(evidence)


@pytest.mark.long
async def test_a_record_at_two_replicas_of_billing_charges_once(infrastructure: Infrastructure, tmp_path: Path) -> None:
    """INVARIANT: F24, I5 and I6; would break if an effect were written without the record of its cause.

    One replica stands still between deciding and writing; its partitions go to another, which charges. It wakes and writes.
    """
    with Stack(infrastructure, tmp_path) as stack:
        stack.prepare()
        mine = [groups.BILLING_CHARGES]
        kafka, moving = infrastructure.kafka, movement_in(infrastructure, stack.namespace)

        async def caught_up() -> bool:
            return await lag_of(kafka, stack.namespace, await ends_of(kafka, stack.namespace), mine) == 0

        async with Marketplace(kafka, stack.namespace) as marketplace:
            for n in range(8):
                bought = await marketplace.sell("lv", f"buy_{n}", "sel_1", "Phone")
                await marketplace.tell(taken_over(f"cas_{n}", bought), f"cas_{n}", "lv", f"cas_{n}")
        sleeper = stack.start("billing", 1, **QUICK, OMBUD_FAILPOINT="commit.before=stop@1")
        await asleep(sleeper)
        other = stack.start("billing", 2, **QUICK)
        await asyncio.to_thread(other.wait_ready)
        await eventually("the other replica to handle everything", caught_up, 60, moving=moving)
        sleeper.resume()

        async def skipped() -> bool:
            return await counted(sleeper, "ombud_consumer_skipped_total") > 0

        await eventually("the sleeper to find that its work is done", skipped, 60, moving=moving)
        await eventually("all to be read", caught_up, 60, moving=moving)
        evidence = await collect(kafka, infrastructure.mongo, stack.namespace)
    charges = evidence.databases["billing"]["charges"]
    assert len(charges) == len({c["_id"] for c in charges}) == 8
    assert len(evidence.databases["billing"]["ledger_entries"]) == 8
    assert not list(i6_money_balances(evidence))


def taken_over(case_id: str, bought: Purchase) -> ticketing.TakeoverActivated:
    """What ticketing tells when the platform takes a case over."""
    return ticketing.TakeoverActivated(
        takeover_id=f"tko_{case_id}",
        case_id=case_id,
        buyer_id=bought.buyer_id,
        seller_id=bought.seller_id,
        order_id=bought.order_id,
        line_id=bought.line_id,
        reason="DEFECTIVE",
        decision=DECISION,
        activated_at=now(),
    )
