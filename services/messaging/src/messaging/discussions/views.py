"""What the Discussions list shows (R-06)."""

from datetime import datetime

from chassis.http import View
from ombud_words import CaseId


class OwedReplyView(View):
    """A reply that a seller owes."""

    case_id: CaseId
    since: datetime
    due_by: datetime
    seconds_left: int
    """Clock seconds until the deadline; negative when it has passed."""
    breached: bool
    read_position: int
    """How far the reader has read; 0 when not at all."""
    unread: int
    """Messages of others after it, counted to 100."""


class ReadMarkView(View):
    """How far somebody has read a conversation."""

    case_id: CaseId
    position: int
    unread: int
    """Messages of others after it, counted to 100."""


class DiscussionsView(View):
    """The replies a seller owes, the nearest deadline first (R-06)."""

    owed: list[OwedReplyView]
    last_checked_at: datetime | None
    """When the seller opened the list before this time."""
    next_cursor: str | None
