"""Topics that lost records before they were read (F22), and topics read again from their beginning (F23)."""

import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from clock_facts import MARKET, REPLY_SECONDS, Facts, send
from evidence import ends_of, lag_of
from monitor_stack import MONITOR, Monitor, expect_sound, monitoring, tellings, told_of
from pymongo import MongoClient

from chassis.testing import eventually
from ombud_contracts import groups, topics
from ombud_local.infrastructure import Infrastructure
from ombud_local.stack import Stack

pytestmark = pytest.mark.long

SECOND = timedelta(seconds=1)


def now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def forget(kafka: str, topic: str) -> None:
    """Delete every record of a topic, as retention does."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    parts = [TopicPartition(topic, number) for number in range(12)]
    ends = await consumer.end_offsets(parts)
    await consumer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({part: RecordsToDelete(before_offset=end) for part, end in ends.items()})
    await admin.close()


async def start_again_from_the_beginning(kafka: str, namespace: str, group: groups.Group) -> None:
    """Set a group's offsets to 0 on every partition, as an operator's reset does."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=f"{namespace}.{group.name}", enable_auto_commit=False)
    await consumer.start()
    parts = [TopicPartition(f"{namespace}.{topic}", number) for topic in group.topics for number in range(12)]
    consumer.assign(parts)
    await consumer.commit(dict.fromkeys(parts, 0))
    await consumer.stop()


async def test_billing_stops_when_records_are_gone_that_it_never_read(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F22 and I8; would break if an offset out of range were taken as a reason to go on with what is left."""
    with Stack(infrastructure, tmp_path) as stack:
        stack.prepare()
        kafka, facts, mine = infrastructure.kafka, Facts(), [groups.BILLING_CHARGES]

        async def caught_up() -> bool:
            return await lag_of(kafka, stack.namespace, await ends_of(kafka, stack.namespace), mine) == 0

        billing = stack.start("billing")
        await asyncio.to_thread(billing.wait_ready)
        await send(kafka, stack.namespace, [facts.opened(f"cas_a{n}", now()) for n in range(40)])
        await eventually("billing to have read everything", caught_up, 30)
        assert await asyncio.to_thread(billing.terminate) == 0
        await send(kafka, stack.namespace, [facts.opened(f"cas_b{n}", now()) for n in range(40)])
        await forget(kafka, f"{stack.namespace}.{topics.CASES}")
        await send(kafka, stack.namespace, [facts.opened(f"cas_c{n}", now()) for n in range(40)])
        billing = stack.start("billing")

        async def stopped() -> bool:
            return "consuming stopped" in billing.log.read_text()

        await eventually("billing to stop consuming", stopped, 60)
        with MongoClient[dict[str, object]](infrastructure.mongo) as client:
            handled = {str(d["_id"]) for d in client[f"{stack.namespace}-billing"]["inbox"].find()}
            assert not any("cas_c" in id for id in handled), "it went on without what is gone"
            assert await asyncio.to_thread(billing.terminate) == 0
            billing = stack.start("billing", OMBUD_CONSUMER_SKIPS_LOST_RECORDS="true")
            await asyncio.to_thread(billing.wait_ready)
            await eventually("billing to read what is left, as it was told", caught_up, 60)
            handled = {str(d["_id"]) for d in client[f"{stack.namespace}-billing"]["inbox"].find()}
            assert sum("cas_c" in id for id in handled) == 40


async def test_the_monitor_goes_on_and_says_how_many_records_are_gone(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F22; would break if the loss were silent, or stopped what can still be told in time."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        process = await monitor.up()
        asked_at, kafka = now(), infrastructure.kafka
        await monitor.tell([monitor.facts.asked(f"cas_a{n}", asked_at) for n in range(40)])
        await monitor.caught_up()
        assert await asyncio.to_thread(process.terminate) == 0
        await monitor.tell([monitor.facts.asked(f"cas_b{n}", asked_at) for n in range(40)])
        await forget(kafka, f"{monitor.stack.namespace}.{topics.MESSAGES}")
        await monitor.tell([monitor.facts.asked(f"cas_c{n}", asked_at) for n in range(40)])
        await monitor.up()
        await monitor.until_announced("sla-monitor.clock_breached", 80)
        assert await monitor.metric("ombud_consumer_lost_records_total") == 40
        evidence = await monitor.announced()
    assert {case[:5] for case in told_of(evidence, "clock_breached")} == {"cas_a", "cas_c"}


async def some_lives(monitor: Monitor) -> list[str]:
    """Cases answered in time, late, by a machine and not at all, and some that are still owed."""
    began, facts = now() - timedelta(minutes=10), monitor.facts
    ids = [f"cas_{n:05d}" for n in range(60)]
    told = []
    for number, case in enumerate(ids):
        asked_at = began if number % 6 < 4 else now() - (REPLY_SECONDS - 9) * SECOND
        told += [facts.opened(case, asked_at), facts.asked(case, asked_at)]
        match number % 6:
            case 0:
                told.append(facts.answered(case, asked_at + 5 * SECOND))
            case 1:
                told.append(facts.answered(case, asked_at + 25 * SECOND))
            case 2:
                told.append(facts.answered_by_machine(case, asked_at + 5 * SECOND))
    await monitor.tell(told)
    await monitor.caught_up()
    return ids


async def test_topics_read_again_have_no_effect_while_the_inbox_is_kept(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F23 and I5; would break if a repeat were told apart by its offset."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        process = await monitor.up()
        ids = await some_lives(monitor)
        await monitor.until_announced("sla-monitor.clock_breached", 50)
        await monitor.caught_up()
        before = await monitor.announced()
        assert await asyncio.to_thread(process.terminate) == 0
        await start_again_from_the_beginning(infrastructure.kafka, monitor.stack.namespace, groups.SLA_CLOCKS)
        await monitor.up()
        await monitor.caught_up()
        after = await monitor.announced()
        assert all([await monitor.clocks(case) for case in ids])
    assert [(r.topic, r.id) for r in after.records] == [(r.topic, r.id) for r in before.records]
    assert after.databases[MONITOR]["clocks"] == before.databases[MONITOR]["clocks"]


async def test_an_empty_store_is_rebuilt_from_the_topics_and_announces_nothing_twice(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F23; would break if traces or verdicts depended on when facts were read, or announcing on memory."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        process = await monitor.up(OMBUD_POLICY_NOTICE_SECONDS="2")
        ids = await some_lives(monitor)
        await monitor.until_announced("sla-monitor.clock_breached", 30)
        paused, credited = await orders_by_people(monitor, ids[0])
        seen = [monitor.outcome(await monitor.clocks(case)) for case in ids if int(case[4:]) % 6 < 4]
        assert await asyncio.to_thread(process.terminate) == 0
        published = {r.id: r.value for r in (await monitor.announced()).records}
        with MongoClient[dict[str, object]](infrastructure.mongo) as client:
            client.drop_database(monitor.database)
        printed = await rebuild(monitor)
        await monitor.up()
        await monitor.until_announced("sla-monitor.clock_breached", 50)
        await monitor.caught_up()
        assert (
            next(c for c in await monitor.clocks(ids[0]) if c["clock_id"] == paused)["rounds"][0]["verdict"] == "PAUSED"
        )
        again = [monitor.outcome(await monitor.clocks(case)) for case in ids if int(case[4:]) % 6 < 4]
        evidence = await monitor.announced()
    assert "nothing was announced again" in printed
    assert again == seen
    assert credited in str(seen)
    assert {r.id: r.value for r in evidence.records if r.id in published} == published
    breaches = told_of(evidence, "clock_breached")
    assert {case: len(told) for case, told in breaches.items()} == {c: 1 for c in ids if int(c[4:]) % 6}
    warned = [
        json.dumps([w["case_id"], w["percent"]]) for told in told_of(evidence, "clock_warned").values() for w in told
    ]
    assert len(warned) == len(set(warned))
    assert tellings(evidence)["sla-monitor.reply_not_counted"] == 10
    expect_sound(evidence)


async def orders_by_people(monitor: Monitor, case: str) -> tuple[str, str]:
    """Pause a clock, and credit an outage to the whole market; return the clock's id and the cause of the credit."""
    clock = next(c["clock_id"] for c in await monitor.clocks(case) if c["kind"] == "first_resolution")
    await monitor.order("agent", f"/clocks/{clock}/pauses", {"cause": "waiting_for_carrier"})
    span = {"from_at": (now() - timedelta(minutes=9)).isoformat(), "until": (now() - timedelta(minutes=8)).isoformat()}
    credit = {"sort": "outage_credit", "market": MARKET, "cause": "outage_of_mail", **span}
    ordered = await monitor.order("administrator", "/adjustments", credit)

    async def applied() -> bool:
        return tellings(await monitor.announced())["sla-monitor.adjustment_applied"] == 1

    await eventually(f"adjustment {ordered['adjustment_id']} to be applied", applied, 30)
    await monitor.caught_up()
    return clock, "outage_of_mail"


async def test_a_rebuild_says_what_is_gone_before_it_begins_and_goes_on_only_when_told(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: would break if clocks were left out of a rebuild in silence, because retention took their facts."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        process = await monitor.up()
        await monitor.tell([monitor.facts.asked(f"cas_a{n}", now()) for n in range(20)])
        await monitor.caught_up()
        assert await asyncio.to_thread(process.terminate) == 0
        await forget(infrastructure.kafka, f"{monitor.stack.namespace}.{topics.MESSAGES}")
        with MongoClient[dict[str, object]](infrastructure.mongo) as client:
            client.drop_database(monitor.database)
            refused = await rebuild(monitor, exits_with=1)
            assert monitor.database not in client.list_database_names(), "nothing was begun"
        assert f"{topics.MESSAGES}: older records are gone" in refused
        told = re.search(r"a clock can run for up to (\d+) days", refused)
        assert told is not None
        assert int(told[1]) >= 90, "no clock of the markets' files is left out"
        assert "--incomplete" in refused
        assert "clocks rebuilt" in await rebuild(monitor, "--incomplete")


async def rebuild(monitor: Monitor, *options: str, exits_with: int = 0) -> str:
    """Run the operator's command, and return what it printed."""
    told = dict(os.environ) | monitor.stack.environment() | {"OMBUD_HTTP_PORT": "0"}
    command = [sys.executable, "-m", "sla_monitor.rebuild.command", *options]
    process = await asyncio.create_subprocess_exec(
        *command, env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(90):
        output, _ = await process.communicate()
    assert process.returncode == exits_with, output.decode()
    return output.decode()
