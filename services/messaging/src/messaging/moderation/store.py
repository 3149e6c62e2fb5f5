"""How messaging keeps who looks at which message, and the query behind the queue of messages that wait."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Indexes
from chassis.store import Document, Reader, Upsert
from messaging.conversations.store import MESSAGES
from messaging.moderation import domain as assignment
from ombud_words import PersonId

_ASSIGNMENTS = "assignments"
ASSIGNMENT_INDEXES: Indexes = {_ASSIGNMENTS: []}


def _assigned(event: assignment.Event, state: assignment.Assignment) -> Iterable[Upsert]:
    document: Document = {"assigned_to": state.to, "assigned_until": state.until}
    if isinstance(event, assignment.Decided):
        document |= {"decided_by": event.by, "decision_reasons": list(event.reasons)}
    yield Upsert(MESSAGES, state.message_id, document)


ASSIGNMENTS: Kind[assignment.Command, assignment.Event, assignment.Assignment] = Kind(
    collection=_ASSIGNMENTS,
    state=assignment.Assignment,
    decide=assignment.decide,
    evolve=assignment.evolve,
    publish=lambda _event, _state: None,
    origin=lambda s: Origin(key=s.message_id),
    rows=_assigned,
)


def assigned_at(person_id: PersonId, at: datetime) -> Document:
    """Return the filter for what somebody has to look at."""
    return {"assigned_to": person_id, "assigned_until": {"$gt": at}}


async def page_of_held(
    store: Reader, markets: Sequence[str], assigned: Document, after: tuple[datetime, str] | None, limit: int
) -> list[Document]:
    """Return messages of these markets that wait for a check, those first that are due first, after a position.

    `assigned` narrows them by who has them.
    """
    where: Document = {"market": {"$in": list(markets)}, "status": "HELD", **assigned}
    if after is not None:
        at, id = after
        where["$or"] = [{"due_by": {"$gt": at}}, {"due_by": at, "_id": {"$gt": id}}]
    return await store.find(MESSAGES, where, sort=[("due_by", 1), ("_id", 1)], limit=limit)
