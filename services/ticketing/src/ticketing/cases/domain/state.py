"""A case as its facts left it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ombud_words import (
    BuyerId,
    CaseId,
    Counterpart,
    LineId,
    ListingId,
    Matter,
    OrderId,
    Reason,
    ReasonFamily,
    Remedy,
    Role,
    SellerId,
    TakeoverId,
)
from ticketing.cases.domain.approach import FROM_BUYER_TO_SELLER, Approach
from ticketing.cases.domain.events import CaseOpened
from ticketing.cases.domain.links import Link, LinkKind
from ticketing.cases.domain.notices import NoticeSubject
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    ContactWithPlatform,
)


class Status(StrEnum):
    """Where a case is in its life."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something both sides are told, rendered in the reader's language."""

    about: NoticeSubject
    template: str
    recipients: tuple[Role, ...]
    at: datetime
    occasion: int = 1
    """Counts what is told again about the same thing: 1 for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: CaseId
    number: str
    market: str
    buyer_id: BuyerId | None
    seller_id: SellerId | None
    order_id: OrderId | None
    line_id: LineId | None
    reason: Reason
    family: ReasonFamily
    priority: int
    priority_reasons: tuple[str, ...]
    opened_at: datetime
    status: Status = Status.OPEN
    outcome: str | None = None
    takeover_id: TakeoverId | None = None
    """Set while the platform owns the contact (R-09)."""
    notices: tuple[Notice, ...] = ()
    answered_at: datetime | None = None
    """When the newest answer of the seller was written."""
    approach: Approach = FROM_BUYER_TO_SELLER
    desired_outcome: Remedy | None = None
    """What the asker would like (R-39)."""
    listing_id: ListingId | None = None
    """What the buyer asks about before buying; then there is no order."""
    links: tuple[Link, ...] = ()
    merged_into: Link | None = None
    """The case that goes on in place of this one."""
    revision: int = 1
    """Counts what happened to the case itself: not what merely stands beside it, which not everybody who sees the case may know."""
    opened: CaseOpened | None = None
    """How it was opened, kept while others know of no seller: a case that was opened with the platform."""

    @property
    def taken_over(self) -> bool:
        return self.takeover_id is not None

    def answered_since(self, deadline: datetime) -> bool:
        """Whether the seller answered after a deadline: late, and so that nothing is owed by it any more."""
        return self.answered_at is not None and self.answered_at > deadline

    @property
    def matter(self) -> Matter:
        """Return what the contact is about."""
        if self.line_id is not None:
            return Matter.ORDER_LINE
        return Matter.NONE if self.listing_id is None else Matter.LISTING

    @property
    def about_conduct(self) -> bool:
        """Tell whether the contact is a complaint about how the seller behaved, of which the seller learns nothing (R-45)."""
        return self.family == ReasonFamily.CONDUCT

    @property
    def merged_numbers(self) -> tuple[str, ...]:
        """Return the numbers of the cases in whose place this one goes on."""
        return tuple(link.number for link in self.links if link.kind == LinkKind.MERGED)

    @property
    def with_platform(self) -> bool:
        """Tell whether the platform owes the answer, without any takeover."""
        return self.approach.with_platform

    @property
    def answered_by(self) -> Counterpart:
        """Return who answers now: the seller, or the platform after a takeover and where it is the counterpart."""
        return Counterpart.PLATFORM if self.taken_over or self.with_platform else Counterpart.SELLER

    @property
    def parties(self) -> tuple[BuyerId | None, SellerId | None]:
        """Return the buyer and the seller who see the case; who is not a party is None."""
        buyer = self.buyer_id if self.approach.concerns_buyer else None
        return buyer, self.seller_id if self.approach.concerns_seller else None

    @property
    def addressees(self) -> tuple[BuyerId | None, SellerId | None]:
        """Return the buyer and the seller to whom notices can be addressed: also a seller from whom the contact was moved."""
        buyer, seller = self.parties
        return buyer, self.seller_id if self.opened is None else seller


def refuse_with_platform(state: Case) -> None:
    """Refuse to take over what no seller answers. Raises ContactWithPlatform."""
    if state.with_platform:
        raise ContactWithPlatform("the platform answers this contact; there is nothing to take over")


def refuse_closed(state: Case) -> None:
    """Refuse to begin anything new about a case that is closed. Raises CaseNotOpen."""
    if state.status == Status.CLOSED:
        raise CaseNotOpen("the case is closed; reopen it first")
