"""What messaging's screens show."""

from datetime import datetime

from pydantic import Field

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


class StandingView(View):
    """The step of the sanction ladder on which a person stands, and what comes next."""

    sanction_id: str
    step: str | None
    """`explain`, `educate`, `warn`, `hold_all` or `takeover`; absent when nothing is left of it."""
    next_step: str
    """What a further breach leads to."""
    breaches: int
    """How many stand."""
    steps_back_at: datetime | None
    """When a step back is due if nothing more happens."""


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
    held_because: list[str] = Field(default_factory=list)
    """Why it waits, as codes: `sanction`, `detector_failed`, or kinds of findings."""
    standing: StandingView | None = None
    """Where the author stands after this message; absent when there never was a breach."""


class AttachmentView(View):
    """A file of a message as the reader may see it."""

    attachment_id: str
    file_name: str | None
    """None when it was erased."""
    media_type: str
    size_bytes: int
    withheld: bool
    """The message was delivered without it."""


class TranslationView(View):
    """What a message says in another language, in the words of the platform's people; it is not the author's."""

    language: str
    version: int
    """From 1; the newest of its language."""
    text: str | None
    """None when it was erased."""
    by: str
    """The translator's role."""
    translated_at: datetime


class TranslatedView(View):
    """That a translation is kept. Its text is read with the message."""

    message_id: str
    language: str
    version: int


class TranslationList(View):
    """Every version of every translation of a message, by version."""

    translations: list[TranslationView]


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
    insults: int
    """Flagged on either side (R-02)."""
    translations: list[TranslationView]
    """The newest in each language, beside what the author wrote."""
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


class QuestionView(View):
    """A question of the buyer, and the reply that addressed it (R-02)."""

    message_id: str
    place: int
    """Among the questions of its message, from 0."""
    start: int
    end: int
    """Code points of the message's text as the reader sees it."""
    about: list[str]
    """Topics, as codes."""
    answered_by: str | None
    """The reply that addressed it; absent while it is open."""


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


class ConversationScreen(ConversationView):
    """A conversation without its messages, with what the buyer asked in them."""

    questions: list[QuestionView]
    """The buyer's latest, in order (R-02)."""


class OwedReplyView(View):
    """A reply that a seller owes."""

    case_id: str
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

    case_id: str
    position: int
    unread: int
    """Messages of others after it, counted to 100."""


class DiscussionsView(View):
    """The replies a seller owes, the nearest deadline first (R-06)."""

    owed: list[OwedReplyView]
    last_checked_at: datetime | None
    """When the seller opened the list before this time."""
    next_cursor: str | None


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
