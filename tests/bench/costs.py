"""What a case, a message, a breach and a settled dispute cost: processor time of each service, bytes on Kafka, and bytes that
MongoDB keeps. What services use while nothing happens is left out. Five services work one kind of thing at a time, until nothing moves; what grew meanwhile is divided by how many.

Usage: python tests/bench/costs.py [--cases N] [--json FILE]; needs OMBUD_KAFKA and OMBUD_MONGO.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from ombud_contracts import groups, topics
from ombud_local.infrastructure import start_infrastructure
from ombud_local.issuer import Role
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.people import Json, Person
from ombud_local.story.truth import Record, until
from ombud_local.story.world import World
from ombud_words import BuyerId, SellerId

QUESTION = "Labdien! Kur ir mans telefons? Es to gaidu jau nedēļu, un izsekošanā nekas nemainās."
REPLIES = (
    "Labdien! Sūtījums ir ceļā, piegāde būs rīt pirms pusdienām.",
    "Paldies! Vai kurjers pirms tam piezvanīs, un vai tālrunis ir apdrošināts?",
)
MESSAGES = 4
"""Of each case, beyond the first."""
SIDE_BY_SIDE = 8
_QUIET_SECONDS = 600.0
_IDLE_SECONDS = 30.0
_SILENT = "demo-lv"
"""A market in which nobody's answer is due within 20 s."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a deployment has used so far."""

    at: float
    """Seconds on a clock that only goes forward."""
    cpu: dict[str, float]
    """Seconds by service."""
    records: int
    record_bytes: int
    document_bytes: int
    index_bytes: int
    """Of all databases."""

    def since(self, before: "Spent") -> "Spent":
        """Return what came to it."""
        cpu = {service: seconds - before.cpu[service] for service, seconds in self.cpu.items()}
        return Spent(
            self.at - before.at,
            cpu,
            self.records - before.records,
            self.record_bytes - before.record_bytes,
            self.document_bytes - before.document_bytes,
            self.index_bytes - before.index_bytes,
        )


class Meter:
    """Reads what a stack has used."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._parts = [
            TopicPartition(f"{stack.namespace}.{topic.name}", number)
            for topic in topics.ALL
            for number in range(topic.partitions)
        ]

    async def spent(self) -> Spent:
        """Wait until nothing moves, then read."""
        await until("nothing to move", self._quiet, _QUIET_SECONDS)
        cpu = {process.service: _cpu_seconds(process.pid) for process in self._stack.processes}
        records, record_bytes = await self._on_topics()
        return Spent(time.monotonic(), cpu, records, record_bytes, *self._kept())

    async def taken_over(self, count: int) -> bool:
        """Tell whether so many cases were taken over, without asking a service, which would cost it something."""
        with MongoClient[Json](self._stack.infrastructure.mongo) as client:
            takeovers: int = client[f"{self._stack.namespace}-ticketing"]["takeovers"].count_documents({})
        return takeovers >= count

    async def _quiet(self) -> bool:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stack.infrastructure.kafka)
        await consumer.start()
        try:
            ends = await consumer.end_offsets(self._parts)
        finally:
            await consumer.stop()
        if sum([await self._unread(group, ends) for group in groups.ALL]):
            return False
        with MongoClient[Json](self._stack.infrastructure.mongo) as client:
            return not any(client[name]["outbox"].find_one() for name in self._databases)

    async def _unread(self, group: groups.Group, ends: dict[TopicPartition, int]) -> int:
        prefix = f"{self._stack.namespace}."
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._stack.infrastructure.kafka, group_id=prefix + group.name, enable_auto_commit=False
        )
        await consumer.start()
        try:
            parts = [part for part in ends if part.topic.removeprefix(prefix) in group.topics]
            consumer.assign(parts)
            return sum([ends[part] - (await consumer.committed(part) or 0) for part in parts])
        finally:
            await consumer.stop()

    async def _on_topics(self) -> tuple[int, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stack.infrastructure.kafka)
        await consumer.start()
        try:
            consumer.assign(self._parts)
            await consumer.seek_to_beginning(*self._parts)
            left, size = sum((await consumer.end_offsets(self._parts)).values()), 0
            count = left
            while left:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    left -= len(batch)
                    size += sum(
                        len(r.key or b"") + len(r.value or b"") + sum(len(n) + len(v) for n, v in r.headers)
                        for r in batch
                    )
            return count, size
        finally:
            await consumer.stop()

    @property
    def _databases(self) -> list[str]:
        return [f"{self._stack.namespace}-{process.service}" for process in self._stack.processes]

    def _kept(self) -> tuple[int, int]:
        with MongoClient[Json](self._stack.infrastructure.mongo) as client:
            told = [client[name].command("dbStats") for name in self._databases]
        return sum(int(stats["dataSize"]) for stats in told), sum(int(stats["indexSize"]) for stats in told)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def one_after_another(count: int, act: Callable[[int], Awaitable[None]]) -> None:
    """Do something so many times, a few side by side."""
    free = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int) -> None:
        async with free:
            await act(number)

    await asyncio.gather(*(one(number) for number in range(count)))


@dataclass(slots=True)
class Work:
    """The four kinds of things, in the order in which they happen."""

    world: World
    cases: dict[int, str]

    async def open(self, number: int) -> None:
        """A purchase is told, and its buyer opens a case with a first message."""
        self.cases[number] = await self._opened(number, "lv")

    async def write(self, number: int) -> None:
        """Seller and buyer write in turns; the first reply answers the reply clock."""
        for turn in range(MESSAGES):
            author = self._party(number, "seller" if turn % 2 == 0 else "buyer")
            await self.world.write(author, self.cases[number], f"{REPLIES[turn % 2]} ({turn})")

    async def settle(self, number: int) -> None:
        """A dispute, an offer and its acceptance: a refund, and what the seller is charged for it."""
        buyer, seller = self._party(number, "buyer"), self._party(number, "seller")
        claim = {"reason": "LATE", "remedy": "PARTIAL_REFUND", "amount_minor": 1_000, "currency": "EUR"}
        opened = await buyer.post("disputes", f"/cases/{self.cases[number]}/disputes", claim)
        offers = f"/disputes/{opened['dispute_id']}/offers"
        offer = {"remedy": "PARTIAL_REFUND", "amount_minor": 700, "currency": "EUR"}
        made = await seller.post("disputes", offers, offer)
        await buyer.post("disputes", f"{offers}/{made['offers'][-1]['offer_id']}/acceptance", {})

    async def keep_silent(self, number: int) -> None:
        """A case that nobody answers: warned, breached and taken over by itself."""
        await self._opened(10_000 + number, _SILENT)

    def _party(self, number: int, role: Role) -> Person:
        return self.world.person(role, f"{role[:3]}_{number}")

    async def _opened(self, number: int, market: str) -> str:
        buyer = self.world.person("buyer", f"buy_{number}")
        bought = await self.world.marketplace.sell(market, BuyerId(buyer.id), SellerId(f"sel_{number}"), "Phone")
        draft = await buyer.post("messaging", "/drafts", {"text": QUESTION, "market": market})
        told = {"order_id": bought.order_id, "line_id": bought.line_id, "reason": "LATE", "draft_id": draft["draft_id"]}

        async def granted() -> Json | None:
            answer = await buyer.ask("POST", "ticketing", "/cases", told)
            return answer.json() if answer.status_code == httpx.codes.CREATED else None

        case_id: str = (await until("the order to be known", granted, _QUIET_SECONDS))["case_id"]
        return case_id


async def measured(stack: Stack, cases: int) -> list[Json]:
    """Do each kind of thing so many times, and return what one of them cost."""
    urls, meter = {process.service: process.url for process in stack.processes}, Meter(stack)
    async with (
        httpx.AsyncClient(timeout=60) as client,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        work = Work(World(urls, stack.token, marketplace, Record(), client), {})
        kinds: list[tuple[str, int, Callable[[int], Awaitable[None]]]] = [
            ("a case, with its first message and clocks", 1, work.open),
            ("a message", MESSAGES, work.write),
            ("a dispute that is settled, with refund and charge", 1, work.settle),
            ("a case that nobody answers, until the takeover", 1, work.keep_silent),
        ]
        found, idle = [], await _idle(meter)
        before = await meter.spent()
        for kind, of_each, act in kinds:
            await one_after_another(cases, act)
            if act == work.keep_silent:
                await until("every silent case to be taken over", lambda: meter.taken_over(cases), _QUIET_SECONDS)
            after = await meter.spent()
            found.append(_each(kind, after.since(before), idle, cases * of_each))
            before = after
    return found


async def _idle(meter: Meter) -> dict[str, float]:
    """Return the share of a processor that each service uses while nothing happens."""
    before = await meter.spent()
    await asyncio.sleep(_IDLE_SECONDS)
    spent = (await meter.spent()).since(before)
    return {service: seconds / spent.at for service, seconds in spent.cpu.items()}


def _each(kind: str, spent: Spent, idle: dict[str, float], count: int) -> Json:
    cpu = {service: max(0.0, seconds - idle[service] * spent.at) for service, seconds in spent.cpu.items()}
    return {
        "kind": kind,
        "count": count,
        "idle": idle,
        "cpu_ms": {service: 1_000 * seconds / count for service, seconds in cpu.items()},
        "records": spent.records / count,
        "record_bytes": spent.record_bytes / count,
        "document_bytes": spent.document_bytes / count,
        "index_bytes": spent.index_bytes / count,
    }


def shown(found: list[Json]) -> Table:
    """Return the figures as a table."""
    table = Table(
        "one",
        "n",
        *found[0]["cpu_ms"],
        "records",
        "bytes on Kafka",
        "of documents",
        "of indexes",
        title="Costs, CPU in ms",
    )
    for row in found:
        cpu = (f"{ms:.0f}" for ms in row["cpu_ms"].values())
        rest = (
            f"{row['records']:.1f}",
            f"{row['record_bytes']:,.0f}",
            f"{row['document_bytes']:,.0f}",
            f"{row['index_bytes']:,.0f}",
        )
        table.add_row(row["kind"], str(row["count"]), *cpu, *rest)
    return table


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        as_file(files("ombud_local").joinpath("markets")) as markets,
        start_infrastructure(Path(folder)) as infrastructure,
        Stack(infrastructure, Path(folder), markets=markets) as stack,
    ):
        stack.prepare()
        stack.start_all(OMBUD_RATE_PER_PERSON="off")
        found = asyncio.run(measured(stack, arguments.cases))
    Console(width=160).print(shown(found))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
