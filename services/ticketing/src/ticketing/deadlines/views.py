"""What the screens of a case show of its deadlines."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ombud_words import ClockId


class DeadlineView(View):
    """Who owes what by when, and what happens if they stay silent (R-34)."""

    clock_id: ClockId
    kind: str
    owner: str
    verdict: str
    due_by: datetime | None
    on_silence: str | None


def deadline_view(deadline: Document) -> DeadlineView:
    """Return one deadline of a screen."""
    return DeadlineView(
        clock_id=deadline["clock_id"],
        kind=deadline["kind"],
        owner=deadline["owner"],
        verdict=deadline["verdict"],
        due_by=deadline.get("due_by"),
        on_silence=deadline.get("on_silence"),
    )
