"""What happens in a conversation, and the values it is told in: messages without their words, past facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messaging.conversations.domain.asked import NO_SUBSTANCE, Substance
from messaging.conversations.domain.translation import TranslationAdded
from ombud_words import AttachmentId, BuyerId, CaseId, Counterpart, DraftId, MessageId, PersonId, SellerId


class Verdict(StrEnum):
    """What the checks decided about a message."""

    DELIVER = "deliver"
    REDACT = "redact"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file of a message, as others hear of it: never by name."""

    id: AttachmentId
    sha256: str
    """Of what is kept."""
    media_type: str
    size_bytes: int
    withheld: bool = False
    """The message is delivered without it: only its author and the platform's people see it."""
    unnamed: bool = False
    """Others see it under a name that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the checks found in a message, without its words."""

    verdict: Verdict
    sha256: str
    """Of the text, under a key that is erased with it (HMAC)."""
    characters: int
    language: str | None = None
    wrong_language: bool = False
    automated: bool = False
    findings: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    pure_thanks: bool = False
    substance: Substance = NO_SUBSTANCE
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    """A place where a rule found something, in code points: of the text as written, and as it is shown to others."""

    start: int
    end: int
    shown_start: int
    shown_end: int
    kind: str
    rule: str
    score: float
    place: str = "text"
    """`text`, or where in an attachment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on its way: who wrote it for whom, and its sealed bytes."""

    message_id: MessageId
    author_role: str
    author_id: PersonId
    audience: str
    """`thread` for all parties, `internal` and `mediator` for staff."""
    original: bytes
    """The sealed original, encrypted."""
    shown: bytes
    """What the audience may see, encrypted: the original, or its redaction."""
    checked: Checked
    submitted_at: datetime
    requests_information: bool = False
    first: bool = False
    spotted: tuple[Spotted, ...] = ()
    hash_key: bytes = b""
    """The key of the hash of the original, encrypted."""
    held_because: str | None = None
    """Why it waits for a moderator whatever the checks say: `sanction`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A recent message, as far as later decisions need it."""

    id: MessageId
    author_role: str
    audience: str
    status: str
    """`DELIVERED`, `BLOCKED`, `HELD` or `REJECTED`."""
    checked: Checked
    submitted_at: datetime
    requests_information: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened:
    case_id: CaseId
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    language: str
    key_id: CaseId | DraftId
    at: datetime
    phase: str = "after"
    references: tuple[str, ...] = ()
    counterpart: Counterpart = Counterpart.SELLER
    rights_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConversationMoved:
    to: Counterpart
    seller_id: SellerId | None
    first: bool
    """The seller shares the thread for the first time."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered:
    letter: Letter
    position: int
    qualifies: bool
    not_qualifying_because: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageBlocked:
    letter: Letter
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageHeld:
    letter: Letter
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageAppealed:
    message: Known
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReleased:
    message: Known
    qualifies: bool
    not_qualifying_because: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageRejected:
    message: Known
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLocked:
    party: str
    reason: str
    unlocked_by: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartyUnlocked:
    party: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplyWaived:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaiverRevoked:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaiverProposed:
    """The seller says that no reply is needed."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaiverRefused:
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplyContested:
    message_id: MessageId
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineNoted:
    """By when the seller must answer is another instant now, or none. Private: the clock itself is told of elsewhere."""

    reply_due_by: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OriginalRead:
    """Somebody of the platform read what an author really wrote."""

    message_id: MessageId
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TextsErased:
    """Nothing that was written can be read any more, and nothing more is written."""

    at: datetime


Event = (
    ConversationOpened
    | ConversationMoved
    | MessageDelivered
    | MessageBlocked
    | MessageHeld
    | MessageAppealed
    | MessageReleased
    | MessageRejected
    | PartyLocked
    | PartyUnlocked
    | ReplyWaived
    | WaiverRevoked
    | WaiverProposed
    | WaiverRefused
    | ReplyContested
    | DeadlineNoted
    | OriginalRead
    | TextsErased
    | TranslationAdded
)
