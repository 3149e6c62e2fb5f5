"""How punctual announcements are: 200 clocks due every second, spread over it and all at one instant of it, while others
wait, and while the same process runs a candidate policy over stored history. Measured from the deadline until the commit is visible to a majority read (a change stream), so its delivery counts.

One replica with the role `fire`, as a process. Usage: python tests/bench/fire_on_time.py [--seconds N] [--json FILE].
"""

import argparse
import asyncio
import json
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import uvloop
from clock_load import Bed, bed, market_rules, now, promised_clock, until
from keep_alive_client import percentile
from rich.console import Console
from rich.table import Table

from chassis.aggregate import Cause, Session
from ombud_rulebooks.domain import Window, revision_of
from ombud_rulebooks.domain.candidate import CandidateCommand, OrderDryRun, ProposeCandidate
from sla_monitor.rules.domain.book import Candidate, DryRun
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.market_files import DESK, FIRST_RULES
from sla_monitor.rules.store import RULE_INDEXES, RULEBOOK
from sla_monitor.rules.versions import PlainVersion

PER_SECOND = 200
BAR_MS = 100.0
AHEAD_SECONDS = 10
HISTORY = 30_000


async def committed(on: Bed, expected: dict[str, datetime], seen: dict[str, float]) -> None:
    """Note when each clock's announcement was committed: milliseconds after it was due."""
    only = [{"$match": {"operationType": {"$in": ["replace", "update"]}}}, {"$project": {"documentKey": 1}}]
    async with await on.collection("clocks").watch(only) as stream:
        async for change in stream:
            id = change["documentKey"]["_id"]
            if id in expected and id not in seen:
                seen[id] = (time.time() - expected[id].timestamp()) * 1000


async def measure(on: Bed, seconds: int, spread: bool, first: int) -> list[float]:
    """Delays in milliseconds of everything due in so many seconds; `first` numbers the clocks."""
    rules = market_rules()["lv"]
    start = (now() + timedelta(seconds=AHEAD_SECONDS)).replace(microsecond=0)
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


async def trying(on: Bed, compared: list[int]) -> None:
    """Have a candidate with twice the target tried over all history, again and again; note how many clocks it judged."""
    id, market = "cnd_bench", "lv"
    row = next(dict(r) for r in default_rows("lv", DESK, FIRST_RULES) if r["kind"] == "promise")
    content = {**row, "version": 2, "target_seconds": 2 * 86_400, "effective_from": "2030-01-01T00:00:00+00:00"}
    version = PlainVersion(market, "policy", "promise", 2, content)
    proposed = Candidate(
        id=id, market=market, version=version.dated, content=version.text, proposed_by="bench", proposed_at=now()
    )
    await _execute(on, id, ProposeCandidate(proposed, now()))
    while True:
        session = Session(on.mongo, now)
        book = (await session.loaded(RULEBOOK.books, market)).state
        window = Window(now() - timedelta(days=30), now())
        run = DryRun(id=uuid.uuid4().hex, window=window, revision=revision_of(book), ordered_at=now())
        await _execute(on, id, OrderDryRun(run, now()))
        while (candidate := await _candidate(on, id)).awaits_run:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        compared.append(candidate.run.clocks if candidate.run else 0)


async def _candidate(on: Bed, id: str) -> Candidate:
    candidate = await Session(on.mongo, now).unit(Cause("bench", "bench")).read(RULEBOOK.candidates, id)
    assert candidate is not None, "it was proposed before"
    return candidate


async def _execute(on: Bed, id: str, command: CandidateCommand) -> None:
    session = Session(on.mongo, now)
    await session.unit(Cause("bench", "bench")).execute(RULEBOOK.candidates, id, command)
    await session.commit()


async def history(on: Bed, count: int, first: int) -> None:
    """Clocks that wait for long yet: what the candidate is tried on."""
    rules, due_by = market_rules()["lv"], now() + timedelta(days=10)
    await on.load([await promised_clock(first + n, due_by, rules) for n in range(count)])


async def all_three(seconds: int) -> dict[str, list[float]]:
    """Spread over the second, all at one instant of it, and spread while a candidate is tried in the same process."""
    async with bed() as on:
        await on.start_firing()
        delays = {
            "spread over the second": await measure(on, seconds, spread=True, first=10_000_000),
            "all at one instant": await measure(on, seconds // 2, spread=False, first=20_000_000),
        }
        await on.stop_replicas()
        await on.mongo.ensure(RULE_INDEXES)
        await history(on, HISTORY, 40_000_000)
        await on.start_firing(1, "fire", "jobs")
        compared: list[int] = []
        tried = asyncio.create_task(trying(on, compared))
        delays["spread, during a dry run"] = await measure(on, seconds, spread=True, first=30_000_000)
        if tried.done():
            tried.result()
        tried.cancel()
        print(f"dry runs finished meanwhile: {len(compared)}, of {compared} clocks")
        return delays


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
    measured = uvloop.run(all_three(given.seconds))
    show(measured)
    if given.json:
        given.json.write_text(json.dumps(measured))
