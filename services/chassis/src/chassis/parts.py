"""What a service consists of: its name, its refusals, its indexes, its routes, consumers and jobs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from chassis.allowance import ALLOWANCE_INDEXES
from chassis.consuming import Consumer
from chassis.early_records import WAITING_INDEXES
from chassis.hearing import HEARD_COLLECTION, STANDING_COLLECTION
from chassis.http import Runtime
from chassis.mongo import Index, Indexes
from chassis.progress import PROGRESS_INDEXES
from chassis.roles import Role
from chassis.settings import Settings
from chassis.store import LEASES, Writes

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Work that goes on until the event is set."""


async def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service consists of, built around its runtime. A process runs what its roles need."""

    routers: Sequence[APIRouter] = ()
    consumers: Sequence[Consumer] = ()
    jobs: Mapping[Role, Sequence[Job]] = field(default_factory=dict)
    """By the role that needs them."""
    keeps_knowing: Sequence[Job] = ()
    """What keeps up to date what this process decides by, whatever it does."""
    on_commit: Callable[[Writes], None] = lambda _writes: None
    """Called after each commit of this process: wakes jobs."""
    longer_bodies: Mapping[str, int] = field(default_factory=dict)
    """Routes that read a longer body than `max_body_bytes`: path, and bytes."""
    provides: Mapping[str, Any] = field(default_factory=dict)
    """What routes ask for by `chassis.routes.provided`."""
    prepare: Callable[[], Awaitable[None]] = _nothing
    """Runs once the database is there, before anything is consumed."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service's name, its refusals, its indexes, and how it is put together."""

    name: str
    title: str
    compose: Callable[[Runtime], Parts]
    refusals: Mapping[type[Exception], int] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=dict)
    settings: type[Settings] = Settings
    form: int = 1
    """The form in which its documents are kept: a version raises it whose documents the one before could not read."""


def indexes_of(service: Service) -> Indexes:
    """Return the collections and indexes that a service needs, those of the chassis among them."""
    return {
        **service.indexes,
        LEASES: [Index(("work", 1), ("owner", 1))],
        **PROGRESS_INDEXES,
        **WAITING_INDEXES,
        **ALLOWANCE_INDEXES,
        HEARD_COLLECTION: [],
        STANDING_COLLECTION: [],
    }
