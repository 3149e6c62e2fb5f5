"""Live updates of lists, as server-sent events: a list is not as its reader was last told, and is read again by its route.

The place of a reader is a mark of the list itself, so whichever replica answers resumes the stream of another one, and
nothing is kept for a client that is away. A stream asks anew who reads before each update, and ends when they may not.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chassis.aggregate import Cause, Session, Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.clock import Clock
from chassis.event_stream import EventStream, Reading, Update, updates
from chassis.http import Running, Runtime, Who
from chassis.problems import ProblemView
from chassis.routes import provided
from chassis.settings import Settings
from chassis.store import Store, Writes
from chassis.watch import Seats, Watch

LISTS_EVERY_SECONDS = 2.0
"""How late another replica's change of a list is seen."""
_BETWEEN_LOOKS_SECONDS = 0.25
"""Each list that somebody listens to is a query, so a burst of changes is few looks."""
_LOOKING = Cause("live", "live")
_EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Where the reader is after it: `Last-Event-ID` resumes there"},
        "event": {"type": "string", "description": "`open` once, then the name of the stream"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer", "description": "Milliseconds"},
    },
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events for as long as the connection lasts",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    429: {"model": ProblemView, "description": "As many streams as one person may have"},
}
"""What a route that follows something answers."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A list in short: a mark that differs when the list does, and what an update tells of it."""

    mark: str
    told: Mapping[str, int | str | None]
    parties: Parties | None = None
    """Whose matter the list is; None when a valid token is all that its reader needs."""


def glance(rows: Iterable[object], told: Mapping[str, int | str | None], parties: Parties | None = None) -> Glance:
    """Return a list in short. `rows` are all that its reader sees change, in the order of the list."""
    lines = "\n".join(map(str, rows))
    return Glance(hashlib.sha256(lines.encode()).hexdigest()[:32], told, parties)


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows a list on one connection, and how the last one ended."""

    actor: Actor
    last: str
    _request: Request
    _runtime: Runtime

    @property
    def stopping(self) -> asyncio.Event:
        """Set when the process ends its streams."""
        return self._runtime.stopping

    async def expect_valid(self) -> None:
        """Raise Unauthenticated when the token that opened the stream is no longer valid."""
        await self._runtime.verifier.verify(self._request.headers["authorization"][7:].strip())


async def _follower(
    request: Request,
    runtime: Running,
    actor: Who,
    last: Annotated[
        Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")] | SkipJsonSchema[None],
        Header(alias="Last-Event-ID", description="Where the last stream ended: the id of its last event."),
    ] = None,
) -> Follower:
    return Follower(actor, last or "", request, runtime)


Follows = Annotated[Follower, Depends(_follower)]


@dataclass(frozen=True, slots=True)
class Followed:
    """One kind of list: how one of them is looked at, and the collections whose change may change it."""

    look: Callable[[Unit, Any], Awaitable[Glance]]
    """Returns the list of a key as it stands. Raises NotVisible when there is none."""
    collections: Collection[str]


class Lists:
    """The lists of a process that somebody follows, and the seats of all its streams."""

    def __init__(self, store: Store, now: Clock, settings: Settings, kinds: Mapping[str, Followed]) -> None:
        self._store = store
        self._now = now
        self.seats = Seats(settings.live_connections, settings.live_connections_per_person)
        self.lasts_seconds = settings.live_stream_seconds
        self._kinds = kinds
        self._watches: dict[str, Watch[Hashable, Glance]] = {
            name: Watch(name, partial(self._look, kind), LISTS_EVERY_SECONDS, _BETWEEN_LOOKS_SECONDS)
            for name, kind in kinds.items()
        }

    async def _look(self, kind: Followed, keys: Sequence[Hashable]) -> dict[Hashable, Glance]:
        at, seen = self._now(), {}
        for key in keys:
            with suppress(NotVisible):
                seen[key] = await kind.look(Session(self._store, lambda: at).unit(_LOOKING), key)
        return seen

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for what changed until told to stop."""
        await asyncio.gather(*(watch.run(stopping) for watch in self._watches.values()))

    def ring(self, writes: Writes) -> None:
        """Hear of a commit of this process."""
        touched = {collection for collection, _ in (*writes.saved, *writes.upserted, *writes.deleted)}
        touched.update(row.collection for row in writes.inserted)
        for name, kind in self._kinds.items():
            if not touched.isdisjoint(kind.collections):
                self._watches[name].ring()

    async def follow(self, name: str, key: Hashable, follower: Follower, action: Action) -> EventStream:
        """Return the stream of a list, whose route has asked who may see it. Readers with the same key share each look."""
        watch = self._watches[name]
        with ExitStack() as held:
            held.enter_context(self.seats.seat(f"{follower.actor.role}:{follower.actor.id}"))
            watched = held.enter_context(watch.listening(key))
            await watch.look_at(key)
            reading = Reading(
                opening=Update(follower.last, "open", {}),
                following=partial(next_update, name),
                allowed=partial(_may_follow, follower, action),
            )
            return EventStream(updates(watched, reading, self.lasts_seconds, follower.stopping), held.pop_all())


async def next_update(name: str, seen: Glance, position: str) -> Update | None:
    """Return that a list is not as it was last told, or None when it is."""
    return None if seen.mark == position else Update(seen.mark, name, dict(seen.told))


async def _may_follow(follower: Follower, action: Action, seen: Glance) -> None:
    await follower.expect_valid()
    if seen.parties is not None:
        authorize(follower.actor, action, seen.parties)


LiveLists = Annotated[Lists, provided("lists")]
"""The lists that routes follow, which a service provides as `lists`."""
