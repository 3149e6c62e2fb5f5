"""Five services that an operator starts, stops and replaces on purpose: nobody starts again what ended by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from evidence import SERVICES, Evidence
from fault_stack import QUICK, at_rest
from movement import movement_in
from workload import Client

from ombud_local.infrastructure import Infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace


@dataclass
class Deployment:
    """One replica of each service; clients are led to the replica that is there."""

    stack: Stack
    client: Client
    marketplace: Marketplace
    urls: dict[str, str]
    replicas: dict[str, int] = field(default_factory=dict)

    async def start(self, **environment: str) -> None:
        """Scale every service to one."""
        for service in SERVICES:
            self.replicas[service] = self.replicas.get(service, 1)
            self.stack.start(service, self.replicas[service], **QUICK, **environment)
        for service in SERVICES:
            await self._led_to(service)

    async def stop(self) -> None:
        """Scale every service to zero."""
        for process in self.stack.processes:
            process.ask_to_stop()
        for process in self.stack.processes:
            await asyncio.to_thread(process.terminate)

    async def replace(self, service: str, **environment: str) -> int:
        """Start a replica, lead clients to it, and end the one before, as a Deployment rolls; return its exit code."""
        before = self.stack.process(service, self.replicas[service])
        self.replicas[service] += 1
        self.stack.start(service, self.replicas[service], **QUICK, **environment)
        await self._led_to(service)
        return await asyncio.to_thread(before.terminate)

    async def at_rest(self) -> Evidence:
        """Wait until nothing moves any more, and return what is left behind."""
        return await at_rest(self.stack)

    async def _led_to(self, service: str) -> None:
        process = self.stack.process(service, self.replicas[service])
        await asyncio.to_thread(process.wait_ready)
        self.urls[service] = process.url


@asynccontextmanager
async def deployed(infrastructure: Infrastructure, folder: Path, **environment: str) -> AsyncIterator[Deployment]:
    """All five services with a client and the marketplace around them."""
    with Stack(infrastructure, folder) as stack:
        stack.prepare()
        urls: dict[str, str] = {}
        moving = movement_in(infrastructure, stack.namespace)
        async with (
            httpx.AsyncClient(timeout=20) as http,
            Marketplace(infrastructure.kafka, stack.namespace) as marketplace,
        ):
            deployment = Deployment(stack, Client(stack, urls, http, moving), marketplace, urls)
            await deployment.start(**environment)
            yield deployment
