"""Live updates as server-sent events: what changed in a conversation or in a seller's list, by reference.

An update says which messages changed and how they stand. Their texts are read by the routes that check who reads. A stream
outlives every transaction, so it holds what `Live` shares, and asks anew who reads before each update.
"""

from contextlib import ExitStack
from functools import partial
from typing import Annotated, Any

from fastapi import Header, Query, Request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Running, Runtime, Who
from chassis.problems import ProblemView
from chassis.routes import ReadUnit, provided, routes
from messaging.conversations.access import conversation_for
from messaging.conversations.parameters import CaseParam, SellerParam
from messaging.conversations.store import reader
from messaging.discussions.access import list_for
from messaging.live.event_stream import EventStream, Reading, Update, updates
from messaging.live.following import Live, next_changes, next_list
from messaging.live.store import OwedList, Standing

router = routes("messaging")
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
Shared = Annotated[Live, provided("live")]


@router.get("/conversations/{case_id}/events", status_code=200, response_class=EventStream, responses=_STREAM)
async def follow_conversation(
    case_id: CaseParam,
    request: Request,
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    live: Shared,
    last: Position = None,
    after: After = None,
) -> EventStream:
    """Follow a conversation: which messages changed, and whether locks, waiver or deadline did."""
    await conversation_for(unit, case_id, actor, Action.READ_CASE)
    with ExitStack() as held:
        held.enter_context(live.seats.seat(f"{actor.role}:{actor.id}"))
        watched = held.enter_context(live.conversations.listening(case_id))
        standing = await live.conversations.look_at(case_id)
        at = _resumed(after if last is None else last, standing.changes if standing else 0)
        reading = Reading(
            opening=Update(str(at), "open", {"change": at}),
            following=partial(next_changes, live.store, watched, reader(actor.role, actor.id)),
            allowed=partial(_may_follow, request, runtime, actor),
        )
        return EventStream(updates(watched, reading, live.lasts_seconds, runtime.stopping), held.pop_all())


@router.get("/discussions/events", status_code=200, response_class=EventStream, responses=_STREAM)
async def follow_discussions(
    request: Request,
    actor: Who,
    runtime: Running,
    live: Shared,
    seller_id: SellerParam | None = None,
    last: ListMark = None,
) -> EventStream:
    """Follow a seller's list of owed replies: it differs from what was last told. Following it is not a check-in."""
    key = list_for(actor, seller_id)
    with ExitStack() as held:
        held.enter_context(live.seats.seat(f"{actor.role}:{actor.id}"))
        watched = held.enter_context(live.lists.listening(key))
        await live.lists.look_at(key)
        reading = Reading(
            opening=Update(last or "", "open", {}),
            following=next_list,
            allowed=partial(_may_follow_list, request, runtime),
        )
        return EventStream(updates(watched, reading, live.lasts_seconds, runtime.stopping), held.pop_all())


def _resumed(asked: int | None, changes: int) -> int:
    """Return where a reading begins: where the client was, or now. A place that was never reached begins now, too."""
    return changes if asked is None or asked > changes else asked


async def _may_follow(request: Request, runtime: Runtime, actor: Actor, standing: Standing) -> None:
    await _still_valid(request, runtime)
    authorize(actor, Action.READ_CASE, Parties(standing.market, standing.buyer_id, standing.seller_id))


async def _may_follow_list(request: Request, runtime: Runtime, _seen: OwedList) -> None:
    await _still_valid(request, runtime)


async def _still_valid(request: Request, runtime: Runtime) -> None:
    """Raise Unauthenticated when the token that opened the stream is no longer valid."""
    await runtime.verifier.verify(request.headers["authorization"][7:].strip())
