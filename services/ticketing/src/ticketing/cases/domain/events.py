"""What happens to a case: facts, of which others hear those that `publish` tells."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import (
    BuyerId,
    CaseId,
    Counterpart,
    DraftId,
    LineId,
    ListingId,
    OrderId,
    Reason,
    ReasonFamily,
    Remedy,
    Role,
    SellerId,
    TakeoverId,
)
from ticketing.cases.domain.approach import FROM_BUYER_TO_SELLER, Approach
from ticketing.cases.domain.links import LinkKind
from ticketing.cases.domain.notices import NoticeSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    case_id: CaseId
    number: str
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    order_id: OrderId | None
    line_id: LineId | None
    reason: Reason
    family: ReasonFamily
    draft_id: DraftId
    opened_by: Role
    priority: int
    priority_reasons: tuple[str, ...]
    at: datetime
    approach: Approach = FROM_BUYER_TO_SELLER
    desired_outcome: Remedy | None = None
    rights_until: datetime | None = None
    listing_id: ListingId | None = None


@dataclass(frozen=True, slots=True)
class CaseResolved:
    outcome: str
    at: datetime
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class CaseClosed:
    at: datetime
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class CaseReopened:
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactTakenOver:
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactHandedBack:
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMoved:
    to: Counterpart
    reason: str
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerBroughtIn:
    """The seller becomes a party of a case that began between the buyer and the platform."""

    opening: CaseOpened
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeIssued:
    about: NoticeSubject
    template: str
    recipients: tuple[Role, ...]
    at: datetime
    occasion: int = 1


@dataclass(frozen=True, slots=True)
class AnswerNoted:
    """Private: messaging tells of the answer itself."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLinked:
    other: CaseId
    number: str
    kind: LinkKind
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMerged:
    into: CaseId
    number: str
    by: Role
    at: datetime


EventOfKnown = (
    CaseResolved
    | CaseClosed
    | CaseReopened
    | ContactTakenOver
    | ContactHandedBack
    | ContactMoved
    | SellerBroughtIn
    | NoticeIssued
    | AnswerNoted
    | CaseLinked
    | CaseMerged
)
Event = CaseOpened | EventOfKnown
