"""Watching what many connections wait for: one look for all of them, however many there are; and how many there may be.

Nothing is kept for a connection but the place where it is. What a connection has not yet got is read when it asks.
"""

import asyncio
import logging
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from prometheus_client import Counter, Gauge

from chassis.problems import Problem
from chassis.store import Unavailable
from chassis.waiting import set_within

log = logging.getLogger(__name__)

LISTENING = Gauge("ombud_live_connections", "Open streams of live updates", ["stream"])
LOOKS = Counter("ombud_live_looks_total", "Queries for what changed, of all connections together", ["stream"])
_BETWEEN_LOOKS_SECONDS = 0.02
"""A burst of changes is one look."""
_AT_ONCE = 500
"""Things asked for in one query."""

K = TypeVar("K", bound=Hashable)
S = TypeVar("S")
R = TypeVar("R")


@dataclass(slots=True)
class Watched(Generic[S]):
    """One thing that connections wait for."""

    seen: S | None = None
    """As it was at the last look; None when it is not there."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it was seen to change, and replaced."""
    listeners: int = 0
    _reading: dict[Hashable, "asyncio.Task[Any]"] = field(default_factory=dict)

    def now(self, seen: S | None) -> None:
        """Take what was seen, and wake those who wait if it is different."""
        if seen == self.seen:
            return
        self.seen = seen
        self._reading = {name: task for name, task in self._reading.items() if not task.done()}
        self.wake()

    def wake(self) -> None:
        """Let all who wait look at once."""
        self.moved.set()
        self.moved = asyncio.Event()

    async def shared(self, name: Hashable, read: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Return what `read` returns; all who ask for the same before the next change share one reading.

        The reading goes on when the one who asked first is gone: others wait for it.
        """
        reading = self._reading.get(name)
        if reading is None:
            reading = self._reading[name] = asyncio.create_task(read())
            reading.add_done_callback(lambda done: self._forget_failed(name, done))
        result: R = await asyncio.shield(reading)
        return result

    def _forget_failed(self, name: Hashable, done: "asyncio.Task[Any]") -> None:
        if (done.cancelled() or done.exception() is not None) and self._reading.get(name) is done:
            del self._reading[name]  # the next who asks reads anew


Look = Callable[[Sequence[K]], Awaitable[Mapping[K, S]]]


class Watch(Generic[K, S]):
    """Looks at everything that somebody listens to, every so often and when a bell rings."""

    def __init__(
        self, name: str, look: Look[K, S], every_seconds: float, between_seconds: float = _BETWEEN_LOOKS_SECONDS
    ) -> None:
        """Look at least as often as `every_seconds` says, and let `between_seconds` pass after each look."""
        self._name = name
        self._look = look
        self._every_seconds = every_seconds
        self._between_seconds = between_seconds
        self._watched: dict[K, Watched[S]] = {}
        self._bell = asyncio.Event()

    @contextmanager
    def listening(self, key: K) -> Iterator[Watched[S]]:
        """Watch a thing as long as somebody listens."""
        watched = self._watched.setdefault(key, Watched())
        watched.listeners += 1
        LISTENING.labels(self._name).inc()
        try:
            yield watched
        finally:
            LISTENING.labels(self._name).dec()
            watched.listeners -= 1
            if not watched.listeners:
                del self._watched[key]

    async def look_at(self, key: K) -> S | None:
        """Look at one thing that somebody begins to listen to, and return it; None when it is not there."""
        LOOKS.labels(self._name).inc()
        seen = (await self._look([key])).get(key)
        if (watched := self._watched.get(key)) is not None and watched.seen is None:
            watched.now(seen)
        return seen

    def ring(self, key: K | None = None) -> None:
        """Say that something changed in this process: its listeners need not wait for the next look."""
        if self._watched and (key is None or key in self._watched):
            self._bell.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop; then wake everybody, so that their streams end."""
        ending = asyncio.ensure_future(stopping.wait())
        while not stopping.is_set():
            ringing = asyncio.ensure_future(self._bell.wait())
            await asyncio.wait({ending, ringing}, timeout=self._every_seconds, return_when=asyncio.FIRST_COMPLETED)
            ringing.cancel()
            self._bell.clear()
            await self._look_at_all()
            await set_within(stopping, self._between_seconds)
        for watched in self._watched.values():
            watched.wake()

    async def _look_at_all(self) -> None:
        keys = list(self._watched)
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            LOOKS.labels(self._name).inc()
            try:
                seen = await self._look(some)
            except Unavailable:
                log.warning("live updates wait for the database")
                return
            for key in some:
                if key in self._watched:
                    self._watched[key].now(seen.get(key))


class Seats:
    """How many streams a process serves: so many, and so many for one person."""

    def __init__(self, in_all: int, for_one: int) -> None:
        self._in_all = in_all
        self._for_one = for_one
        self._taken: Tally[str] = Tally()

    @property
    def taken(self) -> int:
        return self._taken.total()

    @contextmanager
    def seat(self, person: str) -> Iterator[None]:
        """Take a seat. Raises a Problem: 429 when the person has as many as one may, 503 when the process is full."""
        if self._taken[person] >= self._for_one:
            detail = f"One person may have {self._for_one} streams of live updates open. Close one first."
            raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "30"})
        if self._taken.total() >= self._in_all:
            detail = "This process serves as many live updates as it can. Try again: another one may answer."
            raise Problem(503, "streams_full", detail, headers={"Retry-After": "5"})
        self._taken[person] += 1
        try:
            yield
        finally:
            self._taken[person] -= 1
            if not self._taken[person]:
                del self._taken[person]
