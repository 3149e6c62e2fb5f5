"""The time of a service is that of its database server, on every replica alike (ADR 22, ADR 33). Between two questions to the
server only the time that passed is measured here; what the process's wall clock says is never looked at.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chassis.clock import to_milliseconds
from chassis.store import Unavailable
from chassis.waiting import set_within

log = logging.getLogger(__name__)

UNASKED_SECONDS = 0.25
"""How far a timer counts on from an answer: what it announces must not be early."""
TRUSTED_SECONDS = 30.0
"""How far a command is dated from an answer. A database that is silent for longer takes no command either."""
_ASK_EVERY_SECONDS = 1.0


class Server(Protocol):
    """Whoever knows the time."""

    async def server_time(self) -> datetime:
        """Return it. Raises Unavailable."""
        ...


@dataclass(slots=True)
class ServerTime:
    """The server's time between two questions to it. By that clock it is never early, and late by less than the last
    question took. It is a `Clock`: called, it dates a command."""

    server: Server
    _told: datetime | None = None
    _told_at: float = 0.0

    async def ask(self) -> datetime:
        """Ask the server."""
        self._told = await self.server.server_time()
        self._told_at = time.monotonic()  # after the answer, so that what passed since is not overrated
        return self._told

    async def fresh(self) -> datetime:
        """The server's time; asks when the last answer is too old to count on from there."""
        if time.monotonic() - self._told_at > UNASKED_SECONDS:
            return await self.ask()
        return self.now()

    def now(self) -> datetime:
        """What can be known without asking: the last answer, and what passed since; it stands still rather than guess."""
        if self._told is None:
            raise AssertionError("the server's time is asked for before it is used")
        passed = min(max(0.0, time.monotonic() - self._told_at), UNASKED_SECONDS)
        return to_milliseconds(self._told + timedelta(seconds=passed))

    def __call__(self) -> datetime:
        """Return the instant at which a command happens. Raises Unavailable when the server has long been silent."""
        passed = time.monotonic() - self._told_at
        if self._told is None or passed > TRUSTED_SECONDS:
            raise Unavailable("the database has not told its time")
        return to_milliseconds(self._told + timedelta(seconds=passed))

    async def keep(self, stopping: asyncio.Event) -> None:
        """Ask again and again until told to stop."""
        while not stopping.is_set():
            try:
                await self.ask()
            except Unavailable:
                log.warning("the database's time is not known anew")
            await set_within(stopping, _ASK_EVERY_SECONDS)


@asynccontextmanager
async def kept_time(server: Server) -> AsyncIterator[ServerTime]:
    """Know the server's time throughout a block; for commands that are not a service. Raises Unavailable."""
    now, ended = ServerTime(server), asyncio.Event()
    await now.ask()
    asking = asyncio.create_task(now.keep(ended))
    try:
        yield now
    finally:
        ended.set()
        await asking
