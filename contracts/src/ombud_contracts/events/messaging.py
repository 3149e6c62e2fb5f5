"""Correspondence by reference: hash and classification, never a text."""

from typing import ClassVar

from ombud_contracts import topics
from ombud_contracts.event import Event, Model
from ombud_contracts.vocabulary import Audience, BuyerId, CaseId, Instant, MessageId, Role, SellerId
from ombud_words import AttachmentId, CandidateId, ErasureId, PersonId, SanctionId


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
    """A party can read but cannot write, for a machine-readable reason, until something unlocks it."""

    type: ClassVar[str] = "messaging.conversation_locked"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    party: Role | str
    reason: str
    """`taken_over`, `case_closed` or `case_merged`; of a buyer: `insults`, `threats` or `flooding`."""
    unlocked_by: str
    """What lifts the lock: `hand_back`, `reopening`, `staff` or `nothing`."""
    locked_at: Instant
    until: Instant | None = None
    """When the lock ends by itself, where it does."""


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


class WaiverProposed(Event):
    """The seller says that no reply is needed; a supervisor decides. The reply clock runs on meanwhile."""

    type: ClassVar[str] = "messaging.waiver_proposed"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    reason: str
    """A code, such as `answered_by_phone`."""
    proposed_at: Instant


class WaiverRefused(Event):
    """The reply is needed, whatever the seller proposed. A proposal that is accepted is told as `reply_waived`."""

    type: ClassVar[str] = "messaging.waiver_refused"
    topic: ClassVar[str] = topics.CONVERSATIONS
    case_id: CaseId
    by: Role | str
    reason: str
    """A code, such as `a_question_is_open`."""
    refused_at: Instant


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
    questions_asked: int | None = None
    """Questions in a buyer's message (R-02)."""
    questions_addressed: int | None = None
    """Open questions of the buyer that a seller's reply addresses."""
    insults: int | None = None
    """On either side."""
    pure_thanks: bool | None = None
    """It says thanks and nothing else: nobody owes an answer to it, and it reopens nothing; absent where it does not."""


class Attachment(Model):
    """A file that a message carries, without its name."""

    attachment_id: AttachmentId
    sha256: str
    """Of the file as it is kept: HMAC-SHA-256 under a key of its own, which is erased with it."""
    media_type: str
    """What its content is, whatever it was called: `image/jpeg`, `application/pdf`, `video/mp4` …"""
    bytes: int
    withheld: bool = False
    """The message is delivered without it: contact data was found in it."""


class MessageDelivered(Event):
    """A message reached its audience. `qualifies` says whether it is an answer in the sense of section 3."""

    type: ClassVar[str] = "messaging.message_delivered"
    version: ClassVar[int] = 3
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    audience: Audience | str
    sha256: str
    """Of the original as UTF-8: HMAC-SHA-256 under a key of its own, sealed beside it and erased with it. Without the key it
    says nothing of the text, and equal texts have different ones."""
    characters: int
    first: bool
    """The message with which the case was opened."""
    classification: Classification
    qualifies: bool
    not_qualifying_because: tuple[str, ...] = ()
    """Why it does not satisfy the reply obligation: `automated`, `wrong_language`, `internal_note` …"""
    requests_information: bool = False
    """A typed request for information to the buyer."""
    attachments: tuple[Attachment, ...] | None = None
    """Files that it carries; absent without any."""
    submitted_at: Instant
    """When the author sent it; it counts from here even if it was held."""
    delivered_at: Instant


class MessageBlocked(Event):
    """A message was not delivered; its author was told what was found, and what to write instead."""

    type: ClassVar[str] = "messaging.message_blocked"
    version: ClassVar[int] = 3
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    sha256: str
    """As in `message_delivered`."""
    classification: Classification
    reasons: tuple[str, ...]
    attachments: tuple[Attachment, ...] | None = None
    """Files that it carries; absent without any."""
    blocked_at: Instant


class MessageHeld(Event):
    """A message waits for a moderator; meanwhile the clock says that a check is pending."""

    type: ClassVar[str] = "messaging.message_held"
    version: ClassVar[int] = 3
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    author_role: Role | str
    sha256: str
    """As in `message_delivered`."""
    classification: Classification
    reasons: tuple[str, ...]
    attachments: tuple[Attachment, ...] | None = None
    """Files that it carries; absent without any."""
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


class TranslationAdded(Event):
    """Staff translated a message; the original is kept, and so is each earlier translation. It is neither a reply nor a message."""

    type: ClassVar[str] = "messaging.translation_added"
    topic: ClassVar[str] = topics.MESSAGES
    case_id: CaseId
    message_id: MessageId
    audience: Audience | str
    """Whom the message is for, and so its translation."""
    language: str
    number: int
    """The version in this language, from 1; the newest is shown."""
    by: Role | str
    sha256: str
    """Of the translation, keyed as in `message_delivered`."""
    characters: int
    translated_at: Instant


class DiscussionsChecked(Event):
    """The seller opened the list of owed replies: the check-in that inactivity is measured by (R-06).

    At most one an hour and seller is told.
    """

    type: ClassVar[str] = "messaging.discussions_checked"
    topic: ClassVar[str] = topics.DISCUSSIONS
    seller_id: SellerId
    checked_at: Instant


class PersonErased(Event):
    """What a person wrote and received is unreadable from now on; cases, clocks and money stay whole.

    Others that keep personal data of this person erase it too.
    """

    type: ClassVar[str] = "messaging.person_erased"
    topic: ClassVar[str] = topics.ERASURES
    erasure_id: ErasureId
    person_id: PersonId
    role: Role | str
    conversations: int
    """Conversations that nobody can read any more."""
    messages: int
    """Messages whose text is gone."""
    erased_at: Instant


class SanctionEvent(Event):
    """Something happened to a person's sanction in one role and market: counts and rule ids, never words (section 7)."""

    topic: ClassVar[str] = topics.SANCTIONS
    sanction_id: SanctionId
    person_id: PersonId
    role: Role | str
    step: str | None = None
    """Where the person stands now: `explain`, `educate`, `warn`, `hold_all` or `takeover`; absent for nowhere."""
    breaches: int
    """How many stand."""


class SanctionImposed(SanctionEvent):
    """A person broke a rule of the platform again; from `hold_all` on every message of theirs waits for a moderator.

    The step `takeover` asks ticketing to take the contact of the case over, with the facts.
    """

    type: ClassVar[str] = "messaging.sanction_imposed"
    next_step: str
    """What a further breach leads to."""
    case_id: CaseId
    """The case of the latest breach."""
    message_id: MessageId
    rules: tuple[str, ...]
    """Ids of the rules that the message broke, or a moderator's reasons."""
    facts: tuple[str, ...]
    """Ids of the events that told of the breaches that stand."""
    takeover_round: int
    """Counts how often the person came to the step `takeover`; a proposal belongs to a round and a case."""
    steps_back_at: Instant | None = None
    """When a step back is due if nothing more happens."""
    imposed_at: Instant


class SanctionLifted(SanctionEvent):
    """Time has passed, or a breach was none: what followed from it is undone."""

    type: ClassVar[str] = "messaging.sanction_lifted"
    was_step: str | None = None
    """Where the person stood before."""
    cause: str
    """`decayed`, `message_released` or `reversed`."""
    reasons: tuple[str, ...]
    pardoned: tuple[MessageId, ...]
    """Messages that count as breaches no longer."""
    takeover_round: int
    takeover_withdrawn_from: tuple[CaseId, ...]
    """Cases whose takeover is no longer proposed."""
    lifted_at: Instant


class SanctionAppealed(SanctionEvent):
    """The person asks a supervisor to look again."""

    type: ClassVar[str] = "messaging.sanction_appealed"
    grounds: tuple[str, ...]
    appealed_at: Instant


class SanctionUpheld(SanctionEvent):
    """A supervisor decided an appeal against the person."""

    type: ClassVar[str] = "messaging.sanction_upheld"
    reasons: tuple[str, ...]
    upheld_at: Instant


class EnforcementPublished(Event):
    """A market has a new enforcement policy: what becomes of messages by role, phase of the case and kind of finding."""

    type: ClassVar[str] = "messaging.enforcement_published"
    topic: ClassVar[str] = topics.ENFORCEMENT
    market: str
    number: int
    """1, 2, 3 … per market."""
    effective_from: Instant
    content: str
    """The rows, as JSON text."""
    candidate_id: CandidateId
    published_at: Instant
