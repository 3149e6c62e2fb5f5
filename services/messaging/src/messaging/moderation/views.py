"""What moderators see: messages that wait for a check, why, and who looks at them."""

from datetime import datetime

from chassis.http import View
from messaging.conversations.views import MessageView


class SpotView(View):
    """Something the checks found, in code points of the text that is shown here."""

    start: int
    end: int
    kind: str
    rule: str
    place: str
    """`text`, or where in an attachment; the code points are those of that place."""


class HeldMessageView(MessageView):
    """A message that waits for a check."""

    case_id: str
    market: str
    reasons: list[str]
    """Codes: `sanction`, `appeal`, `detector_failed`, or kinds of findings."""
    rules: list[str]
    spots: list[SpotView]
    due_by: datetime
    """By when somebody should have looked."""
    waits_seconds: int
    """Since it was sent."""
    reply_due_by: datetime | None
    """The reply clock that says "pending check" meanwhile; absent when none runs for the author."""
    assigned_to: str | None
    assigned_until: datetime | None


class HeldView(View):
    """Messages that wait for a moderator, those first that are due first."""

    messages: list[HeldMessageView]
    next_cursor: str | None


class AssignmentView(View):
    """Who looks at a message, and until when it is theirs."""

    message_id: str
    assigned_to: str | None
    assigned_until: datetime | None
