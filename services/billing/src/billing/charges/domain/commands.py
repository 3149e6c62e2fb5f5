"""What can be asked of a charge, and what it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ombud_words import (
    AppealId,
    AppealOutcome,
    CaseId,
    ChargeId,
    Currency,
    DecisionId,
    LineId,
    Market,
    OrderId,
    Role,
    RunId,
    SellerId,
    StaffId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is charged to whom, by which decision."""

    charge_id: ChargeId
    case_id: CaseId
    seller_id: SellerId
    market: Market
    order_id: OrderId
    line_id: LineId
    decision_id: DecisionId
    line: str
    kind: str
    net_minor: int
    vat_minor: int
    vat_basis_points: int
    currency: Currency
    tariff_version: str
    capped: bool
    appeal_until: datetime | None
    decided_by: StaffId | None = None
    proposed_by: StaffId | None = None
    """The member of staff whose proposal it is; None for what the decision itself names."""
    receipt: str | None = None
    """What shows the cost of a late line."""
    clause: str | None = None
    """What the decision rests on in the market's legal pack; None for what was charged before billing kept it."""
    clause_version: str | None = None

    @property
    def gross_minor(self) -> int:
        """What the seller pays."""
        return self.net_minor + self.vat_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeCharge:
    """A decision names a line; it is posted at once unless somebody must approve it first."""

    terms: Terms
    needs_approval: bool
    contest_until: datetime | None
    """None for what an appeal made of another charge: it was contested and appealed before, and is posted at once."""
    at: datetime
    awaits_refund: bool = False
    """The refund that it recovers has not been paid: it is posted when that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveCharge:
    """Another person agrees, within the limit of the role (S-4)."""

    terms: Terms
    """What the cap grants now, which can be less than was proposed."""
    approved_by: StaffId
    limit_minor: int | None
    """The most that this role approves, gross; None for any amount."""
    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RefuseCharge:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndProposal:
    """The case of a proposal was closed."""

    reason: Literal["case_closed"]
    at: datetime


@dataclass(frozen=True, slots=True)
class LapseProposal:
    """Nobody approved it in time, as its clock says."""

    silent_until: datetime
    """The end of the time that passed in silence; what was proposed afterwards has a time of its own."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviveProposal:
    """The time had not passed in which nobody approved it (S-3)."""

    refund: Literal["paid", "ordered", "refused"] | None
    """What became meanwhile of the refund that it recovers; None where it recovers none."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundPaid:
    """The refund that the charge recovers was paid."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundRefused:
    """The refund that the charge recovers was refused: no money was spent."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NoteContestWindow:
    """The charge's clock says by when it must be contested (S-5)."""

    contest_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteAppealTime:
    """An appeal of the decision that the charge rests on was filed or decided: it says until when the seller may appeal it."""

    appeal_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ContestCharge:
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UpholdCharge:
    reason: str
    reviewer_id: StaffId
    at: datetime
    appeal_until: datetime | None = None
    """By when the seller may appeal it."""


@dataclass(frozen=True, slots=True)
class ReverseCharge:
    reason: str
    reviewer_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealUpholding:
    """The seller asks that a charge which a reviewer upheld be looked at again, by somebody else (casework, section 6)."""

    appeal_id: AppealId
    by: Role
    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAppeal:
    """Somebody who decided nothing about the charge says what becomes of the appeal."""

    outcome: AppealOutcome
    reasons: tuple[str, ...]
    reviewer_id: StaffId
    judges: tuple[StaffId, ...]
    """Who decided about what the charge rests on."""
    at: datetime
    anew: Terms | None = None
    """What takes its place, where it is amended."""


@dataclass(frozen=True, slots=True)
class TakeChargeBack:
    """The decision that the charge rests on was taken back."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SettleCharge:
    """A payout run of the seller takes what stands, and pays back what an earlier run took of a charge reversed since."""

    run_id: RunId
    at: datetime


Command = (
    ProposeCharge
    | ApproveCharge
    | RefuseCharge
    | EndProposal
    | LapseProposal
    | ReviveProposal
    | RecordRefundPaid
    | RecordRefundRefused
    | NoteContestWindow
    | NoteAppealTime
    | ContestCharge
    | UpholdCharge
    | ReverseCharge
    | AppealUpholding
    | DecideAppeal
    | TakeChargeBack
    | SettleCharge
)
