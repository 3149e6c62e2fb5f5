"""Live updates as server-sent events: what changed in a conversation or in a seller's list, by reference.

An update says which messages changed and how they stand. Their texts are read by the routes that check who reads.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Id, Running, Runtime, Who
from chassis.mongo import Mongo
from chassis.problems import ProblemView
from chassis.store import Writes
from messaging.conversations.access import conversation_for
from messaging.conversations.store import CONVERSATIONS_COLLECTION, OWED, reader
from messaging.discussions.api import list_for
from messaging.discussions.store import ListOf
from messaging.live.event_stream import EventStream, Reading, Update, updates
from messaging.live.store import (
    MOST_CHANGES,
    OwedList,
    Standing,
    changed_messages,
    owed_list,
    standings,
)
from messaging.live.watch import Seats, Watch, Watched
from messaging.settings import MessagingSettings

_LOOK_EVERY_SECONDS = 1.0
"""How late another replica's change is seen; a change of this process rings."""
_LISTS_EVERY_SECONDS = 2.0

_Place = Annotated[int, Field(ge=0, le=2**53)] | SkipJsonSchema[None]
_Mark = Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")] | SkipJsonSchema[None]
Position = Annotated[
    _Place, Header(alias="Last-Event-ID", description="Where the last stream ended: the id of its last event.")
]
After = Annotated[_Place, Query(description="The same, for clients that cannot set the header.")]
ListMark = Annotated[_Mark, Header(alias="Last-Event-ID")]
_EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Where the reader is after it"},
        "event": {"type": "string", "enum": ["open", "changes", "discussions"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer", "description": "Milliseconds"},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events for as long as the connection lasts",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    429: {"model": ProblemView, "description": "As many streams as one person may have"},
}


class Live:
    """What all streams of a process share."""

    def __init__(self, mongo: Mongo, settings: MessagingSettings) -> None:
        self.mongo = mongo
        self.seats = Seats(settings.live_connections, settings.live_connections_per_person)
        self.lasts_seconds = settings.live_stream_seconds
        self.conversations: Watch[str, Standing] = Watch("conversation", partial(standings, mongo), _LOOK_EVERY_SECONDS)
        self.lists: Watch[ListOf, OwedList] = Watch("discussions", self._lists, _LISTS_EVERY_SECONDS)

    async def _lists(self, keys: Sequence[ListOf]) -> Mapping[ListOf, OwedList]:
        return {key: await owed_list(self.mongo, key) for key in keys}

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for what changed until told to stop."""
        await asyncio.gather(self.conversations.run(stopping), self.lists.run(stopping))

    def ring(self, writes: Writes) -> None:
        """Hear of a commit of this process."""
        for collection, id in writes.saved:
            if collection == CONVERSATIONS_COLLECTION:
                self.conversations.ring(id.removeprefix("cnv_"))
        if any(collection == OWED for collection, _ in writes.upserted):
            self.lists.ring()


def router_for(live: Live) -> APIRouter:
    """Return the routes of live updates."""
    router = APIRouter()

    @router.get("/conversations/{case_id}/events", status_code=200, response_class=EventStream, responses=_STREAM)
    async def follow_conversation(
        case_id: Id, request: Request, actor: Who, runtime: Running, last: Position = None, after: After = None
    ) -> EventStream:
        """Follow a conversation: which messages changed, and whether locks, waiver or deadline did."""
        await conversation_for(runtime, case_id, actor, Action.READ_CASE)
        with ExitStack() as held:
            held.enter_context(live.seats.seat(f"{actor.role}:{actor.id}"))
            watched = held.enter_context(live.conversations.listening(case_id))
            standing = await live.conversations.look_at(case_id)
            at = _resumed(after if last is None else last, standing.changes if standing else 0)
            reading = Reading(
                opening=Update(str(at), "open", {"change": at}),
                following=partial(next_changes, live.mongo, watched, reader(actor.role, actor.id)),
                allowed=partial(_may_follow, request, runtime, actor),
            )
            sent = updates(watched, reading, live.lasts_seconds, runtime.stopping)
            return EventStream(sent, held.pop_all())

    @router.get("/discussions/events", status_code=200, response_class=EventStream, responses=_STREAM)
    async def follow_discussions(
        request: Request, actor: Who, runtime: Running, seller_id: Id | None = None, last: ListMark = None
    ) -> EventStream:
        """Follow a seller's list of owed replies: it differs from what was last told. Following it is no check-in."""
        key = list_for(actor, seller_id)
        with ExitStack() as held:
            held.enter_context(live.seats.seat(f"{actor.role}:{actor.id}"))
            watched = held.enter_context(live.lists.listening(key))
            await live.lists.look_at(key)
            reading = Reading(
                opening=Update(last or "", "open", {}),
                following=next_list,
                allowed=lambda _seen: _still_valid(request, runtime),
            )
            return EventStream(updates(watched, reading, live.lasts_seconds, runtime.stopping), held.pop_all())

    return router


def _resumed(asked: int | None, changes: int) -> int:
    """Return where a reading begins: where the client was, or now. A place that was never reached begins now, too."""
    return changes if asked is None or asked > changes else asked


async def next_changes(
    mongo: Mongo, watched: Watched[Standing], reader: str, standing: Standing, position: str
) -> Update | None:
    """Return what changed for a reader after a place, or None when nothing did."""
    after = int(position)
    if after >= standing.changes:
        return None
    # One reading for all connections of this reader that are at the same place.
    read = partial(_read_changes, mongo, standing, reader, after)
    return await watched.shared((reader, after, standing.changes), read)


async def _read_changes(mongo: Mongo, standing: Standing, reader: str, after: int) -> Update:
    found = await changed_messages(mongo, standing.case_id, reader, after, standing.changes)
    until = found[-1]["change"] if len(found) == MOST_CHANGES else standing.changes
    messages = [{"message_id": m["_id"], "position": m["position"], "status": m["status"]} for m in found]
    moved = after < standing.standing_change <= until
    told = {"change": until, "messages": messages, "conversation": moved} if messages or moved else None
    return Update(str(until), "changes", told)


async def _may_follow(request: Request, runtime: Runtime, actor: Actor, standing: Standing) -> None:
    await _still_valid(request, runtime)
    authorize(actor, Action.READ_CASE, Parties(standing.market, standing.buyer_id, standing.seller_id))


async def _still_valid(request: Request, runtime: Runtime) -> None:
    """Raise Unauthenticated when the token that opened the stream is no longer valid."""
    await runtime.verifier.verify(request.headers["authorization"][7:].strip())


async def next_list(seen: OwedList, position: str) -> Update | None:
    """Return that a list is not as it was last told, or None when it is."""
    if seen.mark == position:
        return None
    return Update(seen.mark, "discussions", {"owed": seen.owed, "next_due_by": seen.next_due_by})
