"""How fast clocks are written: events → inbox, state, outbox in grouped transactions, beside a bare `insert_many` of the same
documents and beside APScheduler 3 adding jobs to its MongoDB store. Durability is on everywhere: w=majority, journal.

The events are opened cases: each starts two clocks. They come as records from memory, for the write path alone is
measured here; `consume_clocks` measures it with Kafka. Usage: python tests/bench/write_clocks.py [--clocks N] [--json FILE].
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import ConsumerRecord
from apscheduler.jobstores.mongodb import MongoDBJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from clock_load import JOURNALED, Bed, bed, market_rules, now
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from chassis.consuming import BatchHandler
from chassis.life import collect_seldom
from chassis.mongo import Mongo
from chassis.server_time import kept_time
from chassis.settings import Settings
from ombud_contracts import Metadata, to_headers
from ombud_contracts.events.ticketing import CaseOpened
from sla_monitor.clocks.consumers import clocks

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # it wakes once more after its store is closed

CLOCKS_PER_EVENT = 2
BATCH, LANES = 500, 8
BARE_BATCH = 1000
THIRD, TIMES_PEER = 1 / 3, 3.0


def opened_case(n: int, start: datetime) -> ConsumerRecord[Any, Any]:
    """The record of an opened case."""
    at, case_id = start + timedelta(milliseconds=n % 60_000), f"cas_{n:08d}"
    event = CaseOpened(
        case_id=case_id,
        number=f"LV-26-{n:06d}",
        market="lv",
        buyer_id=f"buy_{n % 5000}",
        seller_id=f"sel_{n % 500}",
        order_id=f"ord_{n}",
        line_id=f"lin_{n}",
        reason="DAMAGED",
        family="PRODUCT",
        phase="after",
        priority=2,
        priority_reasons=("deadline",),
        draft_id=f"dra_{n}",
        opened_by="buyer",
        opened_at=at,
    )
    request = f"req_{n}"
    metadata = Metadata(
        id=f"{case_id}:1",
        subject=case_id,
        sequence=1,
        key=case_id,
        occurred_at=at,
        recorded_at=at,
        case_id=case_id,
        market="lv",
        correlation_id=request,
        causation_id=request,
    )
    return ConsumerRecord(
        topic="ticketing.cases.v1",
        partition=0,
        offset=n,
        timestamp=int(at.timestamp() * 1000),
        timestamp_type=0,
        key=case_id.encode(),
        value=event.to_bytes(),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple(to_headers(event, metadata)),
    )


def consume(settings: Settings, first: int, count: int, started: Any, go: Any) -> None:
    """One replica's write path, in a process of its own."""
    collect_seldom()
    uvloop.run(_consume(settings, range(first, first + count), started, go))


async def _consume(settings: Settings, cases: Sequence[int], started: Any, go: Any) -> None:
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database("sla-monitor"))
    start = now() - timedelta(minutes=2)
    records = [opened_case(n, start) for n in cases]
    async with kept_time(mongo) as server_time:
        handler = BatchHandler(clocks(market_rules()), mongo, settings, server_time)
        started.release()
        await asyncio.to_thread(go.wait)
        for n in range(0, len(records), BATCH):
            await handler.handle(records[n : n + BATCH])
    await mongo.close()


def write_path(on: Bed, wanted: int, replicas: int, first: int = 0) -> float:
    """Seconds until so many clocks are committed by so many replicas, their start left out."""
    settings = on.settings.model_copy(update={"consume_lanes": LANES, "consume_batch_records": BATCH})
    spawn = multiprocessing.get_context("spawn")
    started, go = spawn.Semaphore(0), spawn.Event()
    share = wanted // CLOCKS_PER_EVENT // replicas
    workers = [
        spawn.Process(target=consume, args=(settings, first + n * share, share, started, go), daemon=True)
        for n in range(replicas)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        started.acquire()
    began = time.perf_counter()
    go.set()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0, "a replica of the write path broke"
    return time.perf_counter() - began


def bare(on: Bed, names: Sequence[str]) -> float:
    """Seconds to insert the documents of these collections as they are, into collections with the same indexes."""
    client: MongoClient[dict[str, Any]] = MongoClient(on.settings.mongo.get_secret_value(), tz_aware=True)
    source, target = client[on.mongo.name], client[f"{on.mongo.name}-bare"]
    seconds = 0.0
    for name in names:
        for index in source[name].index_information().values():
            options = {k: v for k, v in index.items() if k == "partialFilterExpression"}
            target[name].create_index(index["key"], **options)
        collection = target.get_collection(name, write_concern=JOURNALED)
        documents = []
        for document in source[name].find(batch_size=5000):
            documents.append(document)
            if len(documents) == 10 * BARE_BATCH:
                seconds += _inserted(collection, documents)
                documents = []
        seconds += _inserted(collection, documents)
    client.drop_database(target.name)
    client.close()
    return seconds


def _inserted(collection: Any, documents: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    for n in range(0, len(documents), BARE_BATCH):
        collection.insert_many(documents[n : n + BARE_BATCH], ordered=False)
    return time.perf_counter() - began


def nothing() -> None:
    """The peer's jobs do nothing."""


def peer(on: Bed, jobs: int) -> float:
    """Seconds for APScheduler to add so many jobs to its store, durable like ours."""
    client: MongoClient[dict[str, Any]] = MongoClient(on.settings.mongo.get_secret_value(), w="majority", journal=True)
    store = MongoDBJobStore(database=f"{on.mongo.name}-peer", collection="jobs", client=client)
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    at = datetime.now(UTC) + timedelta(days=1)
    began = time.perf_counter()
    for n in range(jobs):
        scheduler.add_job(nothing, "date", run_date=at, id=f"clk_{n:08d}")
    seconds = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    again: MongoClient[dict[str, Any]] = MongoClient(on.settings.mongo.get_secret_value())
    again.drop_database(f"{on.mongo.name}-peer")
    again.close()
    return seconds


async def measure(wanted: int, peers_jobs: int) -> dict[str, float]:
    """All of them on one database, one after the other; clocks per second."""
    rates: dict[str, float] = {}
    for replicas in (1, 2):
        async with bed() as on:
            rates[f"write path, {replicas} replica{'s' * (replicas > 1)}"] = wanted / await asyncio.to_thread(
                write_path, on, wanted, replicas
            )
            written = {n: await on.collection(n).estimated_document_count() for n in ("inbox", "clocks", "outbox")}
            assert written == {"inbox": wanted // 2, "clocks": wanted, "outbox": wanted}, f"not all written: {written}"
            if replicas == 2:
                everything = [n for n in await on.client[on.mongo.name].list_collection_names() if n not in _OTHERS]
                rates["bare insert_many, the same documents"] = wanted / await asyncio.to_thread(bare, on, everything)
                rates["bare insert_many, the clocks alone"] = wanted / await asyncio.to_thread(bare, on, ["clocks"])
                rates["APScheduler, MongoDBJobStore"] = peers_jobs / await asyncio.to_thread(peer, on, peers_jobs)
    return rates


_OTHERS = ("leases", "lease_members", "progress", "waiting", "parked", "answers")


def show(rates: dict[str, float]) -> None:
    """Print the rates and their ratios."""
    table = Table(title="clocks written: inbox, state, outbox", title_justify="left")
    for column in ("what", "clocks/s", "times bare", "times peer", "bar"):
        table.add_column(column, justify="right" if column != "what" else "left")
    same, other = rates["bare insert_many, the same documents"], rates["APScheduler, MongoDBJobStore"]
    for what, rate in rates.items():
        bar = f"≥ {THIRD:.2f}, ≥ {TIMES_PEER:.0f}" if what.startswith("write") else ""
        table.add_row(what, f"{rate:,.0f}", f"{rate / same:.2f}", f"{rate / other:.1f}", bar)
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=100_000)
    parser.add_argument("--peers-jobs", type=int, default=5_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    collect_seldom()
    measured = uvloop.run(measure(given.clocks, given.peers_jobs))
    show(measured)
    if given.json:
        given.json.write_text(json.dumps({"cores": os.cpu_count(), "clocks_per_second": measured}, indent=1))
