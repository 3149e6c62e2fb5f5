"""How punctual announcements are: 200 clocks due every second, spread over it and all at one instant of it, while others
wait. Measured from the deadline until the commit is visible to a majority read (a change stream), so its delivery counts.

One replica with the role `fire`, as a process. Usage: python tests/bench/fire_on_time.py [--seconds N] [--json FILE].
"""

import argparse
import asyncio
import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import uvloop
from clock_load import Bed, bed, market_rules, now, promised_clock, until
from keep_alive_client import percentile
from rich.console import Console
from rich.table import Table

PER_SECOND = 200
BAR_MS = 100.0
AHEAD_SECONDS = 10


async def committed(on: Bed, expected: dict[str, datetime], seen: dict[str, float]) -> None:
    """Note when each clock's announcement was committed: milliseconds after it was due."""
    only = [{"$match": {"operationType": {"$in": ["replace", "update"]}}}, {"$project": {"documentKey": 1}}]
    async with await on.collection("clocks").watch(only) as stream:
        async for change in stream:
            id = change["documentKey"]["_id"]
            if id in expected and id not in seen:
                seen[id] = (time.time() - expected[id].timestamp()) * 1000


async def measure(on: Bed, seconds: int, spread: bool) -> list[float]:
    """Delays in milliseconds of everything due in so many seconds."""
    rules = market_rules()["lv"]
    start = (now() + timedelta(seconds=AHEAD_SECONDS)).replace(microsecond=0)
    first = 10_000_000 if spread else 20_000_000
    documents = []
    for n in range(PER_SECOND * seconds):
        within = (n % PER_SECOND) * 1000 // PER_SECOND if spread else 0
        due_by = start + timedelta(seconds=n // PER_SECOND, milliseconds=within)
        documents.append(await promised_clock(first + n, due_by, rules))
    await on.load(documents)
    expected = {d["_id"]: d["due_by"] for d in documents}
    seen: dict[str, float] = {}
    watching = asyncio.create_task(committed(on, expected, seen))
    await until(start + timedelta(seconds=seconds))
    ends = time.monotonic() + 20
    while len(seen) < len(expected) and time.monotonic() < ends:  # noqa: ASYNC110 - another process announces them
        await asyncio.sleep(0.05)
    if watching.done():
        watching.result()
    watching.cancel()
    assert len(seen) == len(expected), f"{len(expected) - len(seen)} were not announced"
    assert min(seen.values()) >= 0, "announced before its time"
    return sorted(seen.values())


async def both(seconds: int) -> dict[str, list[float]]:
    """Spread over the second, then all at one instant of it."""
    async with bed() as on:
        await on.start_firing()
        return {
            "spread over the second": await measure(on, seconds, spread=True),
            "all at one instant": await measure(on, seconds // 2, spread=False),
        }


def show(delays: dict[str, list[float]]) -> None:
    """Print the percentiles."""
    table = Table(title=f"{PER_SECOND} clocks due every second: committed − due", title_justify="left")
    for column in ("due", "n", "median ms", "p99 ms", "worst ms", "bar"):
        table.add_column(column, justify="right" if column != "due" else "left")
    for what, values in delays.items():
        figures = (percentile(values, 0.5), percentile(values, 0.99), values[-1])
        bar = f"p99 ≤ {BAR_MS:.0f}" if what.startswith("spread") else ""
        table.add_row(what, f"{len(values):,}", *(f"{figure:.1f}" for figure in figures), bar)
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    measured = uvloop.run(both(given.seconds))
    show(measured)
    if given.json:
        given.json.write_text(json.dumps(measured))
