"""From the buyer's request to the obligation committed in the SLA monitor: open loop at a fixed rate, stage by stage; then
catch-up: events waiting while live traffic goes on.

Latency counts from the intended send time, so a stall is not hidden. One clock: everything runs on this machine.
Usage: python tests/bench/open_loop.py [--rate 50] [--seconds 20] [--waiting 20000] [--json FILE].
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from consume_clocks import event_of
from keep_alive_client import Connection, percentile, prepared
from post_message import CASES, TEXTS, open_conversations
from pymongo import AsyncMongoClient
from rich.console import Console
from rich.table import Table

from ombud_contracts import to_headers, topics
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
STAGES = ("accept", "publish", "effect")


@dataclass
class Timings:
    """When each message passed each stage, in seconds since the epoch."""

    intended: dict[str, float] = field(default_factory=dict)
    accept: dict[str, float] = field(default_factory=dict)
    publish: dict[str, float] = field(default_factory=dict)
    effect: dict[str, float] = field(default_factory=dict)

    def milliseconds(self, stage: str) -> list[float]:
        """Return how long after its intended send time each message passed a stage."""
        passed: dict[str, float] = getattr(self, stage)
        return [1000 * (at - self.intended[id]) for id, at in passed.items() if id in self.intended]


class Watch:
    """Sees messages pass: records on the topics, and clocks committed by the SLA monitor."""

    def __init__(self, stack: Stack, timings: Timings) -> None:
        self._stack = stack
        self._timings = timings

    async def topics(self) -> None:
        """Note publish: the record's own time."""
        name = f"{self._stack.namespace}.{topics.MESSAGES}"
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stack.infrastructure.kafka, enable_auto_commit=False)
        await consumer.start()
        consumer.assign([TopicPartition(name, p) for p in range(12)])
        try:
            async for record in consumer:
                headers = {name: value.decode() for name, value in record.headers}
                if headers.get("ce_type") == "messaging.message_delivered":
                    self._timings.publish[json.loads(record.value)["message_id"]] = record.timestamp / 1000
        finally:
            await consumer.stop()

    async def clocks(self) -> None:
        """Note when a clock that holds the message's fact was committed, by a change stream."""
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(self._stack.infrastructure.mongo)
        clocks = client[f"{self._stack.namespace}-sla-monitor"]["clocks"]
        async with await clocks.watch(
            [{"$match": {"fullDocument.kind": "reply"}}], full_document="updateLookup"
        ) as stream:
            async for change in stream:
                now = time.time()
                for fact in change["fullDocument"]["state"]["facts"][-8:]:
                    if fact["ref"] and fact["ref"] not in self._timings.effect:
                        self._timings.effect[fact["ref"]] = now


async def send_at_rate(stack: Stack, timings: Timings, rate: float, seconds: float) -> int:
    """Send messages on a fixed schedule over many connections; return how many were not accepted."""
    port = int(stack.process("messaging").url.rpartition(":")[2])
    token = stack.token("buyer", "buy_1")
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(64):
        free.put_nowait(Connection(port))
    start, failed = time.time() + 0.5, 0

    async def one(n: int) -> None:
        nonlocal failed
        intended = start + n / rate
        await asyncio.sleep(max(0.0, intended - time.time()))
        connection = await free.get()
        body = json.dumps({"text": TEXTS[(n + n // 8) % len(TEXTS)]}).encode()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        answer, content = await connection.exchange(prepared(f"/conversations/cas_{n % CASES}/messages", headers, body))
        free.put_nowait(connection)
        if answer.status >= 300:
            failed += 1
            return
        id = json.loads(content)["message_id"]
        timings.intended[id], timings.accept[id] = intended, time.time()

    await asyncio.gather(*(one(n) for n in range(int(rate * seconds))))
    return failed


async def pile_up(stack: Stack, waiting: int) -> None:
    """Put events for the monitor on its topic."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.infrastructure.kafka, enable_idempotence=True)
    await producer.start()
    start = datetime.now(UTC) - timedelta(minutes=10)
    for first in range(0, waiting, 1000):
        sent = []
        for n in range(first, min(waiting, first + 1000)):
            event, metadata = event_of(n % (waiting // 4), n // (waiting // 4), start)
            topic = f"{stack.namespace}.{event.topic}"
            sent.append(
                await producer.send(
                    topic, event.to_bytes(), key=metadata.key.encode(), headers=to_headers(event, metadata)
                )
            )
        await asyncio.gather(*sent)
    await producer.stop()


async def all_seen(timings: Timings, within_seconds: float = 20) -> None:
    """Wait until every message that was accepted has had its effect, or time is up: the table shows how many."""
    ends = time.time() + within_seconds
    while timings.intended.keys() - timings.effect.keys() and time.time() < ends:  # noqa: ASYNC110 - other processes have the effects
        await asyncio.sleep(0.1)


async def drained(stack: Stack, expected: int) -> float:
    """Wait until the monitor handled so many events; return when."""
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(stack.infrastructure.mongo)
    inbox = client[f"{stack.namespace}-sla-monitor"]["inbox"]
    while await inbox.estimated_document_count() < expected:  # noqa: ASYNC110 - another process fills it
        await asyncio.sleep(0.1)
    return time.time()


async def measure(stack: Stack, rate: float, seconds: float, waiting: int) -> dict[str, object]:
    """Measure steady traffic, then catch-up under the same traffic."""
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await open_conversations(stack, marketplace)
    steady = Timings()
    watch = Watch(stack, steady)
    watching = [asyncio.create_task(watch.topics()), asyncio.create_task(watch.clocks())]
    await send_at_rate(stack, Timings(), rate, 5)
    failed = await send_at_rate(stack, steady, rate, seconds)
    await all_seen(steady)
    for task in watching:
        if task.done():
            task.result()  # a watcher that broke must not pass as one that saw nothing
        task.cancel()
    result: dict[str, object] = {"failed": failed, "steady": {s: steady.milliseconds(s) for s in STAGES}}
    result["catch_up"] = await catch_up(stack, rate, waiting)
    return result


async def catch_up(stack: Stack, rate: float, waiting: int) -> dict[str, object]:
    """Stop the monitor, let events pile up, start it again under live traffic."""
    await asyncio.to_thread(stack.process("sla-monitor").terminate)
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(stack.infrastructure.mongo)
    before = await client[f"{stack.namespace}-sla-monitor"]["inbox"].estimated_document_count()
    await pile_up(stack, waiting)
    live = Timings()
    watching = asyncio.create_task(Watch(stack, live).clocks())
    process = stack.start("sla-monitor", OMBUD_LOG_LEVEL="WARNING")
    await asyncio.to_thread(process.wait_ready)
    started = time.time()
    sending = asyncio.create_task(send_at_rate(stack, live, rate, 15))
    ended = await drained(stack, before + waiting)
    await sending
    await all_seen(live)
    watching.cancel()
    return {"waiting": waiting, "seconds": ended - started, "live_effect": live.milliseconds("effect")}


def show(result: dict[str, object], rate: float) -> None:
    """Print medians and p99 by stage, and the drain."""
    table = Table(title=f"buyer's request → obligation committed, open loop at {rate:.0f}/s", title_justify="left")
    for column in ("until", "median ms", "p99 ms", "n", "aim"):
        table.add_column(column, justify="right")
    steady: dict[str, list[float]] = result["steady"]  # type: ignore[assignment]
    for stage in STAGES:
        values = steady[stage]
        if values:
            aim = "median < 50, p99 < 200" if stage == "effect" else ""
            table.add_row(
                stage, f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.99):.1f}", str(len(values)), aim
            )
    Console().print(table)
    caught: dict[str, object] = result["catch_up"]  # type: ignore[assignment]
    live: list[float] = caught["live_effect"]  # type: ignore[assignment]
    seconds = float(str(caught["seconds"]))
    Console().print(
        f"catch-up: {caught['waiting']} events in {seconds:.1f} s ({int(str(caught['waiting'])) / seconds:,.0f}/s); "
        f"live meanwhile: median {percentile(live, 0.5):,.0f} ms, p99 {percentile(live, 0.99):,.0f} ms"
    )


def main(rate: float, seconds: float, waiting: int, json_file: Path | None) -> None:
    """Start messaging and the monitor, measure, stop."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_infrastructure(Path(folder), lambda _line: None) as infrastructure,
        Stack(infrastructure, Path(folder)) as stack,
    ):
        stack.prepare()
        for service in ("messaging", "sla-monitor"):
            stack.start(service, OMBUD_LOG_LEVEL="WARNING", OMBUD_RATE_PER_PERSON="off")
        for process in stack.processes:
            process.wait_ready()
        result = uvloop.run(measure(stack, rate, seconds, waiting))
    show(result, rate)
    if json_file:
        json_file.write_text(json.dumps(result))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--waiting", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.rate, given.seconds, given.waiting, given.json)
