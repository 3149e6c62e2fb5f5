"""What the screen of a timeline shows."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document


class TimelineEntry(View):
    """One thing that happened in a case."""

    event_id: str
    at: datetime
    type: str
    actor_kind: str
    summary: dict[str, object]


class TimelinePage(View):
    """What happened, oldest first."""

    entries: list[TimelineEntry]
    next_cursor: str | None


def timeline_entry(entry: Document) -> TimelineEntry:
    """Return one line of a timeline."""
    return TimelineEntry(
        event_id=entry["_id"],
        at=entry["at"],
        type=entry["type"],
        actor_kind=entry["actor_kind"],
        summary=entry["summary"],
    )
