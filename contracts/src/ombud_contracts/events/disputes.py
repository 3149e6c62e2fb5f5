"""Complaints: negotiated between the parties, or decided by a mediator (section 5)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event, Model
from ombud_contracts.vocabulary import (
    AppealId,
    Audience,
    BuyerId,
    CaseId,
    ChargeKind,
    Currency,
    DisputeId,
    Instant,
    LineId,
    MinorUnits,
    OrderId,
    Reason,
    ReasonFamily,
    Remedy,
    Role,
    SellerId,
)
from ombud_words import DecisionId, EvidenceId, EvidenceRequestId, OfferId, PersonId, ReturnId, StaffId


class DisputeEvent(Event):
    """What every event about a dispute says."""

    dispute_id: DisputeId
    case_id: CaseId


class DisputeOpened(DisputeEvent):
    """A complaint about one order line. A contact that the platform has taken over skips the negotiation."""

    type: ClassVar[str] = "disputes.dispute_opened"
    topic: ClassVar[str] = topics.DISPUTES
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    reason: Reason | str
    family: ReasonFamily | str
    claimed_remedy: Remedy | str
    claimed_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    stage: str
    """`NEGOTIATION` or `MEDIATION`."""
    opened_by: Role | str
    opened_at: Instant


class OfferMade(DisputeEvent):
    """A proposal that settles the dispute if the other side accepts it in time; it never changes."""

    type: ClassVar[str] = "disputes.offer_made"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    by: Role | str
    remedy: Remedy | str
    amount_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    cost_to_seller_minor: MinorUnits
    cost_to_buyer_minor: MinorUnits
    expires_by: Instant
    """Not answered after this in any case; by when it must be answered is told by the offer's own clock."""
    open_until: Instant | None = None
    """The end that the offerer named; absent when the clock's own deadline holds."""
    made_at: Instant


class OfferDeclined(DisputeEvent):
    """The other side refused an offer."""

    type: ClassVar[str] = "disputes.offer_declined"
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    by: Role | str
    declined_at: Instant


class OfferAccepted(DisputeEvent):
    """One side accepted a proposal of the platform, which settles the dispute when the other side accepts it too (S-1)."""

    type: ClassVar[str] = "disputes.offer_accepted"
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    by: Role | str
    accepted_at: Instant


class OfferExpired(DisputeEvent):
    """Nobody answered an offer in time."""

    type: ClassVar[str] = "disputes.offer_expired"
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    expired_at: Instant


class OfferEnded(DisputeEvent):
    """An open offer ended with the negotiation that it belonged to: nobody can answer it any more."""

    type: ClassVar[str] = "disputes.offer_ended"
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    ended_at: Instant


class EscalationOpened(DisputeEvent):
    """The buyer may ask a mediator to decide, until the clock `escalation_window` of this dispute ends."""

    type: ClassVar[str] = "disputes.escalation_opened"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.DISPUTES
    cause: str
    """`refused` or `deadline`."""
    opened_at: Instant
    claimant: Role | str | None = None
    """Whose claim lapses when nobody escalates: the side that opened the dispute, or for which it was opened. Absent in what was
    told before this was."""


class DisputeEscalated(DisputeEvent):
    """The parties did not agree, or the contact was taken over: a mediator decides."""

    type: ClassVar[str] = "disputes.dispute_escalated"
    topic: ClassVar[str] = topics.DISPUTES
    cause: str
    """`refused`, `deadline`, `taken_over`, `fast_track` or who asked for it, such as `agent`."""
    by: Role | str
    escalated_at: Instant


class EvidenceSubmitted(DisputeEvent):
    """A file or statement supports a side; the hash of what is kept of it was taken when it arrived."""

    type: ClassVar[str] = "disputes.evidence_submitted"
    topic: ClassVar[str] = topics.DISPUTES
    evidence_id: EvidenceId
    kind: str
    sha256: str
    """HMAC-SHA-256 under a key of its own, sealed beside it and erased with it: without the key it says nothing."""
    bytes: Annotated[int, Field(ge=1)]
    by: Role | str
    audience: Audience | str
    submitted_at: Instant


class EvidenceRequested(DisputeEvent):
    """A mediator asks a side for evidence that is missing; by when it is owed is told by the clock `evidence` of this dispute."""

    type: ClassVar[str] = "disputes.evidence_requested"
    topic: ClassVar[str] = topics.DISPUTES
    request_id: EvidenceRequestId
    of: Role | str
    """The side that is asked: `buyer` or `seller`."""
    kind: str
    """Such as `photo`, `receipt` or `imei_check`."""
    by: Role | str
    requested_at: Instant


class EvidenceRequestEnded(DisputeEvent):
    """What a side was asked for came, did not come in time, or is not needed any more: the mediation goes on."""

    type: ClassVar[str] = "disputes.evidence_request_ended"
    topic: ClassVar[str] = topics.DISPUTES
    request_id: EvidenceRequestId
    outcome: str
    """`RECEIVED`, `LAPSED` (it is decided on what is there) or `WITHDRAWN`."""
    ended_at: Instant


class Effect(Model):
    """What a decision means for one party; positive minor units are received, negative are paid."""

    party: Role | str
    amount_minor: MinorUnits
    currency: Currency
    duties: tuple[str, ...] = ()
    """Codes of what the party must do, such as `return_item`."""


class DecisionLine(Model):
    """One thing the seller is charged for, or the buyer receives, by a decision."""

    line: str
    """Unique within the decision; billing's key is decision and line."""
    kind: ChargeKind | str
    amount_minor: Annotated[MinorUnits, Field(ge=0)] | None = None
    """Absent when the tariff sets it."""


class Decision(Model):
    """The record of an outcome: coded remedy, clause, facts, effect on each party, and what is charged."""

    decision_id: DecisionId
    remedy: Remedy | str
    clause: str
    clause_version: str
    facts: Annotated[tuple[str, ...], Field(min_length=1)]
    reasons: tuple[str, ...]
    effects: tuple[Effect, ...]
    lines: tuple[DecisionLine, ...]
    refund_minor: Annotated[MinorUnits, Field(ge=0)]
    """What the buyer gets back in money; 0 where that waits for a return, which then orders it by this decision's id."""
    currency: Currency
    appeal_until: Instant
    """For what was decided; what both sides agreed to is not appealed."""
    return_id: ReturnId | None = None
    """The return by which the decision is carried out: its label and its refund are charged and paid as they come about."""


class DisputeSettled(DisputeEvent):
    """One side accepted the other's offer."""

    type: ClassVar[str] = "disputes.dispute_settled"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.DISPUTES
    offer_id: OfferId
    accepted_by: Role | str
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    decision: Decision
    settled_at: Instant


class DisputeDecided(DisputeEvent):
    """A mediator decided, or the system what nobody disputes; each party can appeal until the instant the decision names."""

    type: ClassVar[str] = "disputes.dispute_decided"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.DISPUTES
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    decision: Decision
    decided_by: Role | str
    mediator_id: StaffId
    """Who decided; `system` where the system did."""
    decided_at: Instant


class DecisionAppealed(DisputeEvent):
    """A side asked that the decision be looked at again, by somebody who did not make it."""

    type: ClassVar[str] = "disputes.decision_appealed"
    topic: ClassVar[str] = topics.DISPUTES
    appeal_id: AppealId
    decision_id: DecisionId
    by: Role | str
    grounds: Annotated[tuple[str, ...], Field(min_length=1)]
    """Codes of what is wrong with the decision."""
    appealed_at: Instant


class AppealDecided(DisputeEvent):
    """The appeal of a decision was decided.

    A reversed decision counts as if it had not been: what the seller was charged by it is credited. In place of an amended
    one another decision holds. What the buyer was given stays the buyer's (S-3).
    """

    type: ClassVar[str] = "disputes.appeal_decided"
    version: ClassVar[int] = 3
    topic: ClassVar[str] = topics.DISPUTES
    appeal_id: AppealId
    decision_id: DecisionId
    """The decision that was appealed."""
    outcome: str
    """`INADMISSIBLE`, `UPHELD`, `AMENDED` or `REVERSED`."""
    reasons: tuple[str, ...]
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    decision: Decision | None = None
    """What holds instead of an amended decision; its refund is what the buyer gets in all."""
    given_minor: Annotated[MinorUnits, Field(ge=0)] = 0
    """What of that the buyer was paid before, by what is amended."""
    decided_by: Role | str
    reviewer_id: StaffId
    decided_at: Instant
    appeal_by: Role | str | None = None
    """The side that may still appeal a decision that stands; none when both did. An amended one names its own time, for both (version 3)."""
    appeal_until: Instant | None = None
    """Until when that side may: its time stood still while the appeal waited (version 3)."""


class DecisionTakenBack(DisputeEvent):
    """What the system decided rested on a fact that turned out to be none.

    It counts as if it had not been: what the seller was charged by it is credited, and nobody appeals it any more. What the buyer
    was given stays the buyer's (S-3).
    """

    type: ClassVar[str] = "disputes.decision_taken_back"
    topic: ClassVar[str] = topics.DISPUTES
    decision_id: DecisionId
    fact: str
    """The kind of the fact, such as `guarantee_lapsed`."""
    taken_back_at: Instant


class DisputeExecuted(DisputeEvent):
    """What was decided or agreed has been done."""

    type: ClassVar[str] = "disputes.dispute_executed"
    topic: ClassVar[str] = topics.DISPUTES
    executed_at: Instant


class DisputeClosed(DisputeEvent):
    """Nothing of this dispute is open any more."""

    type: ClassVar[str] = "disputes.dispute_closed"
    topic: ClassVar[str] = topics.DISPUTES
    closed_at: Instant


class DisputeWithdrawn(DisputeEvent):
    """The buyer withdrew the complaint."""

    type: ClassVar[str] = "disputes.dispute_withdrawn"
    topic: ClassVar[str] = topics.DISPUTES
    withdrawn_at: Instant


class DisputeLapsed(DisputeEvent):
    """The window for escalating passed unused."""

    type: ClassVar[str] = "disputes.dispute_lapsed"
    topic: ClassVar[str] = topics.DISPUTES
    lapsed_at: Instant


class LapseWithdrawn(DisputeEvent):
    """A dispute lapsed by a deadline that had not passed: it stays ended, and can be opened again without a new fact (S-3)."""

    type: ClassVar[str] = "disputes.lapse_withdrawn"
    topic: ClassVar[str] = topics.DISPUTES
    withdrawn_at: Instant


class GoodwillGiven(Event):
    """A member of staff gave the buyer of a case the platform's own money, within the limit of the role (S-2)."""

    type: ClassVar[str] = "disputes.goodwill_given"
    topic: ClassVar[str] = topics.GOODWILL
    case_id: CaseId
    decision_id: DecisionId
    """What billing orders the refund by; it is charged to nobody."""
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    reason: str
    """A code, such as `long_wait`."""
    given_by: Role | str
    giver_id: PersonId
    given_at: Instant
