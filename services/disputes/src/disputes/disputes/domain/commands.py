"""What can be asked of a dispute, and what the market says that a decision needs."""

from dataclasses import dataclass
from datetime import datetime

from disputes.domain.remedy import Money


@dataclass(frozen=True, slots=True)
class Rules:
    """What the market says, as far as a decision needs it."""

    clauses: tuple[str, ...]
    clause_version: str
    legal_order: tuple[str, ...]
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class OpenDispute:
    dispute_id: str
    case_id: str
    market: str
    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    reason: str
    family: str
    claimed_remedy: str
    claimed_minor: int
    money: Money
    fast_track: bool
    """T4 to T6 and contacts that were taken over are mediated at once."""
    taken_over: bool
    lapses_at: datetime
    opened_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MakeOffer:
    offer_id: str
    by: str
    remedy: str
    amount_minor: int
    expires_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    offer_id: str
    by: str
    decision_id: str
    rules: Rules
    clause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    offer_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PassTime:
    """Expire what was not answered in time; lapse what was never escalated."""

    at: datetime


@dataclass(frozen=True, slots=True)
class OpenEscalation:
    """The negotiation's deadline passed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Escalate:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeContactOwner:
    taken_over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SubmitEvidence:
    evidence_id: str
    kind: str
    sha256: str
    size_bytes: int
    by: str
    audience: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decide:
    decision_id: str
    remedy: str
    amount_minor: int
    clause: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    rules: Rules
    decided_by: str
    mediator_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordExecution:
    """What was decided has been carried out, as billing tells."""

    decision_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefundFailure:
    """The payment system refused the refund of what was decided, as billing tells."""

    decision_id: str
    at: datetime


Command = (
    OpenDispute
    | MakeOffer
    | AcceptOffer
    | DeclineOffer
    | PassTime
    | OpenEscalation
    | Escalate
    | ChangeContactOwner
    | SubmitEvidence
    | Decide
    | Withdraw
    | RecordExecution
    | RecordRefundFailure
)
