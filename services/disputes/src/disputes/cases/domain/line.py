"""An order line: what was paid for it, what outcomes of disputes ordered back, and what is left (casework, section 4).

Goodwill is not ordered here: it is the platform's own money and does not reduce what is left.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from disputes.refusals import AmountAboveLeft
from ombud_words import Currency, DecisionId, Terms


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for a line; minor units."""

    paid_minor: int
    """The price of all pieces, and shipping."""
    shipping_minor: int
    currency: Currency


@dataclass(frozen=True, slots=True)
class Device:
    """By what a device is known; None where nobody said."""

    imei: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """The marketplace says what was bought, and on which terms."""

    paid: Paid
    at: datetime
    terms: Terms | None = None
    """None where the line was kept before terms were."""
    device: Device | None = None
    """None for what is no device, or was kept before this was."""


@dataclass(frozen=True, slots=True)
class NoteDelivery:
    """The carrier delivered the line."""

    delivered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteParcel:
    """The carrier of a parcel of the line says where it is."""

    tracking_number: str
    lost: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteCancellation:
    """The line is not delivered any more, and the marketplace itself pays the buyer back."""

    cancelled_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteGuarantee:
    """The clock of the delivery guarantee says that its time passed without a delivery, or that it had not passed (S-3)."""

    lapsed_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """An outcome gives this much back; the same decision orders once."""

    decision_id: DecisionId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RecallRefund:
    """An outcome gives this much back, whatever is left: a fact, which nothing refuses any more.

    It was ordered before the line had a version, or anew after a refusal.
    """

    decision_id: DecisionId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class NotePayment:
    """An order of an outcome's refund was paid: what becomes of its other orders leaves nothing."""

    decision_id: DecisionId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The refund of an outcome was refused: what it would have taken is left, unless another order of it was paid."""

    decision_id: DecisionId
    at: datetime


Command = (
    NoteLine
    | NoteDelivery
    | NoteParcel
    | NoteCancellation
    | NoteGuarantee
    | OrderRefund
    | RecallRefund
    | NotePayment
    | GiveBack
)


@dataclass(frozen=True, slots=True)
class LineNoted:
    paid: Paid
    at: datetime
    terms: Terms | None = None
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class DeliveryNoted:
    delivered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ParcelNoted:
    tracking_number: str
    lost: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CancellationNoted:
    cancelled_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class GuaranteeNoted:
    lapsed_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundOrdered:
    decision_id: DecisionId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundPaid:
    decision_id: DecisionId
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundGivenBack:
    decision_id: DecisionId
    at: datetime


Event = (
    LineNoted
    | DeliveryNoted
    | ParcelNoted
    | CancellationNoted
    | GuaranteeNoted
    | RefundOrdered
    | RefundPaid
    | RefundGivenBack
)


@dataclass(frozen=True, slots=True)
class Ordered:
    decision_id: DecisionId
    amount_minor: int
    paid: bool = False


@dataclass(frozen=True, slots=True)
class BoughtLine:
    paid: Paid
    ordered: tuple[Ordered, ...] = ()
    """Paid or still to be paid; one that was refused is not among them until it is ordered anew."""
    terms: Terms | None = None
    """When it was bought and promised; None where the line was kept before terms were."""
    device: Device | None = None
    delivered_at: datetime | None = None
    lost_parcels: tuple[str, ...] = ()
    """Tracking numbers of the parcels that are lost, as their carriers last told."""
    guarantee_lapsed_at: datetime | None = None
    """Since when the delivery guarantee can be claimed, as its clock says."""
    cancelled_at: datetime | None = None
    """Since when it is not delivered any more: the marketplace pays all of it back."""

    @property
    def guarantee_claimable(self) -> bool:
        """Whether the guarantee's time passed, and nothing was delivered or cancelled since: what came late is disputed like
        anything else."""
        return self.guarantee_lapsed_at is not None and self.delivered_at is None and self.cancelled_at is None

    @property
    def left_minor(self) -> int:
        """What can still be given back for the line; nothing of one that the marketplace pays back."""
        if self.cancelled_at is not None:
            return 0
        return max(0, self.paid.paid_minor - sum(o.amount_minor for o in self.ordered))


def decide(command: Command, state: BoughtLine | None) -> list[Event]:
    """Return what happens. Raises AmountAboveLeft."""
    match command:
        case NoteLine(paid, at, terms, device):
            known = state is not None and (state.paid, state.terms, state.device) == (paid, terms, device)
            return [] if known else [LineNoted(paid, at, terms, device)]
        case NoteDelivery(delivered_at, at):
            known = state is not None and state.delivered_at == delivered_at
            return [] if known else [DeliveryNoted(delivered_at, at)]
        case NoteParcel(tracking_number, lost, at):
            known_lost = state is not None and tracking_number in state.lost_parcels
            return [] if known_lost is lost else [ParcelNoted(tracking_number, lost, at)]
        case NoteCancellation(cancelled_at, at):
            known = state is not None and state.cancelled_at is not None
            return [] if known else [CancellationNoted(cancelled_at, at)]
        case NoteGuarantee(lapsed_at, at):
            known_at = state.guarantee_lapsed_at if state is not None else None
            return [] if known_at == lapsed_at else [GuaranteeNoted(lapsed_at, at)]
        case RecallRefund(decision_id, amount_minor, at):
            return [] if _knows(state, decision_id) else [RefundOrdered(decision_id, amount_minor, at)]
        case GiveBack(decision_id, at):
            gives = _knows(state, decision_id) and not _was_paid(state, decision_id)
            return [RefundGivenBack(decision_id, at)] if gives else []
        case NotePayment(decision_id, amount_minor, at):
            return [] if _was_paid(state, decision_id) else [RefundPaid(decision_id, amount_minor, at)]
        case OrderRefund(decision_id, amount_minor, at):
            if _knows(state, decision_id):
                return []
            left = state.left_minor if state is not None else 0
            if amount_minor > left:
                raise AmountAboveLeft(left)
            return [RefundOrdered(decision_id, amount_minor, at)]
        case _:
            assert_never(command)


def _knows(state: BoughtLine | None, decision_id: DecisionId) -> bool:
    return state is not None and any(o.decision_id == decision_id for o in state.ordered)


def _was_paid(state: BoughtLine | None, decision_id: DecisionId) -> bool:
    return state is not None and any(o.decision_id == decision_id and o.paid for o in state.ordered)


def evolve(state: BoughtLine | None, event: Event) -> BoughtLine:
    """Return the state after a fact."""
    match event:
        case LineNoted(paid, _, terms, device):
            return replace(state or BoughtLine(paid), paid=paid, terms=terms, device=device)
        case DeliveryNoted(delivered_at, _):
            assert state is not None, "what is delivered was bought"
            return replace(state, delivered_at=delivered_at)
        case ParcelNoted(tracking_number, lost, _):
            assert state is not None, "what is sent was bought"
            others = tuple(parcel for parcel in state.lost_parcels if parcel != tracking_number)
            return replace(state, lost_parcels=(*others, tracking_number) if lost else others)
        case CancellationNoted(cancelled_at, _):
            assert state is not None, "what is cancelled was bought"
            return replace(state, cancelled_at=cancelled_at)
        case GuaranteeNoted(lapsed_at, _):
            assert state is not None, "what is promised was bought"
            return replace(state, guarantee_lapsed_at=lapsed_at)
        case RefundOrdered(decision_id, amount_minor, _):
            assert state is not None, "what is ordered was bought"
            return replace(state, ordered=(*state.ordered, Ordered(decision_id, amount_minor)))
        case RefundPaid(decision_id, amount_minor, _):
            assert state is not None, "what is paid was bought"
            rest = tuple(o for o in state.ordered if o.decision_id != decision_id)
            return replace(state, ordered=(*rest, Ordered(decision_id, amount_minor, paid=True)))
        case RefundGivenBack(decision_id, _):
            assert state is not None, "what is given back was bought"
            return replace(state, ordered=tuple(o for o in state.ordered if o.decision_id != decision_id))
        case _:
            assert_never(event)
