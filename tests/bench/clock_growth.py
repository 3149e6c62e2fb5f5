"""Whether the cost of a clock grows with the number of clocks that wait: insert, sweep, memory and index size on top of 10,000,
100,000 and (with --full) 1,000,000 waiting clocks, bulk-loaded in their real encoded form.

Usage: python tests/bench/clock_growth.py [--full] [--json FILE].
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from clock_load import Bed, bed, market_rules, now, promised_clock
from fire_burst import drained
from rich.console import Console
from rich.table import Table
from write_clocks import write_path

from chassis.server_time import ServerTime
from sla_monitor.firing.agenda import Agenda

SIZES = (10_000, 100_000)
MILLION = 1_000_000
WRITTEN, DUE, SWEEPS, TEMPLATES = 8_000, 5_000, 50, 500
SEED = 20261124
Row = dict[str, Any]


async def waiting_clocks(first: int, count: int) -> Iterator[Row]:
    """Documents of clocks that wait for weeks: a few hundred real ones under ever new ids and deadlines."""
    rules, start = market_rules()["lv"], now() + timedelta(days=2)
    templates = [await promised_clock(n, start, rules) for n in range(TEMPLATES)]
    chance = random.Random(SEED + first)
    return (_as_another(templates[n % TEMPLATES], first + n, start, chance) for n in range(count))


def _as_another(template: Row, n: int, start: datetime, chance: random.Random) -> Row:
    due_by = start + timedelta(milliseconds=chance.randrange(30 * 86_400_000))
    case_id = f"wait_{n:08d}"
    state = template["state"] | {"ref": template["state"]["ref"] | {"case_id": case_id}}
    own = {"_id": f"clk_wait{n:08d}", "case_id": case_id, "shard": n % 256, "next_at": due_by, "due_by": due_by}
    return template | own | {"state": state}


async def fill(on: Bed, first: int, count: int) -> None:
    """Load waiting clocks."""
    part: list[Row] = []
    for document in await waiting_clocks(first, count):
        part.append(document)
        if len(part) == 10_000:
            await on.load(part)
            part = []
    await on.load(part)


async def read_ahead_ms(on: Bed) -> float:
    """The best of several sweeps that find nothing due: what a replica asks ten times a second."""
    agenda, server = Agenda(on.mongo), ServerTime(on.mongo)
    best = float("inf")
    for _ in range(SWEEPS):
        at = await server.ask()
        began = time.perf_counter()
        await agenda.read(range(256), at)
        best = min(best, (time.perf_counter() - began) * 1000)
    return best


async def costs(on: Bed, waiting: int) -> Row:
    """What a clock costs on top of so many."""
    seconds = await asyncio.to_thread(write_path, on, WRITTEN, 1, 100_000_000 + waiting)
    await on.collection("outbox").delete_many({})
    idle = await read_ahead_ms(on)
    stats = await on.client[on.mongo.name].command("collStats", "clocks")
    await on.start_firing()
    await drained(on, 500, 200_000_000 + waiting)
    burst = min([await drained(on, DUE, 300_000_000 + waiting + n * DUE) for n in range(2)], key=lambda r: r["seconds"])
    await on.stop_replicas()
    clocks = stats["count"]
    return {
        "waiting": waiting,
        "write_us": seconds / WRITTEN * 1e6,
        "idle_sweep_ms": idle,
        "fire_us": burst["seconds"] / DUE * 1e6,
        "peak_mb": burst["peak_mb"],
        "index_bytes": stats["totalIndexSize"] / clocks,
        "due_index_bytes": stats["indexSizes"]["next_at_1_shard_1"] / clocks,
        "document_bytes": stats["avgObjSize"],
    }


async def measure(sizes: tuple[int, ...]) -> list[Row]:
    """The same on a database that grows."""
    rows, loaded = [], 0
    async with bed() as on:
        for size in sizes:
            await fill(on, loaded, size - loaded)
            loaded = size
            rows.append(await costs(on, size))
    return rows


def show(rows: list[Row]) -> None:
    """Print the costs beside each other."""
    table = Table(title="one clock more, on top of so many that wait", title_justify="left")
    columns = (
        "waiting",
        "write µs",
        "sweep with nothing due ms",
        "announce µs",
        "peak memory MB",
        "index B",
        "of it due B",
    )
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        figures = (row["write_us"], row["idle_sweep_ms"], row["fire_us"], row["peak_mb"])
        sizes = (row["index_bytes"], row["due_index_bytes"])
        table.add_row(f"{row['waiting']:,}", *(f"{f:,.1f}" for f in figures), *(f"{s:,.0f}" for s in sizes))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="also a million")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    measured = uvloop.run(measure((*SIZES, MILLION) if given.full else SIZES))
    show(measured)
    if given.json:
        given.json.write_text(json.dumps(measured, indent=1))
