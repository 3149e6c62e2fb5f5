"""What messaging's screens show."""

from datetime import datetime

from chassis.http import View


class FindingView(View):
    """Something the checks found, in code points of the text as it was written."""

    kind: str
    start: int
    end: int
    place: str = "text"
    """`text`, `file_name`, `picture` or `document`; the code points are those of that place."""
    attachment_id: str | None = None


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


class AttachmentView(View):
    """A file of a message as the reader may see it."""

    attachment_id: str
    file_name: str | None
    """None when it was erased."""
    media_type: str
    size_bytes: int
    withheld: bool
    """The message was delivered without it."""


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
    attachments: list[AttachmentView]
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
    until: datetime | None = None
    """When it ends by itself, where it does."""


class ConversationView(View):
    """A conversation without its messages."""

    case_id: str
    market: str
    language: str
    owes_reply: bool
    waived: bool
    reply_due_by: datetime | None
    """By when the seller must answer; absent when no clock runs for the seller."""
    locks: list[LockView]
    change: int
    """Where the conversation stands: `Last-Event-ID` of live updates that follow this view."""


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


class UploadedView(View):
    """A file that waits to be sent with a message, until its uploader sends it or a day has passed."""

    attachment_id: str
    file_name: str
    """As it is kept: with the ending of what the file is."""
    media_type: str
    size_bytes: int
    sha256: str
    """Of the file as it is kept."""
    original_sha256: str
    """Of the file as it came."""
    send_by: datetime


class LinkView(View):
    """Where one reader gets one file, for a short time."""

    url: str
    """Relative to the service; asks for the same access token."""
    expires_at: datetime
