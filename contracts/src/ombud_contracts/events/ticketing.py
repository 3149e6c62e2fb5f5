"""Cases and takeovers: who owns a contact, and why."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event, Model
from ombud_contracts.vocabulary import (
    BuyerId,
    CaseId,
    ChargeKind,
    Currency,
    Instant,
    LineId,
    MinorUnits,
    OrderId,
    Reason,
    ReasonFamily,
    Remedy,
    Role,
    SellerId,
    TakeoverId,
    Trigger,
)
from ombud_words import Channel, ContactOrigin, Counterpart, DraftId, ListingId, Matter, PersonId


class CaseOpened(Event):
    """A contact that a seller owes an answer to was registered: a number, a priority with its reasons, two parties (R-23)."""

    type: ClassVar[str] = "ticketing.case_opened"
    topic: ClassVar[str] = topics.CASES
    version: ClassVar[int] = 3
    case_id: CaseId
    number: str
    """What people quote, such as `LV-26-7K3M9`."""
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    order_id: OrderId
    line_id: LineId
    reason: Reason | str
    family: ReasonFamily | str
    phase: str
    """before, during or after the purchase (R-25)."""
    priority: Annotated[int, Field(ge=1, le=4)]
    """1 is the most urgent."""
    priority_reasons: tuple[str, ...]
    draft_id: DraftId
    """The first message: a draft that messaging keeps; its text never leaves messaging."""
    opened_by: Role | str
    opened_at: Instant
    channel: Channel | str | None = None
    """By which way the contact came, such as `thread`."""
    origin: ContactOrigin | str | None = None
    """From where it was begun, such as `site`."""
    desired_outcome: Remedy | str | None = None
    """What the buyer would like (R-39): one of the remedies of the reason. Absent when nobody said."""
    rights_until: Instant | None = None
    """Until when a message can reopen the case after it was closed, at the latest: the last of the buyer's windows for the
    reason. Absent for no limit, and while the delivery that begins the window is not known."""


class ListingCaseOpened(Event):
    """A buyer asks a seller about a listing before buying: a contact that the seller owes an answer to, without an order (R-25)."""

    type: ClassVar[str] = "ticketing.listing_case_opened"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    number: str
    """What people quote, such as `LV-26-7K3M9`."""
    market: str
    buyer_id: BuyerId
    seller_id: SellerId
    listing_id: ListingId
    reason: Reason | str
    family: ReasonFamily | str
    phase: str
    """`before`: nothing was bought."""
    priority: Annotated[int, Field(ge=1, le=4)]
    """1 is the most urgent."""
    priority_reasons: tuple[str, ...]
    draft_id: DraftId
    """The first message: a draft that messaging keeps; its text never leaves messaging."""
    channel: Channel | str
    """By which way the contact came, such as `thread`."""
    origin: ContactOrigin | str
    """From where it was begun, such as `site`."""
    opened_by: Role | str
    opened_at: Instant


class PlatformCaseOpened(Event):
    """A contact that the platform itself owes an answer to was registered; no other party sees it (R-20)."""

    type: ClassVar[str] = "ticketing.platform_case_opened"
    topic: ClassVar[str] = topics.CASES
    version: ClassVar[int] = 3
    case_id: CaseId
    number: str
    """What people quote, such as `LV-26-7K3M9`."""
    market: str
    asked_by: Role | str
    """Whose contact it is: `buyer` or `seller`."""
    asker_id: PersonId
    """The marketplace's id of that person; a pseudonym, such as `buy_01JD0000000000000000000000`."""
    order_id: OrderId | None = None
    line_id: LineId | None = None
    listing_id: ListingId | None = None
    """What is asked about before buying; then there is no order."""
    reason: Reason | str
    family: ReasonFamily | str
    matter: Matter | str
    """`order_line`, `listing` or `none`."""
    phase: str
    """before, during or after the purchase (R-25)."""
    channel: Channel | str
    """By which way the contact came, such as `thread`; it says how soon the platform answers (R-22)."""
    origin: ContactOrigin | str
    """From where it was begun, such as `site`."""
    priority: Annotated[int, Field(ge=1, le=4)]
    """1 is the most urgent."""
    priority_reasons: tuple[str, ...]
    draft_id: DraftId
    """The first message: a draft that messaging keeps; its text never leaves messaging."""
    opened_by: Role | str
    opened_at: Instant
    rights_until: Instant | None = None
    """Until when a message can reopen the case after it was closed, at the latest: the last of the buyer's windows for the
    reason. Absent for no limit, and while the delivery that begins the window is not known."""


class CaseMoved(Event):
    """The desk moved a contact to the other counterpart, because it had come in by the wrong door.

    To the seller for the first time, `ticketing.case_opened` follows, by which others learn of a case with two parties.
    """

    type: ClassVar[str] = "ticketing.case_moved"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    to: Counterpart | str
    """Who owes the answer from now on: `seller` or `platform`. After `platform` the seller is not a party any more."""
    reason: str
    """A code, such as `wrong_door`."""
    seller_id: SellerId | None = None
    """The seller who owes the answer from now on; absent when the platform does."""
    moved_by: Role | str
    moved_at: Instant


class CaseResolved(Event):
    """The matter is settled; a further message of the buyer reopens the case."""

    type: ClassVar[str] = "ticketing.case_resolved"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    outcome: str
    """A code, such as `answered` or `refunded`."""
    resolved_at: Instant
    despite: str | None = None
    """Why, although a dispute or refund of the case was unfinished: a code such as `settled_by_phone`."""


class CaseClosed(Event):
    """Nothing more is expected; the seller may no longer write."""

    type: ClassVar[str] = "ticketing.case_closed"
    version: ClassVar[int] = 2
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    closed_at: Instant
    despite: str | None = None
    """Why, although a dispute or refund of the case was unfinished: a code such as `settled_by_phone`."""


class CaseReopened(Event):
    """A resolved or closed case is alive again."""

    type: ClassVar[str] = "ticketing.case_reopened"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    cause: str
    """`buyer_message` or `agent`."""
    reopened_at: Instant


class CaseLinked(Event):
    """Another case belongs to this one; each of the two says so of the other."""

    type: ClassVar[str] = "ticketing.case_linked"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    linked_case_id: CaseId
    linked_number: str
    """What people quote of the other, such as `LV-26-7K3M9`."""
    kind: str
    """`follow_up`, `same_order`, `same_incident`, or `merged`: the other ended, and this one goes on in its place."""
    linked_by: Role | str
    linked_at: Instant


class CaseMerged(Event):
    """The case says what an earlier one says: it ends, and the earlier one goes on. `case_closed` follows."""

    type: ClassVar[str] = "ticketing.case_merged"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    into_case_id: CaseId
    """Where everybody writes from now on."""
    into_number: str
    """What people quote of it, such as `LV-26-7K3M9`."""
    merged_by: Role | str
    merged_at: Instant


class TraceSegment(Model):
    """A stretch of a deadline: counted or not, how long, and why."""

    from_at: Instant
    to_at: Instant
    counted: bool
    seconds: int
    cause: str
    calendar_version: str


class AnnouncedCharge(Model):
    """A charge that the seller is shown before it is made: what was shown is what is charged."""

    kind: ChargeKind | str
    net_minor: Annotated[MinorUnits, Field(ge=0)]
    vat_minor: Annotated[MinorUnits, Field(ge=0)]
    vat_basis_points: Annotated[int, Field(ge=0)]
    currency: Currency
    tariff_version: str


class TakeoverDecision(Model):
    """The decision record of a takeover (section 4): what was decided, on what, by whom, and until when it can be appealed."""

    trigger: Trigger | str
    clause: str
    clause_version: str
    facts: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of the events, or references of the evidence, that the decision rests on."""
    deadline_trace: tuple[TraceSegment, ...] = ()
    """For T1: how the missed deadline was counted."""
    alternatives: tuple[str, ...]
    """What was considered instead, as codes."""
    decided_by: Role | str
    decider_id: PersonId
    scope: str
    """`case`, `dispute`, `order`, `seller` or `model`."""
    appeal_until: Instant
    charges_announced: tuple[str, ...] = ()
    """Kinds of charges that the seller is told of with the decision."""
    costs: tuple[AnnouncedCharge, ...] | None = None
    """What the seller was shown that it costs. What is not among the announced kinds is charged by a verdict alone."""
    awaits_verdict: bool | None = None
    """True: the platform has the contact, a person has still to say whether the reason is so, and nothing is charged before."""


class TakeoverProposed(Event):
    """A takeover is recommended, or requested by a party; somebody with the right decides."""

    type: ClassVar[str] = "ticketing.takeover_proposed"
    topic: ClassVar[str] = topics.TAKEOVERS
    version: ClassVar[int] = 2
    takeover_id: TakeoverId
    case_id: CaseId
    trigger: Trigger | str
    facts: tuple[str, ...]
    costs: tuple[AnnouncedCharge, ...] | None = None
    """What it will cost the seller; absent where it costs nothing."""
    proposed_by: Role | str
    proposed_at: Instant


class TakeoverActivated(Event):
    """The platform owns the contact from now on: the seller reads, and may not write."""

    type: ClassVar[str] = "ticketing.takeover_activated"
    topic: ClassVar[str] = topics.TAKEOVERS
    version: ClassVar[int] = 2
    takeover_id: TakeoverId
    case_id: CaseId
    seller_id: SellerId
    buyer_id: BuyerId
    order_id: OrderId
    line_id: LineId
    reason: Reason | str
    decision: TakeoverDecision
    activated_at: Instant


class ListingTakeoverActivated(Event):
    """The platform answers a question about a listing from now on: the seller reads, and may not write. Nothing is charged."""

    type: ClassVar[str] = "ticketing.listing_takeover_activated"
    topic: ClassVar[str] = topics.TAKEOVERS
    version: ClassVar[int] = 2
    takeover_id: TakeoverId
    case_id: CaseId
    seller_id: SellerId
    buyer_id: BuyerId
    listing_id: ListingId
    reason: Reason | str
    decision: TakeoverDecision
    activated_at: Instant


class TakeoverDeclined(Event):
    """A proposed takeover was not made, for a reason."""

    type: ClassVar[str] = "ticketing.takeover_declined"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    reason: str
    declined_by: Role | str
    declined_at: Instant


class TakeoverHandedBack(Event):
    """The seller owns the contact again, by a decision; what somebody still waits for is owed with full time."""

    type: ClassVar[str] = "ticketing.takeover_handed_back"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    reason: str
    decided_by: Role | str
    handed_back_at: Instant


class TakeoverConcluded(Event):
    """The case ended while the platform owned the contact."""

    type: ClassVar[str] = "ticketing.takeover_concluded"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    concluded_at: Instant


class TakeoverReversed(Event):
    """What the takeover rested on was withdrawn: it counts as if it had not been, and its charges are taken back (S-3)."""

    type: ClassVar[str] = "ticketing.takeover_reversed"
    topic: ClassVar[str] = topics.TAKEOVERS
    takeover_id: TakeoverId
    case_id: CaseId
    reason: str
    """A code, such as `breach_withdrawn`, `answered_before`, or the one that a supervisor gave."""
    withdrawn_by: str
    """The id of the event, or of a supervisor's request, that withdrew what the takeover rested on."""
    contact_returned: bool
    """The seller owns the contact again from now on; false when the takeover had ended before."""
    charges_announced: tuple[str, ...] = ()
    """Kinds of charges that were announced with the decision and are taken back."""
    decided_by: Role | str
    reversed_at: Instant


class NoticeIssued(Event):
    """Those whom it concerns are told something, in the market's language: that a contact was registered (R-23), or what was
    decided: a takeover, its reversal or hand-back, a move, a merge, a waiver (section 4)."""

    type: ClassVar[str] = "ticketing.notice_issued"
    topic: ClassVar[str] = topics.CASES
    case_id: CaseId
    about: str
    """The id of the decision, or of a case."""
    template: str
    """Which notice, such as `takeover_activated`; the text is rendered by language when read."""
    recipients: tuple[Role | str, ...]
    issued_at: Instant
