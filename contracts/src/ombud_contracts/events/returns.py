"""Returns: what a buyer sends back, from the request to the refund or whatever else it comes to (section 5)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.events.ticketing import AnnouncedCharge
from ombud_contracts.vocabulary import (
    BuyerId,
    CaseId,
    Currency,
    Instant,
    LineId,
    MinorUnits,
    OrderId,
    ReturnId,
    Role,
    SellerId,
)
from ombud_words import DecisionId, EvidenceId, PersonId


class ReturnEvent(Event):
    """What every event about a return says."""

    return_id: ReturnId
    case_id: CaseId


class ReturnOfLine(ReturnEvent):
    """What an event says by which money can move: of which line, and between whom."""

    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    decision_id: DecisionId
    """Under which all that the return costs is charged and refunded, each line once."""


class ReturnRequested(ReturnOfLine):
    """A buyer withdraws from a purchase and wants to send the item back; a lawful withdrawal needs no reason."""

    type: ClassVar[str] = "disputes.return_requested"
    topic: ClassVar[str] = topics.RETURNS
    left_minor: Annotated[MinorUnits, Field(ge=0)]
    """What can still be given back for the line."""
    currency: Currency
    label_cost: AnnouncedCharge
    """What the seller is charged if the platform has to send the label; nothing if the seller does."""
    requested_by: Role | str
    requested_at: Instant


class ReturnAccepted(ReturnEvent):
    """The item may be sent back."""

    type: ClassVar[str] = "disputes.return_accepted"
    topic: ClassVar[str] = topics.RETURNS
    by: Role | str
    """The system, where the platform has the contact: it refuses no lawful withdrawal."""
    accepted_at: Instant


class ReturnStepReopened(ReturnEvent):
    """What somebody had not done counts as not done no more, for the deadline of it had not passed, or the takeover by which the
    platform did it was reversed (S-3): it can be done after all."""

    type: ClassVar[str] = "disputes.return_step_reopened"
    topic: ClassVar[str] = topics.RETURNS
    step: str
    """`return_answer`: the seller accepts or refuses, with the whole time; `return_shipment`: it lapsed, and the buyer can request
    it again, also after the window; `deduction_answer`: the buyer can dispute the deduction that stood."""
    reopened_at: Instant


class ReturnRefused(ReturnEvent):
    """The seller refused the return for a ground that the law knows; the return has ended."""

    type: ClassVar[str] = "disputes.return_refused"
    topic: ClassVar[str] = topics.RETURNS
    ground: str
    """Such as `custom_made` or `hygiene_seal_broken`."""
    by: Role | str
    refused_at: Instant


class ReturnLabelIssued(ReturnOfLine):
    """The buyer has a label with which to send the item back."""

    type: ClassVar[str] = "disputes.return_label_issued"
    topic: ClassVar[str] = topics.RETURNS
    by: Role | str
    """The system or staff, where the platform sends it in the seller's place."""
    carrier: str | None = None
    tracking_number: str | None = None
    """Absent until the buyer or the carrier names it."""
    charged: AnnouncedCharge | None = None
    """What the seller is charged for a label of the platform, as it was shown with the request; absent for the seller's own."""
    clause: str
    clause_version: str
    appeal_until: Instant
    issued_at: Instant


class ReturnLabelChargeWithdrawn(ReturnEvent):
    """The deadline had not passed by which the platform sent a label: the seller does not pay for it (S-3)."""

    type: ClassVar[str] = "disputes.return_label_charge_withdrawn"
    topic: ClassVar[str] = topics.RETURNS
    decision_id: DecisionId
    withdrawn_at: Instant


class ReturnShipped(ReturnEvent):
    """The item is on its way back. It is told again when the buyer corrects the number of the parcel, and of a return that lapsed
    when its carrier shows late that it was sent before: then the return goes on."""

    type: ClassVar[str] = "disputes.return_shipped"
    topic: ClassVar[str] = topics.RETURNS
    by: Role | str
    """Who says so: the buyer, staff on behalf, or the system where the carrier scanned it."""
    tracking_number: str | None = None
    shipped_at: Instant


class ReturnReportedLost(ReturnEvent):
    """The carrier says that the parcel is lost; staff decides what follows (S-2)."""

    type: ClassVar[str] = "disputes.return_reported_lost"
    topic: ClassVar[str] = topics.RETURNS
    reported_at: Instant


class ReturnMarkedLost(ReturnEvent):
    """Staff found that the parcel is lost: the buyer is not the loser, and the platform has a claim against the carrier."""

    type: ClassVar[str] = "disputes.return_marked_lost"
    topic: ClassVar[str] = topics.RETURNS
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]
    decided_by: Role | str
    decider_id: PersonId
    marked_at: Instant


class ReturnReceived(ReturnEvent):
    """The seller has the item."""

    type: ClassVar[str] = "disputes.return_received"
    topic: ClassVar[str] = topics.RETURNS
    by: Role | str
    """Who says so: the seller, staff, or the system where the carrier scanned it."""
    received_at: Instant


class ReturnInspected(ReturnEvent):
    """The item was compared with what had been sold."""

    type: ClassVar[str] = "disputes.return_inspected"
    topic: ClassVar[str] = topics.RETURNS
    by: Role | str
    """The system, where nobody inspected it in time: it counts as it should be."""
    deviations: tuple[str, ...] = ()
    """Codes of what is not as it should be, such as `scratched` or `device_mismatch`; none when it is."""
    deduction_minor: Annotated[MinorUnits, Field(ge=0)]
    """What the seller wants to keep for that."""
    currency: Currency
    photos: tuple[EvidenceId, ...] = ()
    device_matches: bool | None = None
    """Whether the identity of the device is that of the one that was sold; absent where one of them is not known."""
    inspected_at: Instant


class DeductionDisputed(ReturnEvent):
    """The buyer disagrees with what the seller wants to keep; the platform decides it. A return that ended with it goes on."""

    type: ClassVar[str] = "disputes.deduction_disputed"
    topic: ClassVar[str] = topics.RETURNS
    disputed_at: Instant


class DeductionDecided(ReturnEvent):
    """The platform decided what the seller may keep."""

    type: ClassVar[str] = "disputes.deduction_decided"
    topic: ClassVar[str] = topics.RETURNS
    deduction_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]
    decided_by: Role | str
    decider_id: PersonId
    decided_at: Instant


class ReturnRefundOrdered(ReturnOfLine):
    """What the buyer gets for what came back, or got lost on its way: billing has it paid, once."""

    type: ClassVar[str] = "disputes.return_refund_ordered"
    topic: ClassVar[str] = topics.RETURNS
    amount_minor: Annotated[MinorUnits, Field(gt=0)]
    currency: Currency
    funded_by: str
    """`seller`, or `platform` for what a carrier lost: the seller is not charged for it."""
    clause: str
    clause_version: str
    decided_by: Role | str
    """The system, where the outcome needed no decision."""
    decider_id: PersonId
    appeal_until: Instant
    ordered_at: Instant


class ReturnEnded(ReturnEvent):
    """Nothing follows any more, unless what it rests on is taken back: then `return_shipped` or `deduction_disputed` says that it
    goes on, and it ends again. It also ends again where a refund that was given up was paid after all."""

    type: ClassVar[str] = "disputes.return_ended"
    topic: ClassVar[str] = topics.RETURNS
    outcome: str
    """`REFUNDED`, `PARTLY_REFUNDED`, `SENT_BACK`, `CANCELLED`, `LAPSED`, `LOST`, or `REFUND_GIVEN_UP`."""
    refunded_minor: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    ended_at: Instant
