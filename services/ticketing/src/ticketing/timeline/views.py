"""What the screen of a timeline shows."""

from datetime import datetime

from chassis.auth import Actor
from chassis.http import View
from chassis.store import Document
from ombud_words import CaseId, EventId, Role

_OF_REPLIES = ("qualifies", "not_qualifying_because")
"""Whether a message is a reply is told to parties of the seller's messages alone, who owes replies."""


class TimelineEntry(View):
    """One thing that happened in a case."""

    event_id: EventId
    case_id: CaseId
    at: datetime
    type: str
    actor_kind: str
    """Who acted: a role, or `system`."""
    actor_id: str | None
    """Which person that was. A party sees it of itself; staff see it of everybody."""
    summary: dict[str, object]


class TimelinePage(View):
    """What happened, in the direction that was asked for."""

    entries: list[TimelineEntry]
    next_cursor: str | None


def timeline_entry(entry: Document, reader: Actor) -> TimelineEntry:
    """Return one line of a timeline."""
    acted = entry.get("actor_id")
    own = (entry["actor_kind"], acted) == (reader.role, reader.id)
    return TimelineEntry(
        event_id=entry["_id"],
        case_id=entry["case_id"],
        at=entry["at"],
        type=entry["type"],
        actor_kind=entry["actor_kind"],
        actor_id=acted if own or reader.staff else None,
        summary=_summary(entry["summary"], reader),
    )


def _summary(summary: Document, reader: Actor) -> Document:
    if reader.staff or summary.get("author_role") in (None, Role.SELLER):
        return summary
    return {name: value for name, value in summary.items() if name not in _OF_REPLIES}
