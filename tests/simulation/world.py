"""All five services in one process: their own consumers and domains over the shipped store in memory, and a broker that
duplicates, delays, reorders across keys and loses acknowledgements. A seed decides everything; no clock and no thread does.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

from evidence import SERVICES, Evidence, Published

from chassis.aggregate import Cause, Session, Unit
from chassis.consuming import Consumer, NotYet
from chassis.memory import MemoryStore
from chassis.store import OUTBOX_SHARDS, AlreadyHandled, Conflict, OutboxRow, Writes
from chassis.testing import FixedClock
from ombud_contracts import Event, Metadata, Received, from_record, to_headers

PARTITIONS = 3
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
ALL_SHARDS = range(OUTBOX_SHARDS)


class Crash(Exception):
    """The process ends here, as by kill -9."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record on a partition."""

    place: str
    """`topic|partition|offset`."""
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]
    received: Received


class Broker:
    """Topics of three partitions. Events of one key keep their order; nothing else does."""

    def __init__(self) -> None:
        self.partitions: dict[tuple[str, int], list[Record]] = defaultdict(list)

    def append(self, row: OutboxRow) -> None:
        """Take a row as its topic's next record."""
        partition = crc32(row.key.encode()) % PARTITIONS
        log = self.partitions[row.topic, partition]
        received = from_record(row.value, row.headers, row.topic)
        log.append(Record(f"{row.topic}|{partition}|{len(log)}", row.key, row.value, row.headers, received))


class FaultyStore(MemoryStore):
    """The shipped store, which dies before or after a commit when the dice say so."""

    def __init__(self, dice: "Dice") -> None:
        super().__init__()
        self._dice = dice

    async def commit(self, writes: Writes) -> None:
        """Commit, or die on one side of it."""
        if self._dice.crash():
            raise Crash("before the commit")
        await super().commit(writes)
        if self._dice.crash():
            raise Crash("after the commit")


@dataclass(slots=True)
class Dice:
    """Every choice of a run. `faults` off: nothing breaks any more, and the world comes to rest."""

    random: Random
    faults: bool = True

    def crash(self) -> bool:
        """Tell whether the process dies here."""
        return self.faults and self.random.random() < 0.01

    def chance(self, share: float) -> bool:
        """Tell whether a fault of this likelihood happens."""
        return self.faults and self.random.random() < share


@dataclass(slots=True)
class Node:
    """One service: its store, its consumer, and how far it is."""

    name: str
    store: FaultyStore
    consumer: Consumer
    refusals: tuple[type[Exception], ...]
    committed: dict[tuple[str, int], int] = field(default_factory=dict)
    waiting: dict[str, list[Record]] = field(default_factory=dict)
    parked: dict[str, str] = field(default_factory=dict)
    """Place of a record that was refused → why."""


class World:
    """The services, the broker between them, and the time."""

    store_kind = FaultyStore

    def __init__(self, seed: int) -> None:
        self.dice = Dice(Random(seed))
        self.clock = FixedClock(NOON)
        self.broker = Broker()
        self.nodes: dict[str, Node] = {}
        self.taken: Counter[str] = Counter()
        """What happened, by kind: a run in which nothing happens proves nothing."""
        self.doing = ""
        """What somebody is trying; empty where nobody counts it."""
        self.tried: Counter[tuple[str, bool]] = Counter()
        """What was tried, and whether it took effect."""
        self._told = 0
        self._nested = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What somebody else does between a decision and its commit."""

    def add(
        self, name: str, consumer_of: Callable[[FaultyStore], Consumer], refusals: Iterable[type[Exception]]
    ) -> None:
        """Start a service on a store of its own."""
        store = self.store_kind(self.dice)
        self.nodes[name] = Node(name, store, consumer_of(store), tuple(refusals))

    # -- What a service does ----------------------------------------------------------------------------------------

    async def command(self, name: str, effect: Callable[[Unit], Awaitable[object]], by: str = "system") -> bool:
        """Do what a route does: decide, write, and decide again after a conflict. Return whether it took effect."""
        doing = self.doing
        took_effect = await self._commanded(name, effect, by)
        if doing:
            self.tried[doing, took_effect] += 1
        return took_effect

    async def _commanded(self, name: str, effect: Callable[[Unit], Awaitable[object]], by: str) -> bool:
        node = self.nodes[name]
        while True:
            self._told += 1
            session = Session(node.store, self.clock)
            cause = Cause(f"req_{self._told}", f"req_{self._told}", by, f"{by}_1")
            try:
                await effect(session.unit(cause))
                await self._somebody_else(node)
                await session.commit()
            except (NotYet, *node.refusals) as refusal:
                self.taken[f"refused {type(refusal).__name__}"] += 1
                return False
            except Conflict:
                self.taken["conflict"] += 1
                continue
            except Crash:
                self.taken["crash"] += 1
                return False  # the client hears nothing, and may ask again with another command
            self.taken[f"command {name}"] += 1
            return True

    async def relay(self, node: Node) -> None:
        """Publish some of the outbox in order, and perhaps die before it is forgotten."""
        rows = await node.store.pending(ALL_SHARDS, self.dice.random.randint(1, 20))
        self.publish(node, rows)
        if rows and self.dice.chance(0.05):
            self.taken["published again"] += len(rows)
            return
        for row in rows:
            node.store.outbox.pop(row.id, None)

    def publish(self, _node: Node, rows: Iterable[OutboxRow]) -> None:
        """Give rows to the broker, each as it stands in the outbox."""
        for row in rows:
            self.broker.append(row)

    async def consume(self, node: Node) -> None:
        """Read a batch of one partition; its offset is committed at the end, unless the process dies before."""
        places = [p for p in self.broker.partitions if p[0] in node.consumer.group.topics]
        behind = [p for p in places if node.committed.get(p, 0) < len(self.broker.partitions[p])]
        if not behind:
            return
        place = self.dice.random.choice(behind)
        start = node.committed.get(place, 0)
        batch = self.broker.partitions[place][start : start + self.dice.random.randint(1, 8)]
        try:
            for record in batch:
                await self._take(node, record)
        except Crash:
            self.taken["crash"] += 1
            return
        if self.dice.chance(0.05):
            self.taken["delivered again"] += len(batch)
            return
        node.committed[place] = start + len(batch)

    async def _take(self, node: Node, record: Record) -> None:
        if record.received.event is None or record.place in node.parked or _inbox(record) in node.store.inbox:
            return
        queue = node.waiting.get(record.key)
        if queue is not None:
            if _inbox(record) not in map(_inbox, queue):
                queue.append(record)
            return
        if not await self._handled(node, record):
            node.waiting.setdefault(record.key, []).append(record)

    async def _handled(self, node: Node, record: Record) -> bool:
        """Let a record take effect; False while it waits for what it needs."""
        while True:
            session = Session(node.store, self.clock)
            unit = session.unit(_cause(record))
            unit.handled(_inbox(record))
            try:
                await node.consumer.handle(record.received, unit)
                await self._somebody_else(node, record)
                await session.commit()
            except NotYet:
                self.taken["waited"] += 1
                return False
            except Conflict:
                self.taken["conflict"] += 1
                continue
            except AlreadyHandled:
                return True
            except node.refusals as refusal:
                node.parked[record.place] = type(refusal).__name__
                self.taken[f"parked {type(refusal).__name__}"] += 1
                return True
            self.taken[f"event {node.name}"] += 1
            return True

    async def _somebody_else(self, node: Node, record: Record | None = None) -> None:
        """Another replica works between a decision and its commit: at the same record, at others, or for somebody."""
        if self._nested or not self.dice.chance(0.5):
            return
        self._nested = True
        try:
            if record is not None and self.dice.chance(0.5):
                await self._handled(node, record)
            elif self.meanwhile is not None and self.dice.chance(0.8):
                await self.meanwhile()
            else:
                await self.consume(node)
        finally:
            self._nested = False

    async def look(self, node: Node, key: str) -> None:
        """Try the records that wait for one key: the oldest first, and when it waits in vain, those on other topics.

        One stays where it is until it has come to its end.
        """
        tried: set[str] = set()
        while left := [r for r in node.waiting.get(key, []) if r.place.partition("|")[0] not in tried]:
            oldest = left[0]
            if not await self._handled(node, oldest):
                tried.add(oldest.place.partition("|")[0])
                continue
            tried.clear()
            node.waiting[key] = [record for record in node.waiting.get(key, []) if record is not oldest]
            if not node.waiting[key]:
                del node.waiting[key]

    def tell(self, event: Event, key: str, sequence: int) -> None:
        """Have the marketplace say something."""
        self._told += 1
        metadata = Metadata(
            id=f"mkt_{self._told}",
            subject=key,
            sequence=sequence,
            key=key,
            occurred_at=self.clock(),
            recorded_at=self.clock(),
            market="lv",
            correlation_id=f"mkt_{self._told}",
            causation_id=f"mkt_{self._told}",
        )
        self.broker.append(
            OutboxRow(metadata.id, event.topic, key, event.to_bytes(), tuple(to_headers(event, metadata)))
        )

    def pass_time(self, **duration: float) -> None:
        """Let time go on for all of them."""
        self.clock.at += timedelta(**duration)

    # -- What is left -----------------------------------------------------------------------------------------------

    @property
    def at_rest(self) -> bool:
        """True when nothing is on its way."""
        return all(self._is_at_rest(node) for node in self.nodes.values())

    def _is_at_rest(self, node: Node) -> bool:
        places = (p for p in self.broker.partitions if p[0] in node.consumer.group.topics)
        behind = any(node.committed.get(p, 0) < len(self.broker.partitions[p]) for p in places)
        return not node.store.outbox and not behind

    def evidence(self) -> Evidence:
        """Return what an offline checker reads after a run of real processes."""
        records = [
            Published(topic, partition, offset, r.key, r.received.metadata.id, _texts(r), r.value)
            for (topic, partition), log in sorted(self.broker.partitions.items())
            for offset, r in enumerate(log)
        ]
        return Evidence(tuple(records), {name: self._database(self.nodes[name]) for name in SERVICES}, 0)

    @staticmethod
    def _database(node: Node) -> dict[str, tuple[dict[str, Any], ...]]:
        names = {collection for collection, _ in node.store.aggregates} | set(node.store.rows)
        documents = {name: tuple(node.store.documents(name)) for name in names}
        parked = tuple({"_id": f"{node.consumer.group.name}|{place}"} for place in node.parked)
        waiting = tuple({"_id": key} for key in node.waiting)
        inbox = tuple({"_id": id} for id in node.store.inbox)
        return {**documents, "inbox": inbox, "parked": parked, "waiting": waiting}


def _inbox(record: Record) -> str:
    return f"{record.received.source}|{record.received.metadata.id}"


def _cause(record: Record) -> Cause:
    metadata = record.received.metadata
    return Cause(metadata.id, metadata.correlation_id, metadata.actor_kind, metadata.actor_id)


def _texts(record: Record) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in record.headers}
