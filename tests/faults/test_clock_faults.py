"""Faults of the SLA monitor on real processes: F12, F13, F17, F18, F19, F21 and a step-down, judged by I1 to I4 and I7.

Each test knows which breaches there must be: it decides itself who answers, and when.
"""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clock_facts import REPLY_SECONDS, Fact
from fault_stack import asleep
from monitor_stack import (
    Monitor,
    expect_sound,
    monitoring,
    shifting_clock,
    tellings,
    told_of,
)
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure, start_infrastructure

SECOND = timedelta(seconds=1)
REPLY_WITHIN = timedelta(seconds=REPLY_SECONDS)


def now() -> datetime:
    """This machine's time, to the millisecond as events have it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def cases(count: int, name: str = "a") -> list[str]:
    return [f"cas_{name}{number:05d}" for number in range(count)]


def unanswered(monitor: Monitor, of: Iterable[str], asked_at: datetime) -> list[Fact]:
    return [fact for case in of for fact in (monitor.facts.opened(case, asked_at), monitor.facts.asked(case, asked_at))]


async def passed(at: datetime) -> None:
    """Return when an instant has passed, by this machine's clock."""

    async def over() -> bool:
        return now() > at

    await eventually(f"{at.isoformat()} to pass", over, 60)


@dataclass(frozen=True)
class Asked:
    """Groups of cases whose questions the monitor knew 5 s or more before all were due; `outrun` were due before that."""

    groups: list[list[str]]
    due_by: datetime
    outrun: list[str]


async def asked_in_time(monitor: Monitor, *sizes: int) -> Asked:
    """Ask in groups of cases. A busy machine may need longer than the deadline to read the questions; they are then asked
    anew, in other cases."""
    outrun: list[str] = []
    while True:
        groups = [cases(size, f"g{number}r{len(outrun)}x") for number, size in enumerate(sizes)]
        of, asked_at = [case for group in groups for case in group], now()
        await monitor.tell(unanswered(monitor, of, asked_at))
        await monitor.caught_up()
        due_by = asked_at + REPLY_WITHIN
        if now() < due_by - 5 * SECOND:
            return Asked(groups, due_by, outrun)
        outrun += of


def expect_one_breach_each(evidence: object, of: Iterable[str], due_by: datetime | None = None) -> None:
    breaches = told_of(evidence, "clock_breached")  # type: ignore[arg-type]
    assert {case: len(told) for case, told in breaches.items()} == dict.fromkeys(of, 1)
    if due_by is not None:
        due = {datetime.fromisoformat(told["due_by"]) for found in breaches.values() for told in found}
        assert due == {due_by}


@pytest.mark.long
async def test_facts_in_any_order_over_any_replicas_make_the_same_clocks(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F12; would break if a fact were applied where it arrived instead of when it happened."""
    began = now() - timedelta(hours=3)
    seed = 12
    lives: list[list[list[Fact]]] = []
    seen = []
    for shuffled in (False, True):
        folder = tmp_path / ("shuffled" if shuffled else "ordered")
        async with monitoring(infrastructure, folder, replicas=2 if shuffled else 1) as monitor:
            lives = [_life(monitor, case, began, number) for number, case in enumerate(cases(24))]
            facts = [fact for life in lives for fact in life]
            if shuffled:
                random.Random(seed).shuffle(facts)
                facts += random.Random(seed).sample(facts, 30)
            await monitor.tell(facts)
            await monitor.caught_up()
            await monitor.until_announced("sla-monitor.clock_breached", 12)
            await monitor.caught_up()
            seen.append([monitor.outcome(await monitor.clocks(case)) for case in cases(24)])
            expect_sound(await monitor.announced())
    assert seen[0] == seen[1]
    assert {r["verdict"] for case in seen[0] for clock in case for r in clock["rounds"]} >= {"MET", "MET_LATE"}


def _life(monitor: Monitor, case: str, began: datetime, number: int) -> list[Fact]:
    """Asked, answered by a machine, answered in person in time or late, asked and answered again, sometimes closed."""
    facts, answer = monitor.facts, 5 if number % 2 else 30
    life = [
        facts.opened(case, began),
        facts.asked(case, began),
        facts.answered_by_machine(case, began + 2 * SECOND),
        facts.asked(case, began + 3 * SECOND),
        facts.answered(case, began + answer * SECOND),
        facts.asked(case, began + 60 * SECOND),
        facts.answered(case, began + 65 * SECOND),
    ]
    return [*life, facts.closed(case, began + 90 * SECOND)] if number % 3 == 0 else life


@pytest.mark.long
async def test_the_clock_of_a_process_jumps_and_no_deadline_moves(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F17; would break if a process's own clock decided what is due, or dated an announcement."""
    shift = tmp_path / "shift"
    shift.write_text("+0")
    async with monitoring(infrastructure, tmp_path) as monitor:
        await monitor.up(1, **shifting_clock(shift))
        skewed = tmp_path / "skewed"
        skewed.write_text("-5m")
        await monitor.up(2, **shifting_clock(skewed))
        expected: list[str] = []
        for jump in ("+2h", "-2h", "+1d", "-1d"):
            name = jump.replace("+", "p").replace("-", "m")
            silent, answering = cases(20, name), cases(20, f"{name}x")
            asked_at = now() - (REPLY_WITHIN - 3 * SECOND)
            shift.write_text(jump)
            asked = unanswered(monitor, [*silent, *answering], asked_at)
            await monitor.tell([*asked, *(monitor.facts.answered(case, asked_at + 11 * SECOND) for case in answering)])
            expected += silent
            await monitor.until_announced("sla-monitor.clock_breached", len(expected))
        shift.write_text("+0")
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_one_breach_each(evidence, expected)
    expect_sound(evidence)


@pytest.mark.long
async def test_a_monitor_that_was_down_announces_each_overdue_deadline_once_and_late(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F18; would break if an answer inside the gap were judged by its arrival, or overdue ones repeated."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        process = await monitor.up()
        asked = await asked_in_time(monitor, 150, 50, 50)
        (silent, in_time, late), due_by = asked.groups, asked.due_by
        process.kill9()
        down_since = now()
        await monitor.tell([monitor.facts.answered(case, due_by - 7 * SECOND) for case in in_time])
        await monitor.tell([monitor.facts.answered(case, due_by + 5 * SECOND) for case in late])
        await passed(due_by + 11 * SECOND)
        await monitor.up()
        await monitor.until_announced("sla-monitor.clock_breached", 200 + len(asked.outrun))
        await monitor.caught_up()
        evidence = await monitor.announced()
        verdicts = [await monitor.reply_verdicts(case) for case in (in_time[0], late[0])]
    expect_one_breach_each(evidence, [*silent, *late, *asked.outrun])
    found = {case: told for case, told in told_of(evidence, "clock_breached").items() if case not in asked.outrun}
    breaches = [told for of_case in found.values() for told in of_case]
    assert {datetime.fromisoformat(told["due_by"]) for told in breaches} == {due_by}
    assert all(told["emitted_late"] for told in breaches)
    assert {told["case_id"] for told in breaches if told["still_owed"]} == set(silent)
    warned = [told for case, of_case in told_of(evidence, "clock_warned").items() if case in silent for told in of_case]
    assert all(datetime.fromisoformat(told["reached_at"]) <= down_since for told in warned), (
        "a breach silences warnings"
    )
    assert verdicts == [["MET"], ["MET_LATE"]]
    expect_sound(evidence)


@pytest.mark.long
async def test_answers_that_wait_at_a_consumer_that_was_killed_are_no_breaches(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: would break if partitions that nobody reads, until the broker gives them away, were taken for read."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        await monitor.up(1)
        killed = await monitor.up(2)
        asked = await asked_in_time(monitor, 40, 160)
        (silent, answered), due_by = asked.groups, asked.due_by
        await passed(due_by - 5 * SECOND)
        killed.kill9()
        await monitor.tell([monitor.facts.answered(case, due_by - 2 * SECOND) for case in answered])
        await monitor.until_announced("sla-monitor.clock_breached", len(silent) + len(asked.outrun))
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_one_breach_each(evidence, [*silent, *asked.outrun])
    assert not told_of(evidence, "breach_withdrawn")
    expect_sound(evidence)


@pytest.mark.long
async def test_the_holder_of_the_leases_dies_in_the_middle_of_announcing(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F19; would break if what one replica began were lost, or done again by the next."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        await monitor.up(9, OMBUD_ROLES="api,consume,relay")
        doomed = await monitor.up(1, OMBUD_ROLES="api,relay,fire", OMBUD_FAILPOINT="commit.after=kill@2")
        for replica in (2, 3):
            await monitor.up(replica, OMBUD_ROLES="api,relay,fire")
        of, asked_at = cases(900), now()
        await monitor.tell(unanswered(monitor, of, asked_at))

        async def dead() -> bool:
            return doomed.exit_code is not None

        await eventually("the first replica to be killed while announcing", dead, 60)
        await monitor.until_announced("sla-monitor.clock_breached", len(of))
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_one_breach_each(evidence, of, asked_at + REPLY_WITHIN)
    expect_sound(evidence)


@pytest.mark.long
async def test_two_replicas_that_both_believe_they_hold_a_shard_announce_once(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F19; would break if a replica that overslept wrote what it had decided while it held the shard.

    One replica stands still between deciding and writing, for longer than its leases last. It wakes with its decisions in
    hand and looks at nothing more before it writes them; the other has announced the same meanwhile.
    """
    async with monitoring(infrastructure, tmp_path) as monitor:
        await monitor.up(9, OMBUD_ROLES="api,consume,relay")
        sleeper = await monitor.up(1, OMBUD_ROLES="api,relay,fire", OMBUD_FAILPOINT="commit.before=stop@1")
        of, asked_at = cases(400), now()
        await monitor.tell(unanswered(monitor, of, asked_at))
        await asleep(sleeper)
        await monitor.up(2, OMBUD_ROLES="api,relay,fire")
        await monitor.until_announced("sla-monitor.clock_breached", len(of))  # the other one took the leases over
        await monitor.caught_up()
        sleeper.resume()
        later = cases(50, "later")
        await monitor.tell(unanswered(monitor, later, now() - REPLY_WITHIN + 2 * SECOND))
        await monitor.until_announced("sla-monitor.clock_breached", len(of) + len(later))

        async def awake() -> bool:
            return await monitor.metric("ombud_sla_shards_held", 1) > 0

        await eventually("the sleeper to hold shards anew", awake, 60)
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_one_breach_each(evidence, [*of, *later])
    expect_sound(evidence)


@pytest.mark.long
async def test_replicas_that_come_and_go_lose_and_repeat_nothing(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F13; would break if a rebalance dropped a batch in flight, or a lease outlived its holder's work."""
    async with monitoring(infrastructure, tmp_path, replicas=1) as monitor:
        expected: list[str] = []
        for wave in range(6):
            silent, answering = cases(60, f"w{wave}"), cases(60, f"w{wave}x")
            asked_at = now() - 6 * SECOND
            asked = unanswered(monitor, [*silent, *answering], asked_at)
            await monitor.tell([*asked, *(monitor.facts.answered(case, asked_at + 11 * SECOND) for case in answering)])
            expected += silent
            replica = 2 + wave % 3
            known = [p for p in monitor.stack.processes if p.replica == replica and p.exit_code is None]
            if known and wave % 2:
                known[0].kill9()
            elif known:
                assert await asyncio.to_thread(known[0].terminate) == 0
            await monitor.up(replica)
        await monitor.until_announced("sla-monitor.clock_breached", len(expected), 120)
        await monitor.caught_up()
        evidence = await monitor.announced()
    expect_one_breach_each(evidence, expected)
    expect_sound(evidence)


@pytest.mark.long
async def test_the_database_steps_down_in_the_middle_of_announcing(tmp_path: Path) -> None:
    """INVARIANT: F8; would break if an announcement were published that its transaction did not keep, or kept twice."""
    with start_infrastructure(tmp_path / "own", lambda _line: None, provider="native") as own:
        async with monitoring(own, tmp_path, replicas=2) as monitor:
            of, asked_at = cases(600), now()
            await monitor.tell(unanswered(monitor, of, asked_at))
            await monitor.caught_up()
            await passed(asked_at + REPLY_WITHIN)
            _step_down(own.mongo)
            await monitor.until_announced("sla-monitor.clock_breached", len(of), 90)
            await monitor.caught_up()
            evidence = await monitor.announced()
    expect_one_breach_each(evidence, of, asked_at + REPLY_WITHIN)
    expect_sound(evidence)


def _step_down(mongo: str) -> None:
    with MongoClient[dict[str, object]](mongo, retryReads=True) as client:
        before = client.admin.command("hello")["topologyVersion"]
        with suppress(AutoReconnect):  # the server may close the connection that asked
            client.admin.command({"replSetStepDown": 4, "secondaryCatchUpPeriodSecs": 0, "force": True})
        assert client.admin.command("hello")["topologyVersion"] != before


@pytest.mark.long
async def test_hours_of_lag_are_caught_up_without_announcing_what_is_over(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F21; would break if memory grew with the lag, or old deadlines of ended cases were announced."""
    async with monitoring(infrastructure, tmp_path) as monitor:
        began = now() - timedelta(hours=5)
        done, closed, breached = cases(2_500, "d"), cases(500, "c"), cases(20, "b")
        facts = [
            fact
            for case in done
            for fact in (monitor.facts.asked(case, began), monitor.facts.answered(case, began + 5 * SECOND))
        ]
        facts += [
            fact
            for case in closed
            for fact in (monitor.facts.asked(case, began), monitor.facts.closed(case, began + 5 * SECOND))
        ]
        facts += [monitor.facts.asked(case, began) for case in breached]
        await monitor.tell(facts)
        told_at = now()
        await passed(told_at + 5 * SECOND)
        monitor.start()

        async def lagging() -> bool:
            return await monitor.metric("ombud_consumer_lag_seconds") > 4

        await eventually("the lag in seconds to show how old what is read now is", lagging, 60)
        live = cases(5, "live")
        await monitor.tell(unanswered(monitor, live, now() - REPLY_WITHIN + 4 * SECOND))
        await monitor.until_announced("sla-monitor.clock_breached", len(breached) + len(live))
        await monitor.caught_up()
        evidence = await monitor.announced()
        peak = _peak_mb(monitor.stack.process("sla-monitor").pid)

        async def nothing_waits() -> bool:
            return (
                await monitor.metric("ombud_consumer_lag_seconds") == 0
                and await monitor.metric("ombud_sla_overdue_unannounced") == 0
            )

        await eventually("the lag, and what is overdue and unannounced, to be told as nothing", nothing_waits)
    expect_one_breach_each(evidence, [*breached, *live])
    warned = told_of(evidence, "clock_warned")
    assert not warned.keys() & {*done, *closed}
    assert tellings(evidence)["sla-monitor.clock_voided"] == len(closed)
    assert peak < 400, f"the process took {peak} MB"
    expect_sound(evidence)


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024
