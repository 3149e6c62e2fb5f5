"""What tests of services use: a clock that stands still, commands against the memory store, polling with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from chassis.aggregate import C, Cause, E, Kind, S, Session
from chassis.memory import MemoryStore

T = TypeVar("T")
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
"""A Tuesday."""


@dataclass(slots=True)
class FixedClock:
    """Returns the same instant until moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> None:
        """Move forward by a `timedelta`."""
        self.at += timedelta(**duration)


async def eventually(what: str, probe: Callable[[], Awaitable[T | None]], within_seconds: float = 15.0) -> T:
    """Poll until the probe returns something true, and return it. Fails saying what it was waiting for."""
    ends = time.monotonic() + within_seconds
    while True:
        found = await probe()
        if found:
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"waited {within_seconds} s for {what}; last saw {found!r}")
        await asyncio.sleep(0.05)


def fold(kind: Kind[C, E, S], commands: list[C], state: S | None = None) -> tuple[list[E], S | None]:
    """Decide commands one after the other; return all events and the state they produce."""
    told: list[E] = []
    for command in commands:
        for event in kind.decide(command, state):
            told.append(event)
            state = kind.evolve(state, event)
    return told, state


@dataclass
class Bench(Generic[T]):
    """Runs handlers against the memory store and keeps what was published."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FixedClock = field(default_factory=FixedClock)

    def session(self) -> Session:
        """Return a new session."""
        return Session(self.store, self.clock)

    async def execute(self, kind: Kind[Any, Any, Any], id: str, command: Any) -> Any:
        """Execute and commit one command."""
        session = self.session()
        state = await session.unit(Cause("test", "test")).execute(kind, id, command)
        await session.commit()
        return state
