"""A stack of real processes, kept alive by a supervisor that starts what died, without the failpoint of its first life."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from evidence import SERVICES, Evidence, collect, is_quiet
from movement import Moving, movement_in
from workload import Client

from chassis.testing import eventually
from ombud_contracts import groups
from ombud_local.children import StartFailed
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack
from ombud_local.story.marketplace import GROUPS as MARKETPLACE
from ombud_local.story.marketplace import Marketplace

QUICK = {"OMBUD_CONSUMER_SESSION_SECONDS": "6", "OMBUD_LOG_LEVEL": "INFO"}
"""A killed replica's partitions are free after 6 s instead of 15."""


@dataclass
class Running:
    """A stack under a fault."""

    stack: Stack
    client: Client
    marketplace: Marketplace
    restarts: list[str]
    next_life: dict[str, Mapping[str, str]]
    """Environment with which a service starts again, once."""

    async def at_rest(self) -> Evidence:
        """Wait until nothing moves any more, and return what is left behind."""
        return await at_rest(self.stack)

    @property
    def moving(self) -> Moving:
        """Where topics and databases stand, to wait as long as they move."""
        return movement_in(self.stack.infrastructure, self.stack.namespace)

    async def killed_at(self, service: str, failpoint: str) -> None:
        """Start a service again that dies when it comes to a failpoint, and wait until it is ready."""
        self.next_life[service] = {"OMBUD_FAILPOINT": failpoint}
        gone = self.stack.process(service)
        gone.kill9()

        async def again() -> bool:
            return self.stack.process(service) is not gone

        await eventually(f"{service} to be started again", again, 60)
        await _ready(self.stack, service)

    async def counted(self, service: str, metric: str) -> float:
        """Return the sum of a counter over its labels, in the present life of a service's first replica."""
        answer = await self.client.http.get(f"{self.stack.process(service).admin_url}/metrics")
        answer.raise_for_status()
        lines = [line for line in answer.text.splitlines() if line.startswith((f"{metric} ", f"{metric}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


async def at_rest(stack: Stack) -> Evidence:
    """Wait until nothing moves any more, in the services and in the marketplace, and return what is left behind."""
    kafka, mongo, namespace = stack.infrastructure.kafka, stack.infrastructure.mongo, stack.namespace

    async def quiet() -> bool:
        return await is_quiet(kafka, mongo, namespace, of=(*groups.ALL, *MARKETPLACE))

    moving = movement_in(stack.infrastructure, namespace)
    await eventually("all groups to catch up and all outboxes to drain", quiet, moving=moving)
    return await collect(kafka, mongo, namespace)


async def asleep(process: ServiceProcess) -> None:
    """Wait until a process stands still at its failpoint."""

    async def stands_still() -> bool:
        return process.stands_still

    await eventually(f"{process.service} {process.replica} to fall asleep", stands_still, 60)


async def keep_alive(stack: Stack, restarts: list[str], next_life: dict[str, Mapping[str, str]]) -> None:
    """Start whatever died again, as Kubernetes would, and print its last words: a test that fails shows them."""
    while True:
        for process in stack.processes:
            if process.exit_code is not None:
                print(f"{process.service} ended with {process.exit_code}:\n{process.last_lines(6)}")
                restarts.append(process.service)
                stack.start(process.service, process.replica, **QUICK, **next_life.pop(process.service, {}))
        await asyncio.sleep(0.1)


@asynccontextmanager
async def running(
    infrastructure: Infrastructure, folder: Path, extra: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[Running]:
    """All five services, some with extra environment for their first life."""
    with Stack(infrastructure, folder) as stack:
        stack.prepare()
        for service in SERVICES:
            stack.start(service, **QUICK, **(extra or {}).get(service, {}))
        urls = {p.service: p.url for p in stack.processes}
        restarts: list[str] = []
        next_life: dict[str, Mapping[str, str]] = {}
        alive = asyncio.create_task(keep_alive(stack, restarts, next_life))  # one may be killed before it is ready
        try:
            for service in SERVICES:
                await _ready(stack, service)
            async with (
                httpx.AsyncClient(timeout=20) as http,
                Marketplace(infrastructure.kafka, stack.namespace) as marketplace,
            ):
                moving = movement_in(infrastructure, stack.namespace)
                yield Running(stack, Client(stack, urls, http, moving), marketplace, restarts, next_life)
        finally:
            alive.cancel()


async def _ready(stack: Stack, service: str) -> None:
    """Wait until a service is ready, in whichever of its lives."""
    while True:
        process = stack.process(service)
        try:
            await asyncio.to_thread(process.wait_ready)
            return
        except StartFailed:
            if process.exit_code is None:
                raise

            async def again(gone: object = process) -> bool:
                return stack.process(service) is not gone

            await eventually(f"{service} to be started again", again, 60)
