"""10,000 clocks due at one instant: how fast all are announced and on the topic, with how much memory; nothing lost or doubled
when a holder of leases is killed in the middle; and the same number of jobs of APScheduler 3 on its MongoDB store.

Replicas are processes with the role `fire`. Usage: python tests/bench/fire_burst.py [--clocks N] [--json FILE].
"""

import argparse
import asyncio
import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.jobstores.mongodb import MongoDBJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from clock_load import (
    Bed,
    bed,
    market_rules,
    memory_mb,
    now,
    promised_clock,
    subscriber,
    until_announced,
)
from keep_alive_client import percentile
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
ROUNDS = 3
RATE_BAR, MEMORY_BAR_MB = 4000, 20
Row = dict[str, Any]
_ran: list[float] = []


async def due_at_once(on: Bed, count: int, first: int) -> datetime:
    """Put clocks into the database that are all due at one instant, soon; return it."""
    rules = market_rules()["lv"]
    due_by = now() + timedelta(seconds=4 + count / 2500)
    await on.load([await promised_clock(first + n, due_by, rules) for n in range(count)])
    assert now() < due_by, "loading took too long"
    return due_by


async def drained(on: Bed, count: int, first: int) -> Row:
    """Announced and on the topic: how long, and the memory of the process."""
    async with subscriber(on) as announced:
        known = await _known(announced)
        due_by = await due_at_once(on, count, first)
        before = memory_mb(on.replicas[0])["now"]
        assert await until_announced(announced, known + count, 60), "not all were announced"
        after = memory_mb(on.replicas[0])
        delays = sorted(at - due_by.timestamp() for at in announced.seen_at[known:])
    return {
        "seconds": delays[-1],
        "per_second": count / delays[-1],
        "p99_seconds": percentile(delays, 0.99),
        "grown_mb": after["now"] - before,
        "peak_mb": after["peak"],
        "doubled": announced.doubled,
    }


async def _known(announced: Any) -> int:
    """How many records are on the topic already."""
    seen = -1
    while seen != len(announced.ids):
        seen = len(announced.ids)
        await asyncio.sleep(0.5)
    return seen


async def killed_in_the_middle(count: int) -> Row:
    """Two replicas share the shards; one is killed with -9 when a third is announced; the other takes over."""
    async with bed() as on:
        victim, _ = await on.start_firing(2)
        async with subscriber(on) as announced:
            due_by = await due_at_once(on, count, 0)
            assert await until_announced(announced, count // 3, 60), "a third was not announced"
            victim.kill9()
            seen = len(announced.ids)
            complete = await until_announced(announced, count, 60)
            seconds = max(announced.seen_at) - due_by.timestamp()
            await asyncio.sleep(1)  # whatever would come twice has come by now
        return {
            "killed_after": seen,
            "lost": count - len(set(announced.ids)) if not complete else 0,
            "doubled": announced.doubled,
            "repeated": announced.repeated,
            "seconds": seconds,
        }


def note() -> None:
    """What a job of the peer does: note when it ran."""
    _ran.append(time.time())


def peer(uri: str, database: str, count: int, **options: Any) -> Row:
    """The same with APScheduler: one process, its threads, its store with the same durability."""
    client: MongoClient[dict[str, Any]] = MongoClient(uri, w="majority", journal=True)
    store = MongoDBJobStore(database=database, collection="jobs", client=client)
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    missed = threading.Semaphore(0)
    lost: list[str] = []
    scheduler.add_listener(lambda event: (lost.append(event.job_id), missed.release()), EVENT_JOB_MISSED)
    scheduler.start(paused=True)
    due_at = datetime.now(UTC) + timedelta(seconds=3 + 1.5 * count * _seconds_per_job(scheduler))
    for n in range(count):
        scheduler.add_job(note, "date", run_date=due_at, id=f"clk_{n:08d}", **options)
    _ran.clear()
    assert datetime.now(UTC) < due_at, "adding the jobs took too long"
    scheduler.resume()
    time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()))
    ends = time.monotonic() + 60
    while len(_ran) + len(lost) < count and time.monotonic() < ends:
        time.sleep(0.05)
    scheduler.shutdown()
    with MongoClient(uri) as again:
        again.drop_database(database)
    delays = sorted(at - due_at.timestamp() for at in _ran)
    return {
        "ran": len(delays),
        "dropped": len(lost),
        "seconds": delays[-1] if delays else None,
        "p99_seconds": percentile(delays, 0.99) if delays else None,
    }


def _seconds_per_job(scheduler: BackgroundScheduler) -> float:
    began, tried = time.perf_counter(), 200
    for n in range(tried):
        scheduler.add_job(note, "date", run_date=datetime.now(UTC) + timedelta(days=1), id=f"try_{n}")
    seconds = (time.perf_counter() - began) / tried
    scheduler.remove_all_jobs()
    return seconds


async def measure(count: int) -> Row:
    """Ours alone, ours killed, theirs."""
    async with bed() as on:
        await on.start_firing()
        await drained(on, 1000, 90_000_000)  # what is loaded and connected once
        bursts = [await drained(on, count, n * 1_000_000) for n in range(1, ROUNDS + 1)]
        uri, database = on.settings.mongo.get_secret_value(), f"{on.mongo.name}-peer"
        await on.stop_replicas()
        patient = await asyncio.to_thread(peer, uri, database, count, misfire_grace_time=None)
        default = await asyncio.to_thread(peer, uri, database, count)
    return {"bursts": bursts, "killed": await killed_in_the_middle(count), "peer": patient, "peer_default": default}


def show(result: Row, count: int) -> None:
    """Print all of it."""
    best = min(result["bursts"], key=lambda row: row["seconds"])
    worst = min(row["per_second"] for row in result["bursts"])
    table = Table(title=f"{count:,} clocks due at one instant", title_justify="left")
    for column in ("what", "measured", "bar"):
        table.add_column(column, justify="right" if column != "what" else "left")
    table.add_row(
        f"announced and on the topic, best and worst of {ROUNDS}",
        f"{best['per_second']:,.0f}/s, {worst:,.0f}/s",
        f"≥ {RATE_BAR:,}/s",
    )
    table.add_row("p99 of (on the topic − due)", f"{best['p99_seconds']:.2f} s", "")
    grown = max(row["grown_mb"] for row in result["bursts"])
    table.add_row("memory grown during a burst, worst", f"{grown:.1f} MB", f"≤ {MEMORY_BAR_MB} MB")
    killed = result["killed"]
    table.add_row(
        f"kill -9 after {killed['killed_after']:,}: lost, doubled", f"{killed['lost']}, {killed['doubled']}", "0, 0"
    )
    table.add_row("records repeated with their id", f"{killed['repeated']}", "")
    table.add_row("until the other replica had taken over and ended", f"{killed['seconds']:.1f} s", "")
    for what, row in (("without a grace time", result["peer"]), ("by default", result["peer_default"])):
        p99 = f"p99 {row['p99_seconds']:.1f} s" if row["ran"] else "none ran"
        table.add_row(f"APScheduler {what}", f"{p99}, {row['dropped']:,} dropped", "")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    measured = uvloop.run(measure(given.clocks))
    show(measured, given.clocks)
    if given.json:
        given.json.write_text(json.dumps(measured, indent=1))
