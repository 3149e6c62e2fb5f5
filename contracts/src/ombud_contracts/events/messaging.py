"""Correspondence by reference: hash and classification, never a text."""

from typing import ClassVar

from ombud_contracts import topics
from ombud_contracts.event import Event, Model
from ombud_contracts.vocabulary import Audience, BuyerId, CaseId, Instant, MessageId, Role, SellerId


class ConversationOpened(Event):
    """Buyer and seller share a thread on the platform for this case (R-04)."""

    type: ClassVar[str] = "messaging.conversation_opened"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    buyer_id: BuyerId
    seller_id: SellerId
    language: str
    """The language in which the seller must answer (R-03)."""
    opened_at: Instant


class ConversationLocked(Event):
    """A party may read and not write, for a machine reason, until something unlocks it."""

    type: ClassVar[str] = "messaging.conversation_locked"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    party: Role | str
    reason: str
    """`taken_over` or `case_closed`."""
    unlocked_by: str
    """What lifts the lock: `hand_back` or `reopening`."""
    locked_at: Instant


class ConversationUnlocked(Event):
    """A party may write again."""

    type: ClassVar[str] = "messaging.conversation_unlocked"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    party: Role | str
    unlocked_at: Instant


class ReplyWaived(Event):
    """The buyer, an agent or the rule for pure thanks says that no reply is needed; it can be revoked."""

    type: ClassVar[str] = "messaging.reply_waived"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    by: Role | str
    waived_at: Instant


class WaiverRevoked(Event):
    """A reply is needed after all; the remaining time continues."""

    type: ClassVar[str] = "messaging.waiver_revoked"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    by: Role | str
    revoked_at: Instant


class Classification(Model):
    """What the checks found in a message, without any of its words."""

    language: str | None = None
    """Detected language, or absent when it cannot be told."""
    wrong_language: bool = False
    automated: bool = False
    findings: tuple[str, ...] = ()
    """Kinds of contact data found, such as `phone`."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that fired."""


class MessageDelivered(Event):
    """A message reached its audience. `qualifies` says whether it is an answer in the sense of section 3."""

    type: ClassVar[str] = "messaging.message_delivered"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    audience: Audience | str
    sha256: str
    """Of the sealed original, as UTF-8."""
    characters: int
    first: bool
    """The message with which the case was opened."""
    classification: Classification
    qualifies: bool
    not_qualifying_because: tuple[str, ...] = ()
    """Why it does not satisfy the reply obligation: `automated`, `wrong_language`, `internal_note` …"""
    requests_information: bool = False
    """A typed request for information to the buyer."""
    submitted_at: Instant
    """When the author sent it; it counts from here even if it was held."""
    delivered_at: Instant


class MessageBlocked(Event):
    """A message was not delivered; its author was told what was found, and what to write instead."""

    type: ClassVar[str] = "messaging.message_blocked"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    sha256: str
    classification: Classification
    reasons: tuple[str, ...]
    blocked_at: Instant


class MessageHeld(Event):
    """A message waits for a moderator; meanwhile the clock says that a check is pending."""

    type: ClassVar[str] = "messaging.message_held"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    sha256: str
    classification: Classification
    reasons: tuple[str, ...]
    submitted_at: Instant


class MessageRejected(Event):
    """A moderator decided that a held message is not delivered."""

    type: ClassVar[str] = "messaging.message_rejected"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    reasons: tuple[str, ...]
    rejected_at: Instant


class ReplyContested(Event):
    """The buyer says that a reply does not answer, or was not understood; the obligation is owed again (R-02)."""

    type: ClassVar[str] = "messaging.reply_contested"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    ground: str
    """`not_answered` or `not_understood`."""
    contested_at: Instant


class OriginalRead(Event):
    """Somebody of the platform read what an author really wrote, for a purpose; the actor says who."""

    type: ClassVar[str] = "messaging.original_read"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    purpose: str
    """`moderation`, `dispute`, `safety` or `legal_request`."""
    read_at: Instant


class PersonErased(Event):
    """What a person wrote and received is unreadable from now on; cases, clocks and money stay whole.

    Others that keep personal data of this person erase it too.
    """

    type: ClassVar[str] = "messaging.person_erased"
    topic: ClassVar[str] = topics.ERASURES
    erasure_id: str
    person_id: str
    role: Role | str
    conversations: int
    """Conversations that nobody can read any more."""
    messages: int
    """Messages whose text is gone."""
    erased_at: Instant
