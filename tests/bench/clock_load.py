"""What the benchmarks of the SLA monitor share: a namespace of its own, clocks in their real encoded form, replicas as
processes, and the topic as a subscriber reads it. No benchmark itself.
"""

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.write_concern import WriteConcern

from chassis.aggregate import Cause, Session
from chassis.memory import MemoryStore
from chassis.mongo import Mongo
from chassis.progress import Progress
from chassis.settings import Settings
from chassis.store import Document, Saved
from chassis.topics import provision, remove
from ombud_contracts import topics
from ombud_contracts.market import load_markets
from ombud_local.ports import free_port
from ombud_local.processes import ServiceProcess
from sla_monitor.clocks.domain.clock import Fire, RecordFact
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS, INDEXES
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

JOURNALED = WriteConcern(w="majority", j=True)
LOADED_AT_ONCE = 1000
MARKET = "lv"


def market_rules() -> dict[str, Rules]:
    """The packaged markets' rules."""
    return read_rules(version for market in load_markets().values() for version in versions_of(market))


def now() -> datetime:
    """This machine's time, in the milliseconds that the database keeps."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def promised_clock(n: int, due_by: datetime, rules: Rules) -> Document:
    """The document of a clock that breaches at an instant and whose warnings were told: a promise made an hour before."""
    ref = ClockRef(f"cas_{n:08d}", ClockKind("promise"), "", MARKET)
    made_at = due_by - timedelta(hours=1)
    session = Session(MemoryStore(), lambda: made_at)
    unit = session.unit(Cause("bench", "bench"))
    fact = Fact(f"bench:{n}", Signal.PROMISE_MADE, made_at, until=due_by)
    id = clock_id(ref)
    await unit.execute(CLOCKS, id, RecordFact(ref, fact, made_at, rules))
    await unit.execute(CLOCKS, id, Fire(due_by - timedelta(seconds=1), rules))
    return document_of(session.writes.saved[CLOCKS.collection, id])


def document_of(saved: Saved) -> Document:
    """An aggregate as the store keeps it."""
    stored = saved.stored
    head = {"_id": saved.id, "version": stored.version, "sequence": stored.sequence}
    return {**saved.fields, **head, "state": stored.state}


@dataclass
class Bed:
    """A namespace of its own on the Kafka and MongoDB of this run."""

    settings: Settings
    mongo: Mongo
    client: AsyncMongoClient[dict[str, Any]]
    folder: Path
    replicas: list[ServiceProcess] = field(default_factory=list)

    def collection(self, name: str) -> AsyncCollection[dict[str, Any]]:
        """A collection of the monitor's database, durable like the monitor's own writes."""
        return self.client[self.mongo.name].get_collection(name, write_concern=JOURNALED)

    async def load(self, clocks: Sequence[Document]) -> None:
        """Put clocks into the database."""
        for first in range(0, len(clocks), LOADED_AT_ONCE):
            await self.collection("clocks").insert_many(clocks[first : first + LOADED_AT_ONCE], ordered=False)

    def start(self, *roles: str) -> ServiceProcess:
        """Start one replica of the monitor as a process, which also publishes."""
        number = len(self.replicas) + 1
        environment = {
            "OMBUD_NAMESPACE": self.settings.namespace,
            "OMBUD_OIDC_ISSUER": self.settings.oidc_issuer,
            "OMBUD_ENV": "test",
            "OMBUD_LOG_LEVEL": "WARNING",
            "OMBUD_ROLES": ",".join((*roles, "relay")),
        }
        log = self.folder / f"sla-monitor-{number}.log"
        replica = ServiceProcess("sla-monitor", number, free_port(), log, environment)
        self.replicas.append(replica)
        return replica

    async def start_firing(self, replicas: int = 1, *roles: str) -> list[ServiceProcess]:
        """Start replicas that only announce, unless more roles are named; return once they hold all shards, fairly."""
        started = [self.start(*(roles or ("fire",))) for _ in range(replicas)]
        for replica in started:
            await asyncio.to_thread(replica.wait_ready)
        fair = -(-256 // replicas)
        while True:
            count: list[Document] = [
                {"$match": {"work": "clocks", "$expr": {"$gt": ["$expires_at", "$$NOW"]}}},
                {"$group": {"_id": "$owner", "held": {"$sum": 1}}},
            ]
            held = [d["held"] async for d in await self.collection("leases").aggregate(count)]
            if len(held) == replicas and sum(held) == 256 and max(held) <= fair:
                return started
            await asyncio.sleep(0.1)

    async def stop_replicas(self) -> None:
        """End every replica in order."""
        for replica in self.replicas:
            replica.ask_to_stop()
        for replica in self.replicas:
            await asyncio.to_thread(replica.terminate)
        self.replicas.clear()


@asynccontextmanager
async def bed() -> AsyncIterator[Bed]:
    """A namespace of its own, with topics and indexes; everything in it is removed at the end."""
    settings = Settings(
        env="test",
        kafka=os.environ["OMBUD_KAFKA"],
        mongo=os.environ["OMBUD_MONGO"],
        namespace=f"b{uuid.uuid4().hex[:8]}",
        oidc_issuer="http://127.0.0.1:9",
    )
    await provision(settings.kafka_access, settings.namespace, 1)
    uri = settings.mongo.get_secret_value()
    mongo = Mongo(uri, settings.database("sla-monitor"))
    await mongo.ensure({**INDEXES, "waiting": [], "parked": [], "leases": []})
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri, tz_aware=True)
    made = Bed(settings, mongo, client, Path(mkdtemp(prefix="ombud-bench-")))
    ends = asyncio.Event()  # replicas that only announce do so while a consumer says that it has read everything
    telling = asyncio.create_task(Progress(mongo, "consumer", session_seconds=60).keep_telling([], ends))
    try:
        yield made
    finally:
        ends.set()
        await telling
        await made.stop_replicas()
        await mongo.drop()
        await mongo.close()
        await client.close()
        await remove(settings.kafka_access, settings.namespace)
        rmtree(made.folder)


@dataclass
class PublicRound:
    """The records of the clocks' topic in the order a subscriber saw them, with when (seconds since the epoch)."""

    ids: list[str] = field(default_factory=list)
    facts: list[tuple[str, str, int]] = field(default_factory=list)
    """Clock, type and round of each."""
    seen_at: list[float] = field(default_factory=list)

    @property
    def repeated(self) -> int:
        """How many records repeat an id: a relay that died between publish and forget; subscribers know them by it."""
        return len(self.ids) - len(set(self.ids))

    @property
    def doubled(self) -> int:
        """How many facts were told under more than one id: must be none."""
        return len(set(self.ids)) - len(set(self.facts))


@asynccontextmanager
async def subscriber(on: Bed) -> AsyncIterator[PublicRound]:
    """Read the clocks' topic from now on."""
    name = on.settings.prefixed(topics.CLOCKS)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=on.settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([TopicPartition(name, partition) for partition in range(12)])
    announced = PublicRound()
    reading = asyncio.create_task(_read(consumer, announced))
    try:
        yield announced
    finally:
        reading.cancel()
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, announced: PublicRound) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=50)
        at = time.time()
        for records in batches.values():
            for record in records:
                headers, value = dict(record.headers), json.loads(record.value)
                announced.ids.append(headers["ce_id"].decode())
                announced.facts.append((value["clock_id"], headers["ce_type"].decode(), value["round"]))
                announced.seen_at.append(at)


async def until_announced(announced: PublicRound, count: int, within_seconds: float) -> bool:
    """Wait until so many different events were seen; False when time ran out."""
    ends = time.monotonic() + within_seconds
    while len(announced.ids) < count or len(set(announced.ids)) < count:
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(0.02)
    return True


async def until(at: datetime) -> None:
    """Wait for an instant."""
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


def memory_mb(process: ServiceProcess) -> dict[str, float]:
    """Resident memory of a process now, and at its highest, in MB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    read = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return {"now": int(read["VmRSS"]) / 1024, "peak": int(read["VmHWM"]) / 1024}


def median(values: Iterable[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
