"""One command of a process at a time at an aggregate: fewer conflicts, same guarantee. The queue is bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from chassis.problems import Problem

MOST_WAITING = 200
"""At one aggregate; more would wait for longer than their clients do."""


@dataclass(slots=True, weakref_slot=True)
class _Queue:
    """Exists as long as somebody is in it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turns:
    """Who works at which aggregate, and who waits."""

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[str, _Queue] = WeakValueDictionary()

    def __len__(self) -> int:
        """Return at how many aggregates somebody works."""
        return len(self._queues)

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[None]:
        """Wait for one's turn. Raises a Problem, 503, when too many wait already."""
        queue = self._queues.setdefault(name, _Queue())
        if queue.length > MOST_WAITING:
            raise contended()
        queue.length += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.length -= 1


def contended() -> Problem:
    """Return the answer to who comes when there are too many."""
    return Problem(
        503,
        "contended",
        "Too many requests change this at the same time. Try again in a moment.",
        headers={"Retry-After": "1"},
    )
