"""How fast the SLA monitor consumes: events → transaction (inbox, state, outbox) → offset commit, in one process.

Compared in the same run with one-by-one handling of the same kind of events. Durability is on: w=majority, journal.
Usage: python tests/bench/consume_clocks.py [--events N] [--json FILE]; needs OMBUD_KAFKA and OMBUD_MONGO.
"""

import argparse
import asyncio
import json
import logging
import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from chassis.consuming import BatchHandler
from chassis.leases import Leases
from chassis.life import collect_seldom
from chassis.mongo import Mongo
from chassis.server_time import kept_time
from chassis.settings import Settings
from chassis.subscription import Subscription, broker_of
from chassis.topics import provision
from ombud_contracts import Event, Metadata, groups, to_headers
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.market import load_markets
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.store import INDEXES
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # fresh topics have no leader for a moment
START = datetime(2026, 9, 15, 9, tzinfo=UTC)


def event_of(case: int, step: int, start: datetime = START) -> tuple[Event, Metadata]:
    """The n-th message of a case: buyer and seller in turns, a minute apart."""
    case_id, at = f"cas_{case:06d}", start + timedelta(seconds=step * 60, milliseconds=case)
    from_buyer = step % 2 == 0
    event = MessageDelivered(
        case_id=case_id,
        message_id=f"msg_{case}_{step}",
        author_role="buyer" if from_buyer else "seller",
        audience="thread",
        sha256="0" * 64,
        characters=120,
        first=step == 0,
        classification=Classification(language="lv"),
        qualifies=not from_buyer,
        submitted_at=at,
        delivered_at=at,
    )
    metadata = Metadata(
        id=f"cnv_{case_id}:{step + 1}",
        subject=f"cnv_{case_id}",
        sequence=step + 1,
        key=case_id,
        occurred_at=at,
        recorded_at=at,
        case_id=case_id,
        market="lv",
        correlation_id=f"req_{case}",
        causation_id=f"req_{case}",
    )
    return event, metadata


async def produce(settings: Settings, events: int, cases: int) -> None:
    """Put the events on the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await producer.start()
    for first in range(0, events, 1000):
        sent = []
        for n in range(first, min(events, first + 1000)):
            event, metadata = event_of(n % cases, n // cases)
            topic = settings.prefixed(event.topic)
            sent.append(
                await producer.send(
                    topic, event.to_bytes(), key=metadata.key.encode(), headers=to_headers(event, metadata)
                )
            )
        await asyncio.gather(*sent)
    await producer.stop()


async def measure(batch: int, events: int, cases: int) -> dict[str, float]:
    """Consume everything that waits on the topic; return what it took."""
    settings = Settings(
        env="test",
        kafka=os.environ["OMBUD_KAFKA"],
        mongo=os.environ["OMBUD_MONGO"],
        namespace=f"b{uuid.uuid4().hex[:8]}",
        oidc_issuer="http://127.0.0.1:9",
        consume_batch_records=batch,
    )
    await provision(settings.kafka_access, settings.namespace, 1)
    await produce(settings, events, cases)
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database("sla-monitor"))
    await mongo.ensure({**INDEXES, "waiting": [], "parked": [], "leases": []})
    await Leases(mongo, "clocks", 1, "bench").refresh()
    consumer = clocks(read_rules(v for m in load_markets().values() for v in versions_of(m)))
    broker = broker_of(settings)
    async with kept_time(mongo) as now:
        subscription = Subscription(broker, consumer, BatchHandler(consumer, mongo, settings, now), settings)
        await broker.connect()
        started = time.perf_counter()
        await subscription.start()
        while await mongo.count("inbox", {}, limit=events) < events:  # noqa: ASYNC110 - the subscription's task fills it
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - started
        await subscription.stop()
    await broker.stop()
    written = await mongo.count("outbox", {}, limit=10 * events)
    await mongo.drop()
    await mongo.close()
    return {"batch": batch, "events": events, "seconds": seconds, "per_second": events / seconds, "outbox": written}


async def measure_both(events: int) -> list[dict[str, float]]:
    """Measure both ways, in turns."""
    rows = []
    for _round in range(3):
        rows.append(await measure(500, events, events // 4))
        rows.append(await measure(1, max(200, events // 40), max(50, events // 160)))
    return rows


def show(rows: list[dict[str, float]]) -> None:
    """Print the medians and the ratio."""
    grouped = sorted(r["per_second"] for r in rows if r["batch"] > 1)
    single = sorted(r["per_second"] for r in rows if r["batch"] == 1)
    table = Table(title=f"{groups.SLA_CLOCKS.name}: consume → transaction → commit", title_justify="left")
    for column in ("way", "events/s median", "min", "max", "bar"):
        table.add_column(column, justify="right")
    table.add_row("batches of 500, 4 lanes", *(f"{v:,.0f}" for v in (grouped[1], grouped[0], grouped[2])), "≥ 2,000")
    table.add_row("one by one", *(f"{v:,.0f}" for v in (single[1], single[0], single[2])), "")
    table.add_row("ratio", f"{grouped[1] / single[1]:.1f}", "", "", "≥ 8")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=8000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    collect_seldom()
    measured = uvloop.run(measure_both(given.events))
    show(measured)
    if given.json:
        given.json.write_text(json.dumps(measured, indent=1))
