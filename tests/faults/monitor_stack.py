"""The SLA monitor alone, in any number of real processes, told facts from its topics; and what it may have announced."""

import asyncio
import importlib.util
import json
import math
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import httpx
from checker import i1_every_committed_event_is_published_and_no_other as i1_conserved
from checker import i3_repeats_are_byte_identical, i4_sequences_have_no_gap_and_keep_their_order
from checker import i7_breaches_are_announced_once_and_never_early as i7_punctual
from clock_facts import Fact, Facts, send
from evidence import Evidence, collect, is_quiet
from movement import Moving, movement_in

from chassis.testing import eventually
from ombud_contracts import groups
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack

MONITOR = "sla-monitor"
QUICK = {"OMBUD_CONSUMER_SESSION_SECONDS": "6"}


@dataclass
class Monitor:
    """The monitor's replicas on one namespace."""

    stack: Stack
    http: httpx.AsyncClient
    facts: Facts = field(default_factory=Facts)

    def start(self, replica: int = 1, **environment: str) -> ServiceProcess:
        """Start a replica without waiting for it."""
        return self.stack.start(MONITOR, replica, **QUICK, **environment)

    async def up(self, replica: int = 1, **environment: str) -> ServiceProcess:
        """Start a replica and wait until it is ready."""
        process = self.start(replica, **environment)
        await asyncio.to_thread(process.wait_ready)
        return process

    async def tell(self, told: Iterable[Fact]) -> None:
        """Put facts on the topics."""
        await send(self.stack.infrastructure.kafka, self.stack.namespace, told)

    async def clocks(self, case_id: str, replica: int = 1) -> list[dict[str, Any]]:
        """What a supervisor sees of a case's clocks; empty before anything is known of the case."""
        headers = {"Authorization": f"Bearer {self.stack.token('supervisor', 'sup_1')}"}
        url = f"{self.stack.process(MONITOR, replica).url}/cases/{case_id}/clocks"
        answer = await self.http.get(url, headers=headers)
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["clocks"]
        return sorted(found, key=lambda clock: (clock["kind"], clock["subject"]))

    async def order(self, role: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Have somebody of the platform do something over HTTP, and return the answer."""
        headers = {
            "Authorization": f"Bearer {self.stack.token(role, f'{role}_1')}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        answer = await self.http.post(f"{self.stack.process(MONITOR).url}{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        given: dict[str, Any] = answer.json()
        return given

    async def reply_verdicts(self, case_id: str) -> list[str]:
        """The verdicts of a case's reply rounds, in order."""
        return [r["verdict"] for c in await self.clocks(case_id) if c["kind"] == "reply" for r in c["rounds"]]

    @staticmethod
    def outcome(clocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """What clocks amount to, whenever somebody looks, and in whatever order their rounds became known."""
        return [
            {
                **{name: value for name, value in clock.items() if name != "as_of"},
                "rounds": [{k: v for k, v in round_.items() if k != "number"} for round_ in clock["rounds"]],
            }
            for clock in clocks
        ]

    async def metric(self, name: str, replica: int = 1) -> float:
        """The sum of a metric over its labels; not a number when it has none yet, or nobody answers yet."""
        try:
            answer = await self.http.get(f"{self.stack.process(MONITOR, replica).admin_url}/metrics")
        except httpx.TransportError:
            return math.nan
        answer.raise_for_status()
        lines = [line for line in answer.text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return math.nan if not lines else sum(float(line.rpartition(" ")[2]) for line in lines)

    @property
    def database(self) -> str:
        return f"{self.stack.namespace}-{MONITOR}"

    async def caught_up(self, within_seconds: float = 90) -> None:
        """Wait until every fact was read and every announcement published."""
        kafka, mongo, namespace = self.stack.infrastructure.kafka, self.stack.infrastructure.mongo, self.stack.namespace

        async def quiet() -> bool:
            return await is_quiet(kafka, mongo, namespace, [MONITOR], [groups.SLA_CLOCKS])

        what = "the monitor to read all facts and publish all it has to say"
        await eventually(what, quiet, within_seconds, moving=self.moving)

    @property
    def moving(self) -> Moving:
        """Where topics and database stand, to wait as long as they move."""
        return movement_in(self.stack.infrastructure, self.stack.namespace)

    async def announced(self) -> Evidence:
        """The monitor's topics and database."""
        whole = await collect(self.stack.infrastructure.kafka, self.stack.infrastructure.mongo, self.stack.namespace)
        own = tuple(r for r in whole.records if r.topic.startswith("sla-monitor."))
        return Evidence(own, {MONITOR: whole.databases[MONITOR]}, 0)

    async def until_announced(self, kind: str, count: int, within_seconds: float = 60) -> None:
        """Wait until the database has committed so many breached rounds, or whatever `kind` of telling."""

        async def told() -> bool:
            return tellings(await self.announced())[kind] >= count

        await eventually(f"{count} times {kind} on the topic", told, within_seconds, moving=self.moving)


def tellings(evidence: Evidence) -> Counter[str]:
    """How often each type of announcement was made, repeats of one id counted once."""
    return Counter(r.headers["ce_type"] for r in {r.id: r for r in evidence.records}.values())


def told_of(evidence: Evidence, kind: str) -> dict[str, list[dict[str, Any]]]:
    """The announcements of one type about reply clocks, by case; repeats of one id counted once."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in {r.id: r for r in evidence.records}.values():
        if record.headers["ce_type"] == f"sla-monitor.{kind}":
            data = json.loads(record.value)
            if data["kind"] == "reply":
                found[data["case_id"]].append(data)
    return found


def expect_sound(evidence: Evidence) -> None:
    """Fail with every violation of I1 to I4 and I7 in what the monitor announced."""
    checks = (i1_conserved, i3_repeats_are_byte_identical, i4_sequences_have_no_gap_and_keep_their_order, i7_punctual)
    found = [f"{check.__name__}: {line}" for check in checks for line in check(evidence)]
    assert not found, "\n".join(found[:30])


def shifting_clock(file: Path) -> Mapping[str, str]:
    """Environment under which a process reads its wall clock with the shift that `file` holds ("+1d", "-2h")."""
    found = importlib.util.find_spec("libfaketime")
    assert found is not None
    assert found.origin is not None
    library = Path(found.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@asynccontextmanager
async def monitoring(infrastructure: Infrastructure, folder: Path, replicas: int = 0) -> AsyncIterator[Monitor]:
    """The monitor on a namespace of its own, with the demonstration's markets."""
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        Stack(infrastructure, folder, markets=markets) as stack,
    ):
        stack.prepare()
        async with httpx.AsyncClient(timeout=20, follow_redirects=True) as http:
            monitor = Monitor(stack, http)
            for replica in range(1, replicas + 1):
                monitor.start(replica)
            for process in stack.processes:
                await asyncio.to_thread(process.wait_ready)
            yield monitor
