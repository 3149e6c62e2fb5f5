"""A conversation as later decisions know it: its parties, locks and recent messages, and what is owed and asked."""

from dataclasses import dataclass, field
from datetime import datetime

from messaging.conversations.domain.asked import Asked
from messaging.conversations.domain.event import Known
from ombud_words import WITH_PLATFORM, Audience, BuyerId, CaseId, Counterpart, DraftId, MessageId, Role, SellerId

CASE_CLOSED = "case_closed"
CASE_MERGED = "case_merged"
"""Why nobody but staff writes where another case goes on: a lock that nothing ends."""
"""The reason of the lock that a closed case puts on its seller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Why a party may not write."""

    party: str
    reason: str
    unlocked_by: str
    since: datetime
    until: datetime | None = None
    """When it ends by itself, where it does."""

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class WaiverProposal:
    """Why the seller says that the reply which is owed is not needed, and whether that was refused."""

    reason: str
    at: datetime
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    case_id: CaseId
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    language: str
    key_id: CaseId | DraftId
    opened_at: datetime
    positions: int = 0
    recent: tuple[Known, ...] = ()
    locks: tuple[Lock, ...] = ()
    owes_reply: bool = False
    """The seller owes an answer to a delivered message of the buyer."""
    waived: bool = False
    waiver_proposal: WaiverProposal | None = None
    """About the reply that is owed: it ends with a waiver, a reply, a new message or the seller's part in the thread."""
    contested: tuple[MessageId, ...] = ()
    """The replies that the buyer contested."""
    phase: str = "after"
    """Of the purchase: `before`, `during` or `after` (R-25)."""
    references: tuple[str, ...] = ()
    """The numbers of the case, its order and its line; they are nobody's contact data (R-04)."""
    asked: tuple[Asked, ...] = ()
    """The buyer's latest questions."""
    last_buyer_message_at: datetime | None = None
    reply_due_by: datetime | None = None
    """By when the seller must answer, as the reply clock says; None when nothing runs for the seller."""
    counterpart: Counterpart = Counterpart.SELLER
    """Who owes the answers."""
    desk_owes: bool = False
    """The platform owes an answer to what was written to it."""
    rights_until: datetime | None = None
    """Until when a message can reopen the case, at the latest; None for no limit."""
    erased_at: datetime | None = None
    """Since when nothing of it can be read."""
    changes: int = field(default=0, compare=False)
    """How many facts there were; a live update's position. It is not part of what a conversation is."""
    standing_change: int = field(default=0, compare=False)
    """The fact that last moved what all parties see of the conversation itself."""

    @property
    def asked_by(self) -> Role:
        """Whose contact it is: a buyer's, unless a seller asks the platform."""
        return Role.SELLER if self.buyer_id is None else Role.BUYER

    @property
    def parties(self) -> tuple[BuyerId | None, SellerId | None]:
        """Return the buyer and the seller who see the conversation; who is not a party is None."""
        seller_sees = self.counterpart == Counterpart.SELLER or self.asked_by == Role.SELLER
        return self.buyer_id, self.seller_id if seller_sees else None

    def audience_of(self, asked: str) -> str:
        """Return whom a message reaches: with the platform there is no thread that a seller reads."""
        with_platform = self.counterpart == Counterpart.PLATFORM and asked == Audience.THREAD
        return WITH_PLATFORM if with_platform else asked

    @property
    def waiver_proposed_at(self) -> datetime | None:
        """Since when a waiver waits for its decision; None while none does."""
        proposal = self.waiver_proposal
        return None if proposal is None or proposal.refused else proposal.at

    @property
    def closed_at(self) -> datetime | None:
        """When its case was closed; None while it is not."""
        return next((lock.since for lock in self.locks if lock.reason == CASE_CLOSED), None)

    def lock_of(self, party: str, at: datetime) -> Lock | None:
        return next((lock for lock in self.locks if lock.party == party and lock.holds(at)), None)

    @property
    def waiting(self) -> int:
        return sum(m.status == "HELD" for m in self.recent)

    def message(self, message_id: MessageId) -> Known | None:
        return next((m for m in self.recent if m.id == message_id), None)

    def waiting_message(self, message_id: MessageId) -> Known | None:
        """Return a message that waits for a check, or None."""
        known = self.message(message_id)
        return known if known is not None and known.status == "HELD" else None
