"""Server-sent events (WHATWG HTML, 9.2): one update at a time, a heartbeat in between, and an end for those who do not read.

An update is sent whole and carries its position as its id, so a client that resumes misses nothing and gets nothing twice.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from prometheus_client import Counter
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.auth import Forbidden, NotVisible, Unauthenticated
from chassis.signing_keys import IssuerUnavailable
from chassis.store import Unavailable
from chassis.waiting import set_within
from chassis.watch import Watched

log = logging.getLogger(__name__)

ENDED = Counter("ombud_live_ended_total", "Streams that the server ended", ["why"])
HEARTBEAT_SECONDS = 15.0
"""Below the idle timeouts of common proxies (60 s)."""
SEND_WITHIN_SECONDS = 10.0
"""Who does not read for so long is dropped: the client comes back, and resumes where it was."""
RETRY_MILLISECONDS = 3_000
_HEARTBEAT = b":\n\n"

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Update:
    """What a reader is told at once; `position` is where the reader is after it."""

    position: str
    event: str
    data: dict[str, Any] | None
    """None when what changed is not for this reader: nothing is sent, not even that something happened."""

    def line(self) -> bytes:
        """Return the event as it is sent."""
        if self.data is None:
            return b""
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (
            self.position.encode(),
            self.event.encode(),
            orjson.dumps(self.data),
        )


@dataclass(frozen=True, slots=True)
class Reading(Generic[S]):
    """How one connection reads: from where, what comes next, and whether it still may."""

    opening: Update
    """What the client hears first; its position is where the reading begins."""
    following: Callable[[S, str], Awaitable[Update | None]]
    """The next update after a position, or None when there is none yet."""
    allowed: Callable[[S], Awaitable[None]]
    """Raises when the token has expired, or the reader may see this no longer."""


async def updates(
    watched: Watched[S], reading: Reading[S], ends_after_seconds: float, stopping: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """Return what is sent on one connection, until it has lasted long enough or its reader may not go on."""
    yield b"retry: %d\n" % RETRY_MILLISECONDS + reading.opening.line()
    position, ends = reading.opening.position, asyncio.get_running_loop().time() + ends_after_seconds
    while not stopping.is_set():
        moved, left = watched.moved, ends - asyncio.get_running_loop().time()
        if left <= 0:
            ENDED.labels("renewed").inc()
            return
        try:
            update = await _next(watched, reading, position)
        except (Unauthenticated, IssuerUnavailable):
            ENDED.labels("token_expired").inc()
            return
        except (NotVisible, Forbidden):
            ENDED.labels("not_visible").inc()
            return
        if update is not None:
            position = update.position
            if line := update.line():
                yield line
        elif not await set_within(moved, min(HEARTBEAT_SECONDS, left)):
            yield _HEARTBEAT


async def _next(watched: Watched[S], reading: Reading[S], position: str) -> Update | None:
    if watched.seen is None:
        raise NotVisible
    await reading.allowed(watched.seen)
    try:
        return await reading.following(watched.seen, position)
    except Unavailable:
        return None  # the database is away; the next look or heartbeat tries again


class EventStream(StreamingResponse):
    """A stream of events that gives back what it holds when it ends, however it ends."""

    media_type = "text/event-stream"

    def __init__(
        self, sent: AsyncGenerator[bytes, None], held: ExitStack, send_within_seconds: float = SEND_WITHIN_SECONDS
    ) -> None:
        """`held` is closed with the stream."""
        super().__init__(sent, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._sent = sent
        self._held = held
        self._send_within_seconds = send_within_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Send one event after the other. A reader that does not take one in time is dropped; the server closes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._sent) as sent:
            async for chunk in sent:
                try:
                    async with asyncio.timeout(self._send_within_seconds):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                except TimeoutError:
                    ENDED.labels("slow").inc()
                    log.info("a reader of live updates was too slow")
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
