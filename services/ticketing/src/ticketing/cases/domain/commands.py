"""What may be asked of a case."""

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
from ticketing.cases.domain.priority import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Register a contact (R-23)."""

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
    circumstances: Circumstances
    rights_until: datetime | None
    """The last of the buyer's windows for this reason: law, platform and the seller's own terms. None for no limit."""
    rights_known: bool = True
    """False while the window begins with a delivery that nobody told of: then it may last longer."""
    at: datetime
    approach: Approach = FROM_BUYER_TO_SELLER
    listing_id: ListingId | None = None
    """What a buyer asks about before buying; then there is no order."""
    desired_outcome: Remedy | None = None
    """What the asker would like (R-39)."""
    remedies: tuple[Remedy, ...] = ()
    """What can be asked for with this reason, in the order in which it is proposed."""


@dataclass(frozen=True, slots=True)
class ResolveCase:
    outcome: str
    at: datetime
    despite: str | None = None
    """Why, although something of the case is unfinished elsewhere."""


@dataclass(frozen=True, slots=True)
class CloseCase:
    at: datetime
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class ReopenCase:
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeContactOver:
    """The platform owns the contact by a decision; both sides are told."""

    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class HandContactBack:
    takeover_id: TakeoverId
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoTakeover:
    """A takeover of this case was reversed: the contact is the seller's again, and both sides are told."""

    takeover_id: TakeoverId
    at: datetime
    notice: str = "takeover_reversed"


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """The seller answered, in the sense of the rules for replies; `at` is when the answer was written."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TellSeller:
    """Something was decided that concerns the seller alone; `notice` is the template."""

    notice: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TellParties:
    """Something about the case, or a takeover of it, concerns these parties; `notice` is the template. It is told once on each occasion."""

    about: NoticeSubject
    notice: str
    recipients: tuple[Role, ...]
    at: datetime
    occasion: int = 1
    also_former: bool = False
    """True for what concerns the persons and not the contact alone: who was a party once is told as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveContact:
    """The contact came in by the wrong door: the other counterpart owes the answer."""

    to: Counterpart
    reason: str
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCase:
    """Another case belongs to this one."""

    other: CaseId
    number: str
    """Of the other."""
    kind: LinkKind
    by: Role
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCase:
    """This case says what an earlier one says: it ends, and the earlier one goes on."""

    into: CaseId
    number: str
    """Of the case that goes on."""
    by: Role
    at: datetime


Command = (
    OpenCase
    | ResolveCase
    | CloseCase
    | ReopenCase
    | TakeContactOver
    | HandContactBack
    | UndoTakeover
    | NoteAnswer
    | TellSeller
    | TellParties
    | MoveContact
    | LinkCase
    | MergeCase
)
