"""What a conversation can be told to do. Texts arrive sealed and checked, times and ids inside the command."""

from dataclasses import dataclass
from datetime import datetime

from messaging.conversations.domain.event import Letter
from messaging.conversations.domain.translation import AddTranslation
from ombud_words import BuyerId, CaseId, Counterpart, DraftId, MessageId, SellerId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConversation:
    """A case was opened: its thread exists, and holds the first message from the start."""

    case_id: CaseId
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    language: str
    key_id: CaseId | DraftId
    """Names the key that seals the texts: the draft's, where there was one."""
    first: Letter | None
    at: datetime
    phase: str = "after"
    """Of the purchase: `before`, `during` or `after` (R-25)."""
    references: tuple[str, ...] = ()
    """The numbers of the case, its order and its line: whoever writes them gives nothing away (R-04)."""
    counterpart: Counterpart = Counterpart.SELLER
    """Who owes the answers. With the platform there is one party, who asks."""
    rights_until: datetime | None = None
    """Until when a message can reopen the case, at the latest; None for no limit."""


@dataclass(frozen=True, slots=True)
class MoveConversation:
    """The desk moved the contact: the seller, who is named, owes the answers from now on, or the platform."""

    to: Counterpart
    seller_id: SellerId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PostMessage:
    letter: Letter
    at: datetime


@dataclass(frozen=True, slots=True)
class AppealMessage:
    """The author asks a moderator to look at a message that was not delivered."""

    message_id: MessageId
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseMessage:
    message_id: MessageId
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectMessage:
    message_id: MessageId
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockParty:
    party: str
    reason: str
    unlocked_by: str
    at: datetime
    until: datetime | None = None
    """When it ends by itself, where it does."""


@dataclass(frozen=True, slots=True)
class UnlockParty:
    party: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaiveReply:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevokeWaiver:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeWaiver:
    """The seller says that no reply is needed, and why; others decide."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptWaiver:
    """Whoever may decides as the seller proposed."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefuseWaiver:
    """The reply is needed, whatever the seller proposed."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContestReply:
    message_id: MessageId
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteDeadline:
    """The reply clock says by when the seller must answer; None when the seller owes nothing."""

    reply_due_by: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """Somebody of the platform reads what an author really wrote, for a purpose."""

    message_id: MessageId
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EraseTexts:
    """The key and all sealed bytes are gone."""

    at: datetime


Command = (
    OpenConversation
    | MoveConversation
    | PostMessage
    | AppealMessage
    | ReleaseMessage
    | RejectMessage
    | LockParty
    | UnlockParty
    | WaiveReply
    | RevokeWaiver
    | ProposeWaiver
    | AcceptWaiver
    | RefuseWaiver
    | ContestReply
    | NoteDeadline
    | ReadOriginal
    | EraseTexts
    | AddTranslation
)
