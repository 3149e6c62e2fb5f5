"""The sweep on a real MongoDB: each announcement once and never early, however many replicas come and go."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pymongo import AsyncMongoClient

from chassis.aggregate import Cause, Session
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.progress import Progress
from chassis.testing import eventually
from chassis.testing.databases import a_database
from ombud_contracts.market import load_markets
from sla_monitor.app import SERVICE
from sla_monitor.clocks.domain.clock import Fire, RecordFact
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS, SHARDS
from sla_monitor.firing.agenda import Agenda
from sla_monitor.firing.jobs import Firing, Watching
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

RULES = read_rules(versions_of(load_markets()["lv"]))
Database = Any


@asynccontextmanager
async def a_consumer_that_has_read_everything(mongo: Mongo) -> AsyncIterator[None]:
    stopping, progress = asyncio.Event(), Progress(mongo, "consumer", session_seconds=15)
    await progress.tell(behind=False)
    telling = asyncio.create_task(progress.keep_telling([], stopping))
    yield
    stopping.set()
    await telling


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as opened, a_consumer_that_has_read_everything(opened):
        yield opened


@pytest.fixture
async def database(mongo: Mongo) -> AsyncIterator[Database]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["OMBUD_MONGO"], tz_aware=True)
    yield client[mongo.name]
    await client.close()


def ref_of(n: int) -> ClockRef:
    return ClockRef(f"cas_{n:05d}", ClockKind("promise"), "", "lv")


async def promises(mongo: Mongo, due_by: list[datetime]) -> None:
    """One promise a case, whose warnings were told; only the breach is still to be announced."""
    session = Session(mongo, lambda: due_by[0])
    unit = session.unit(Cause("test", "test"))
    for n, due in enumerate(due_by):
        made_at = due - timedelta(hours=1)
        fact = Fact(f"promise:{n}", Signal.PROMISE_MADE, made_at, until=due)
        await unit.execute(CLOCKS, clock_id(ref_of(n)), RecordFact(ref_of(n), fact, made_at, RULES["lv"]))
        await unit.execute(CLOCKS, clock_id(ref_of(n)), Fire(due - timedelta(seconds=1), RULES["lv"]))
    session.writes.outbox.clear()
    await session.commit()


@asynccontextmanager
async def replica(mongo: Mongo, name: str, shards: int = SHARDS, work: str = "clocks") -> AsyncIterator[None]:
    """A replica with leases of its own; it gives them back when it stops."""
    stopping = asyncio.Event()
    firing = Firing(mongo, RULES, Leases(mongo, work, shards, name, ttl_seconds=1.0))
    running = asyncio.create_task(firing.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


async def announced(database: Database) -> list[tuple[str, str]]:
    """Case and type of everything on its way to the topic."""
    rows = [row async for row in database.outbox.find({})]
    return [(row["key"], dict(row["headers"])["ce_type"].decode()) for row in rows]


async def all_announced(database: Database, count: int) -> Counter[tuple[str, str]]:
    async def enough() -> bool:
        return len(await announced(database)) >= count

    await eventually(f"{count} announcements", enough, 60)
    return Counter(await announced(database))


async def test_replicas_that_join_and_leave_in_the_middle_announce_each_breach_once(
    mongo: Mongo, database: Database
) -> None:
    """INVARIANT: ownership only avoids double work; would break if a replica could announce without comparing and setting
    the clock, or if shards that were given back were swept by nobody."""
    now = await mongo.server_time()
    await promises(mongo, [now + timedelta(milliseconds=5 * n) for n in range(800)])
    async with replica(mongo, "stays"):
        await all_announced(database, 100)
        async with replica(mongo, "leaves"), replica(mongo, "joins"):
            await all_announced(database, 500)
        told = await all_announced(database, 800)
    assert told == Counter({(ref_of(n).case_id, "sla-monitor.clock_breached"): 1 for n in range(800)})


async def test_two_replicas_that_both_believe_they_own_every_shard_announce_once(
    mongo: Mongo, database: Database
) -> None:
    """INVARIANT: would break if leases were the guarantee, and not the compare-and-set."""
    now = await mongo.server_time()
    await promises(mongo, [now + timedelta(milliseconds=500 + n) for n in range(400)])
    async with replica(mongo, "a", work="one"), replica(mongo, "b", work="another"):
        await all_announced(database, 400)
    told = Counter(await announced(database))
    assert set(told.values()) == {1}


async def test_more_replicas_than_shards_share_what_there_is(mongo: Mongo, database: Database) -> None:
    """Would break if a replica without a shard stopped, or if a shard could have two holders."""
    now = await mongo.server_time()
    await promises(mongo, [now + timedelta(milliseconds=n) for n in range(200)])
    await database.clocks.update_many({}, [{"$set": {"shard": {"$mod": ["$shard", 3]}}}])
    async with replica(mongo, "a", 3), replica(mongo, "b", 3), replica(mongo, "c", 3), replica(mongo, "d", 3):
        async with replica(mongo, "e", 3):
            told = await all_announced(database, 200)
    assert set(told.values()) == {1}


async def test_nothing_is_announced_before_its_time(mongo: Mongo, database: Database) -> None:
    """INVARIANT: by the database server's clock; would break if what is read ahead were announced when it is read."""
    now = await mongo.server_time()
    due_by = [now + timedelta(milliseconds=300 + 7 * n) for n in range(200)]
    await promises(mongo, due_by)
    due = {ref_of(n).case_id: due for n, due in enumerate(due_by)}

    async def none_is_early() -> bool:
        seen = await announced(database)
        at = await mongo.server_time()
        assert [case_id for case_id, _ in seen if due[case_id] >= at] == []
        return len(seen) == 200

    async with replica(mongo, "a"):
        await eventually("all announcements", none_is_early)


async def test_what_changed_after_it_was_read_ahead_is_decided_anew(mongo: Mongo, database: Database) -> None:
    """INVARIANT: what is read ahead is a hint; would break if a breach were announced from a remembered state."""
    now = await mongo.server_time()
    await promises(mongo, [now])
    leases = Leases(mongo, "clocks", SHARDS, "a")
    await leases.refresh()
    agenda, firing = Agenda(mongo), Firing(mongo, RULES, leases)
    await agenda.read(range(SHARDS), now + timedelta(seconds=1))
    due = agenda.take(now + timedelta(seconds=1))
    assert [one.case_id for one in due] == [ref_of(0).case_id]
    session = Session(mongo, lambda: now)
    kept = Fact("kept", Signal.PROMISE_KEPT, now - timedelta(minutes=1))
    await session.unit(Cause("t", "t")).execute(CLOCKS, due[0].id, RecordFact(ref_of(0), kept, now, RULES["lv"]))
    await session.commit()
    assert await firing.fire(due) == 0
    assert "sla-monitor.clock_breached" not in [type for _, type in await announced(database)]


async def test_a_clock_that_cannot_be_announced_holds_no_other_up(mongo: Mongo, database: Database) -> None:
    """Would break if a refusal ended the sweep, or the group that the clock is in."""
    now = await mongo.server_time()
    await promises(mongo, [now] * 150)
    pinned = {"state.rounds.0.policy_version": 99}  # as if published by a newer release
    await database.clocks.update_one({"_id": clock_id(ref_of(7))}, {"$set": pinned})
    async with replica(mongo, "a"):
        told = await all_announced(database, 149)
    assert set(told) == {(ref_of(n).case_id, "sla-monitor.clock_breached") for n in range(150) if n != 7}


async def test_no_sweep_reads_more_than_what_is_due(mongo: Mongo, database: Database) -> None:
    """INVARIANT: the cost of a sweep does not grow with the clocks that wait; would break if a query left the index."""
    now = await mongo.server_time()
    await promises(mongo, [now + timedelta(days=1)] * 300)
    await database.command("profile", 2)
    agenda = Agenda(mongo)
    await agenda.read(range(SHARDS), now)
    await agenda.read(range(0, SHARDS, 3), now)
    watching, stopping = Watching(mongo), asyncio.Event()
    running = asyncio.create_task(watching.run(stopping))

    async def counted() -> bool:
        return bool(await database["system.profile"].count_documents({"command.aggregate": "clocks"}) >= 2)

    await eventually("both counts", counted)
    stopping.set()
    await running
    await database.command("profile", 0)
    plans = [d async for d in database["system.profile"].find({"ns": f"{mongo.name}.clocks"})]
    assert len(plans) >= 4
    assert all(plan["planSummary"].startswith(("IXSCAN", "COUNT_SCAN")) for plan in plans), plans
    assert all(plan["docsExamined"] == 0 for plan in plans)


async def test_what_an_autoscaler_reads_moves_with_the_load(mongo: Mongo, database: Database) -> None:
    """Would break if a figure were set once, or counted another replica's shards only."""

    def figure(name: str) -> float:
        return REGISTRY.get_sample_value(name) or 0.0

    now = await mongo.server_time()
    await promises(mongo, [now - timedelta(seconds=30)] * 40 + [now + timedelta(seconds=40)] * 60)
    delays = figure("ombud_sla_fire_delay_seconds_count")
    late = figure("ombud_sla_fire_delay_seconds_sum")
    stopping = asyncio.Event()
    watching = asyncio.create_task(Watching(mongo).run(stopping))

    async def shown(name: str, value: float) -> bool:
        return figure(name) == value

    await eventually("the overdue ones", lambda: shown("ombud_sla_overdue_unannounced", 40))
    assert figure("ombud_sla_due_next_minute") == 100
    async with replica(mongo, "a"):
        await all_announced(database, 40)
        await eventually("no overdue one", lambda: shown("ombud_sla_overdue_unannounced", 0))
        await eventually("what is still due soon", lambda: shown("ombud_sla_due_next_minute", 60))
        assert figure("ombud_sla_shards_held") == SHARDS
    stopping.set()
    await watching
    assert figure("ombud_sla_fire_delay_seconds_count") == delays + 40
    assert figure("ombud_sla_fire_delay_seconds_sum") >= late + 40 * 30


async def test_a_replica_that_overslept_its_shards_announces_nothing(mongo: Mongo, database: Database) -> None:
    """INVARIANT: would break if a sweep were committed on the strength of leases that another has taken since: the other
    waits for facts that this one does not know of."""
    now = await mongo.server_time()
    await promises(mongo, [now])
    leases = Leases(mongo, "clocks", SHARDS, "sleeps")
    await leases.refresh()
    firing, agenda = Firing(mongo, RULES, leases), Agenda(mongo)
    await agenda.read(range(SHARDS), now + timedelta(seconds=1))
    due = agenda.take(now + timedelta(seconds=1))
    assert due
    await database.leases.update_many({}, {"$set": {"expires_at": now - timedelta(seconds=1)}})
    await database.lease_members.delete_many({})
    other = Leases(mongo, "clocks", SHARDS, "awake")
    await other.refresh()
    assert await firing.fire(due) == 0
    assert await announced(database) == []
    assert await Firing(mongo, RULES, other).fire(due) == 1
    assert await announced(database) == [(ref_of(0).case_id, "sla-monitor.clock_breached")]
