"""What messaging's screens show."""

from datetime import datetime

from chassis.http import View


class FindingView(View):
    """Something the checks found, in code points of the text as it was written."""

    kind: str
    start: int
    end: int


class DraftView(View):
    """A kept draft, and what the checks say about it before it is sent."""

    draft_id: str
    action: str
    """`deliver`, `redact`, `hold` or `block`."""
    findings: list[FindingView]
    advice: str | None
    """What to write instead, when something would not be delivered."""


class PostedView(View):
    """What became of a message, told to its author at once."""

    message_id: str
    position: int
    status: str
    """`DELIVERED`, `HELD` or `BLOCKED`."""
    qualifies: bool
    """It counts as an answer in the sense of the reply obligation."""
    not_qualifying_because: list[str]
    findings: list[FindingView]
    advice: str | None
    appeal: str | None
    """Where to appeal with one call."""


class MessageView(View):
    """A message as the reader may see it."""

    message_id: str
    position: int
    author_role: str
    audience: str
    status: str
    text: str | None
    """None when the text was erased."""
    redacted: bool
    qualifies: bool
    not_qualifying_because: list[str]
    submitted_at: datetime


class MessagePage(View):
    """Messages, newest first."""

    messages: list[MessageView]
    next_cursor: str | None


class LockView(View):
    """Why a party may not write, since when, and what unlocks it."""

    party: str
    reason: str
    unlocked_by: str
    since: datetime


class ConversationView(View):
    """A conversation without its messages."""

    case_id: str
    market: str
    language: str
    owes_reply: bool
    waived: bool
    locks: list[LockView]


class OwedReplyView(View):
    """A reply that a seller owes."""

    case_id: str
    since: datetime
    due_by: datetime
    seconds_left: int
    """Clock seconds until the deadline; negative when it has passed."""
    breached: bool


class DiscussionsView(View):
    """The replies a seller owes, the nearest deadline first (R-06)."""

    owed: list[OwedReplyView]
    last_checked_at: datetime | None
    """When the list was opened before this time."""


class HeldView(View):
    """Messages that wait for a moderator, oldest first."""

    messages: list[MessageView]


class ErasureView(View):
    """An erasure, and whether it is done."""

    erasure_id: str
    person_id: str
    role: str
    ordered_at: datetime
    erased_at: datetime | None
    conversations: int
    """Conversations that nobody can read any more."""
    messages: int
    """Messages whose text is gone."""


class OriginalView(View):
    """What an author really wrote, and what the checks found in it."""

    message_id: str
    text: str
    findings: list[str]
    rules: list[str]
