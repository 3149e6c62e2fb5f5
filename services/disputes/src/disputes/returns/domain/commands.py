"""What can be asked of a return, and what it is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from disputes.cases.domain import Device, RefundFact
from ombud_words import (
    BuyerId,
    CaseId,
    Currency,
    DecisionId,
    DisputeId,
    EvidenceId,
    LineId,
    Market,
    OrderId,
    ReturnId,
    SellerId,
    StaffId,
)


class Ground(StrEnum):
    """For what a seller may refuse to take something back: what the law excepts from the right of withdrawal
    (Directive 2011/83/EU, article 16). The list is closed."""

    CUSTOM_MADE = "custom_made"
    PERISHABLE = "perishable"
    HYGIENE_SEAL_BROKEN = "hygiene_seal_broken"
    MIXED_INSEPARABLY = "mixed_inseparably"
    MEDIA_SEAL_BROKEN = "media_seal_broken"
    DIGITAL_CONTENT_BEGUN = "digital_content_begun"
    PERIODICAL = "periodical"
    DATED_SERVICE = "dated_service"
    PRICE_OF_A_MARKET = "price_of_a_market"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTerms:
    """What the market said when the return was requested, and what the seller was shown then: it holds to the end."""

    clause: str
    """By which the buyer gets the money back."""
    label_clause: str
    """By which the seller pays for what the platform sends in the seller's place."""
    clause_version: str
    appeal_days: int
    label_net_minor: int
    vat_basis_points: int
    tariff_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn:
    return_id: ReturnId
    decision_id: DecisionId
    """Under which all that the return costs is refunded and charged."""
    case_id: CaseId
    market: Market
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    currency: Currency
    left_minor: int
    """What is left of the line at this moment."""
    terms: ReturnTerms
    taken_over: bool
    """The platform has the contact, or the case is resolved: nobody else answers, and no lawful withdrawal is refused."""
    requested_by: str
    at: datetime
    dispute_id: DisputeId | None = None
    """Whose outcome it carries out, under the decision's own id: it is accepted, and nobody takes that back but an appeal."""


@dataclass(frozen=True, slots=True)
class AcceptReturn:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefuseReturn:
    ground: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeInSellersPlace:
    """The platform took the contact over, or ended it: nobody else answers, and what waits for the seller is accepted."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveAnswerBack:
    """The takeover by which the platform answered counts as if it had not been: the seller answers (S-3)."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLabel:
    """The seller sends the label."""

    by: str
    carrier: str
    tracking_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SendLabelInSellersPlace:
    """The seller's time for it passed, as its clock tells."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawLabelCharge:
    """That time had not passed, as its clock tells (S-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReportShipped:
    """The buyer names the parcel; another one corrects it, as long as no carrier has the first."""

    by: str
    tracking_number: str | None
    at: datetime
    scanned: bool = False
    """A carrier scanned the parcel that was named before."""


@dataclass(frozen=True, slots=True)
class NoteScan:
    """The carrier scanned the parcel."""

    state: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmReceipt:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPhoto:
    """A picture or a video of the item."""

    evidence_id: EvidenceId
    sha256: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """The item is compared with what had been sold."""

    by: str
    deviations: tuple[str, ...]
    deduction_minor: int
    photos: tuple[EvidenceId, ...]
    sold: Device | None
    """Its identity as the marketplace told it with the order."""
    returned: Device | None
    left_minor: int
    """What is left of the line at this moment."""
    at: datetime


@dataclass(frozen=True, slots=True)
class CountAsCompliant:
    """The time to inspect it passed, as its clock tells."""

    left_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptDeduction:
    left_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LetDeductionStand:
    """The time to disagree with it passed, as its clock tells."""

    left_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReopenDeduction:
    """That time had not passed, as its clock tells: the buyer may disagree after all (S-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeDeduction:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Who of the staff decides, and within what."""

    role: str
    id: StaffId
    limit_minor: int | None
    """The most that this role may move by a decision (casework, section 13); None for any amount."""
    judges: tuple[StaffId, ...]
    """Who of the staff judged in the case before, and so decides nothing more in it (S-4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDeduction:
    deduction_minor: int
    reasons: tuple[str, ...]
    judge: Judge
    left_minor: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLost:
    reasons: tuple[str, ...]
    judge: Judge
    left_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelReturn:
    at: datetime


@dataclass(frozen=True, slots=True)
class LapseReturn:
    """The buyer's time to send it passed, as its clock tells."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawLapse:
    """That time had not passed, as its clock tells (S-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TakeDecisionBack:
    """The decision that it carries out counts as if it had not been (S-3)."""

    at: datetime


Judgement = DecideDeduction | MarkLost

Command = (
    RequestReturn
    | AcceptReturn
    | RefuseReturn
    | TakeInSellersPlace
    | GiveAnswerBack
    | IssueLabel
    | SendLabelInSellersPlace
    | WithdrawLabelCharge
    | ReportShipped
    | NoteScan
    | ConfirmReceipt
    | SubmitPhoto
    | Inspect
    | CountAsCompliant
    | AcceptDeduction
    | LetDeductionStand
    | ReopenDeduction
    | DisputeDeduction
    | DecideDeduction
    | MarkLost
    | CancelReturn
    | LapseReturn
    | WithdrawLapse
    | TakeDecisionBack
    | RefundFact
)
