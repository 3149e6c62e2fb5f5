"""Live updates as server-sent events: what changed in a conversation or in a list, by reference.

An update says which messages changed and how they stand. Their texts are read by the routes that check who reads. A stream
outlives every transaction, so it holds what `Live` shares, and asks anew who reads before each update.
"""

from contextlib import ExitStack
from functools import partial
from typing import Annotated

from fastapi import Header, Query, Request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chassis.auth import Action, Actor, Parties, authorize, readable_markets
from chassis.event_stream import EventStream, Reading, Update, updates
from chassis.http import Running, Runtime, Who
from chassis.live import STREAM, Follows
from chassis.routes import ReadUnit, provided, routes
from messaging.conversations.access import conversation_for
from messaging.conversations.parameters import CaseParam, MarketId, Markets, SellerParam
from messaging.conversations.store import reader
from messaging.discussions.access import list_for
from messaging.live.following import Live, next_changes
from messaging.live.store import HeldFor, Standing

router = routes("messaging")
_Place = Annotated[int, Field(ge=0, le=2**53)] | SkipJsonSchema[None]
Position = Annotated[
    _Place, Header(alias="Last-Event-ID", description="Where the last stream ended: the id of its last event.")
]
After = Annotated[_Place, Query(description="The same, for clients that cannot set the header.")]
Shared = Annotated[Live, provided("live")]


@router.get("/conversations/{case_id}/events", status_code=200, response_class=EventStream, responses=STREAM)
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
        held.enter_context(live.lists.seats.seat(f"{actor.role}:{actor.id}"))
        watched = held.enter_context(live.conversations.listening(case_id))
        standing = await live.conversations.look_at(case_id)
        at = _resumed(after if last is None else last, standing.changes if standing else 0)
        reading = Reading(
            opening=Update(str(at), "open", {"change": at}),
            following=partial(next_changes, live.store, watched, reader(actor.role, actor.id)),
            allowed=partial(_may_follow, request, runtime, actor),
        )
        return EventStream(updates(watched, reading, live.lists.lasts_seconds, runtime.stopping), held.pop_all())


@router.get("/discussions/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_discussions(follower: Follows, live: Shared, seller_id: SellerParam | None = None) -> EventStream:
    """Follow a seller's list of owed replies: it differs from what was last told. Following it is not a check-in."""
    key = list_for(follower.actor, seller_id)
    return await live.lists.follow("discussions", key, follower, Action.READ_DISCUSSIONS)


@router.get("/moderation/held/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_held(
    follower: Follows, live: Shared, markets: Markets, market: MarketId = None, mine: bool = False
) -> EventStream:
    """Follow the queue of messages that wait for a check; `mine`: those assigned to the reader."""
    actor = follower.actor
    readable = tuple(sorted(readable_markets(actor, Action.MODERATE, market, markets)))
    key = HeldFor(readable, actor.id if mine else None)
    return await live.lists.follow("held", key, follower, Action.MODERATE)


def _resumed(asked: int | None, changes: int) -> int:
    """Return where a reading begins: where the client was, or now. A place that was never reached begins now, too."""
    return changes if asked is None or asked > changes else asked


async def _may_follow(request: Request, runtime: Runtime, actor: Actor, standing: Standing) -> None:
    await _still_valid(request, runtime)
    authorize(actor, Action.READ_CASE, Parties(standing.market, standing.buyer_id, standing.seller_id))


async def _still_valid(request: Request, runtime: Runtime) -> None:
    """Raise Unauthenticated when the token that opened the stream is no longer valid."""
    await runtime.verifier.verify(request.headers["authorization"][7:].strip())
