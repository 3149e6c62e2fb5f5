"""What can be asked of a dispute, and what the market says that a decision needs."""

from dataclasses import dataclass
from datetime import datetime

from disputes.cases.domain import RefundFact
from disputes.remedies.domain import Money
from ombud_words import (
    AppealId,
    AppealOutcome,
    BuyerId,
    CaseId,
    DecisionId,
    DisputeId,
    EvidenceId,
    EvidenceRequestId,
    FindingKind,
    LineId,
    Market,
    OfferId,
    OrderId,
    ReasonFamily,
    Role,
    SellerId,
    StaffId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the market says, as far as a decision needs it."""

    clauses: tuple[str, ...]
    clause_version: str
    legal_order: tuple[str, ...]
    appeal_until: datetime
    decides_up_to_minor: int | None = None
    """What this decider may move by a decision (casework, section 13); None for any amount."""
    gives_up_to_minor: int | None = None
    """What this decider may give of the platform's own money in a case; None for any amount."""


_CLAUSE_OF_FAMILY = {
    ReasonFamily.DELIVERY: "S-5.2",
    ReasonFamily.WITHDRAWAL: "S-5.3",
}
_CLAUSE_OF_OTHERS = "S-5.1"


def settlement_clause(family: str) -> str:
    """Return the clause under which the sides settle a dispute of this kind of problem."""
    return _CLAUSE_OF_FAMILY.get(ReasonFamily(family), _CLAUSE_OF_OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute:
    dispute_id: DisputeId
    case_id: CaseId
    market: Market
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    reason: str
    family: str
    claimed_remedy: str
    claimed_minor: int
    money: Money
    fast_track: bool
    """Contacts that were taken over are mediated at once, so those of T4 to T6 too."""
    taken_over: bool
    opened_by: str
    at: datetime
    fast_track_facts: tuple[str, ...] = ()
    """Kinds of facts of which one ends the negotiation, when somebody shows it who can."""
    shown: tuple[str, ...] = ()
    """Those of them that a system has shown before: there is nothing to negotiate about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the market's row of the reason says about opening a dispute of this line."""

    disputable: bool
    opens_at: datetime | None
    closes_at: datetime | None
    """None: no limit."""
    new_fact: str | None = None
    """The kind of fact for which staff opens again what has ended."""
    shown_since: datetime | None = None
    """Since when a system shows a fact of the reason's fast track."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeOffer:
    offer_id: OfferId
    by: str
    remedy: str
    amount_minor: int
    left_minor: int
    """What is left of the line at this moment."""
    open_until: datetime | None
    """The end that the offerer names; None when the offer is open as long as its clock says."""
    at: datetime
    reasons: tuple[str, ...] = ()
    """What allows the platform to propose a remedy that the law puts later."""
    legal_order: tuple[str, ...] = ()
    """Remedies in the order that the law prefers; it binds offers of the platform alone."""
    author_id: StaffId | None = None
    """Who of the staff proposes it; None when a party offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    offer_id: OfferId
    by: str
    decision_id: DecisionId
    rules: Rules
    left_minor: int
    """What is left of the line at this moment."""
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    offer_id: OfferId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteOfferDeadline:
    """The offer's clock says by when it must be answered."""

    offer_id: OfferId
    due_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpireOffer:
    """The offer's deadline passed, as its clock tells."""

    offer_id: OfferId
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteFact:
    """A system showed a fact of this kind."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ForgetFact:
    """What a system showed is none (S-3): nothing more can rest on it, and what the system decided by it counts as if it had not
    been. A mediator who was called goes on."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenEscalation:
    """The negotiation's deadline passed, as its clock tells."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDeadline:
    """A clock about the dispute says what became of one of its rounds."""

    kind: str
    round: int
    owner: str
    verdict: str
    at: datetime
    due_by: datetime | None = None
    """None where nothing is said of it."""
    on_silence: str | None = None
    """What happens when the owner stays silent; None where nothing is said of it."""


@dataclass(frozen=True, slots=True)
class ForgetDeadline:
    """A round of a clock about the dispute never was."""

    kind: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Lapse:
    """The window for escalating passed unused, as its clock tells."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawLapse:
    """The deadline by which it lapsed had not passed, as the window's clock tells (S-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Escalate:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeContactOwner:
    taken_over: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitEvidence:
    evidence_id: EvidenceId
    kind: str
    sha256: str
    size_bytes: int
    by: str
    audience: str
    at: datetime
    stated: bool = False
    """A plain text: it says something, and shows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvidence:
    """A mediator asks a side for what is missing."""

    request_id: EvidenceRequestId
    of: str
    """The side that is asked."""
    kind: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawEvidenceRequest:
    """What was asked for is not needed any more."""

    request_id: EvidenceRequestId
    at: datetime


@dataclass(frozen=True, slots=True)
class LapseEvidenceRequest:
    """The time to send what was asked for passed, as the clock tells: it is decided on what is there."""

    asked_by: datetime
    """When that time began to run: it says nothing of what was asked for later."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RepeatEvidenceRequest:
    """The deadline by which a request lapsed had not passed, as its clock tells (S-3)."""

    request_id: EvidenceRequestId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a decision finds about a side (R-45)."""

    kind: FindingKind
    reason: str
    """A code."""
    facts: tuple[str, ...]
    """Those facts of the decision on which it rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    decision_id: DecisionId
    remedy: str
    amount_minor: int
    left_minor: int
    """What is left of the line at this moment."""
    clause: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    rules: Rules
    decided_by: str
    mediator_id: StaffId
    at: datetime
    judges: tuple[StaffId, ...] = ()
    """Who of the staff judged in the case before, and so does not decide this dispute (S-4)."""
    finding: Found | None = None
    """None: nothing is found about a side, whatever is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecision:
    """A side says what is wrong with the decision."""

    appeal_id: AppealId
    by: Role
    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAppeal:
    """Somebody who did not judge in the case finds that the appeal is inadmissible, that the decision stands, or that it counts
    as if it had not been; or decides anew."""

    outcome: AppealOutcome
    reasons: tuple[str, ...]
    decided_by: str
    reviewer_id: StaffId
    at: datetime
    judges: tuple[StaffId, ...] = ()
    """Who of the staff judged in the case before, and so does not judge the appeal (S-4)."""
    anew: Decide | None = None
    """What is to hold instead of an amended decision."""
    given_minor: int = 0
    """What the buyer was paid by the decision before."""


@dataclass(frozen=True, slots=True)
class RecordReturnEnd:
    """The return by which an outcome was to be carried out has ended, without a refund that billing will tell of."""

    decision_id: DecisionId
    done: bool
    """The item came back; else the buyer kept it, and nothing is owed."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    at: datetime


Command = (
    OpenDispute
    | MakeOffer
    | AcceptOffer
    | DeclineOffer
    | NoteOfferDeadline
    | ExpireOffer
    | NoteFact
    | ForgetFact
    | OpenEscalation
    | NoteDeadline
    | ForgetDeadline
    | Lapse
    | WithdrawLapse
    | Escalate
    | ChangeContactOwner
    | SubmitEvidence
    | RequestEvidence
    | WithdrawEvidenceRequest
    | LapseEvidenceRequest
    | RepeatEvidenceRequest
    | Decide
    | AppealDecision
    | DecideAppeal
    | Withdraw
    | RecordReturnEnd
    | RefundFact
)
