"""Contract events as facts for clocks: which signal, when, about what. The only place where both vocabularies meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ombud_contracts import Event, Received
from ombud_contracts.events import billing, disputes, messaging, ticketing
from ombud_contracts.vocabulary import Audience, Role
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.rules.domain import Signal

_STAFF = (Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR)
_ANSWERED_BY: dict[str, str] = {Role.BUYER: Role.SELLER.value, Role.SELLER: Role.BUYER.value}
"""Who answers an offer; one of the platform's is for both parties, and its clock keeps the owner of the policy row."""
_OF_CASE: dict[type, Signal] = {
    ticketing.CaseOpened: Signal.CASE_OPENED,
    ticketing.CaseResolved: Signal.CASE_RESOLVED,
    ticketing.CaseClosed: Signal.CASE_CLOSED,
    ticketing.CaseReopened: Signal.CASE_REOPENED,
}


@dataclass(frozen=True, slots=True)
class AddressedFact:
    """A fact, and what within the case it is about: an offer, a charge, or the case itself."""

    fact: Fact
    subject: str | None = ""
    """None: every subject of the case that a clock knows."""
    of_channel: bool = False
    """What it tells depends on the channel by which the platform was asked."""


def facts_of(received: Received) -> Iterable[AddressedFact]:
    """Return what an event tells clocks; nothing for events that no clock hears."""
    if (signal := _OF_CASE.get(type(received.event))) is not None:
        return _of_case(signal, received)
    match received.event:
        case ticketing.PlatformCaseOpened() | ticketing.CaseMoved(to="platform"):
            return [AddressedFact(Fact(_id(received), Signal.CONTACT_REQUESTED, received.at), of_channel=True)]
        case ticketing.CaseMoved(to="seller"):
            return [AddressedFact(Fact(_id(received), Signal.MOVED_TO_SELLER, received.at), of_channel=True)]
        case messaging.MessageDelivered(audience="platform") as message:
            return _with_platform(message, received)
        case messaging.MessageDelivered() as message:
            return _of_message(message, received)
        case messaging.MessageHeld() | messaging.MessageBlocked() | messaging.MessageRejected():
            return _of_undelivered(received.event, received)
        case messaging.ReplyWaived(waived_at=at):
            return [AddressedFact(Fact(_id(received), Signal.NO_REPLY_NEEDED, at))]
        case messaging.WaiverRevoked(revoked_at=at):
            return [AddressedFact(Fact(_id(received), Signal.WAIVER_REVOKED, at))]
        case messaging.ReplyContested(contested_at=at, message_id=ref):
            return [AddressedFact(Fact(_id(received), Signal.REPLY_CONTESTED, at, ref))]
        case ticketing.TakeoverProposed() | ticketing.TakeoverActivated() | ticketing.TakeoverDeclined():
            return _of_takeover(received)
        case ticketing.TakeoverHandedBack() | ticketing.TakeoverConcluded():
            return _of_takeover(received)
        case ticketing.TakeoverReversed(contact_returned=True):
            return _of_takeover(received)
        case disputes.DisputeEvent():
            return _of_dispute(received.event, received)
        case billing.ChargeNotified(charge_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.CHARGE_NOTIFIED, received.at), subject)]
        case billing.ChargeContested(charge_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.CHARGE_CONTESTED, received.at), subject)]
        case billing.ChargeReversed(charge_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.CHARGE_TAKEN_BACK, received.at), subject)]
        case billing.ChargeProposed(charge_id=subject, needs_approval=True):
            return [AddressedFact(Fact(_id(received), Signal.CHARGE_PROPOSED, received.at), subject)]
        case billing.ChargeApproved(charge_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.CHARGE_DECIDED, received.at), subject)]
        case billing.ChargeWithdrawn(charge_id=subject):
            return [
                AddressedFact(Fact(_id(received), Signal.CHARGE_DECIDED, received.at), subject),
                AddressedFact(Fact(_id(received), Signal.CHARGE_TAKEN_BACK, received.at), subject),
            ]
        case billing.RefundOrdered(refund_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.REFUND_ORDERED, received.at), subject)]
        case billing.RefundFailed(refund_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.REFUND_REFUSED, received.at), subject)]
        case billing.RefundCompleted(refund_id=subject):
            return [AddressedFact(Fact(_id(received), Signal.REFUND_PAID, received.at), subject)]
        case billing.RefundRetried() | billing.RefundRedirected() | billing.RefundCancelled():
            return [AddressedFact(Fact(_id(received), Signal.REFUND_GIVEN_UP, received.at), received.event.refund_id)]
        case _:
            return ()


def _id(received: Received) -> FactId:
    return FactId(received.metadata.id)


def registered(received: Received) -> Fact:
    """The seller may sell in a market: the account's clocks begin."""
    return Fact(_id(received), Signal.SELLER_REGISTERED, received.at)


def seen(at: datetime) -> Fact:
    """The seller looked at Discussions (R-06): the same fact by whichever event it becomes known."""
    return Fact(FactId(f"seen:{at.isoformat()}"), Signal.SELLER_SEEN, at)


def _of_case(signal: Signal, received: Received) -> Iterable[AddressedFact]:
    subject = None if signal == Signal.CASE_CLOSED else ""
    return [AddressedFact(Fact(_id(received), signal, received.at), subject)]


def _of_message(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    id, ref = _id(received), message.message_id
    if message.author_role == Role.BUYER:
        if message.audience != Audience.THREAD:
            return ()
        return [AddressedFact(Fact(id, Signal.BUYER_MESSAGE, message.delivered_at, ref))]
    if message.author_role in _STAFF:
        if message.audience != Audience.THREAD:
            return ()
        return [AddressedFact(Fact(id, Signal.PLATFORM_REPLY, message.submitted_at, ref))]
    if message.author_role != Role.SELLER:
        return ()
    return [AddressedFact(_of_reply(message, id, ref))]


def _with_platform(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    """The case itself tells of its first message."""
    if message.first:
        return ()
    by_desk = message.author_role in _STAFF
    signal, at = (
        (Signal.PLATFORM_REPLY, message.submitted_at) if by_desk else (Signal.CONTACT_REQUESTED, message.delivered_at)
    )
    return [AddressedFact(Fact(_id(received), signal, at, message.message_id), of_channel=True)]


def _of_reply(message: messaging.MessageDelivered, id: FactId, ref: str) -> Fact:
    if not message.qualifies:
        return Fact(id, Signal.OTHER_REPLY, message.submitted_at, ref, reasons=message.not_qualifying_because)
    if message.delivered_at > message.submitted_at:
        return Fact(id, Signal.REPLY_RELEASED, message.delivered_at, ref, counts_from=message.submitted_at)
    signal = Signal.INFORMATION_REQUESTED if message.requests_information else Signal.QUALIFYING_REPLY
    return Fact(id, signal, message.submitted_at, ref)


def _of_undelivered(
    event: messaging.MessageHeld | messaging.MessageBlocked | messaging.MessageRejected, received: Received
) -> Iterable[AddressedFact]:
    if event.author_role != Role.SELLER:
        return ()
    id, ref = _id(received), event.message_id
    match event:
        case messaging.MessageHeld(submitted_at=at):
            return [AddressedFact(Fact(id, Signal.REPLY_HELD, at, ref))]
        case messaging.MessageBlocked(blocked_at=at, reasons=reasons):
            return [AddressedFact(Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("blocked", *reasons)))]
        case messaging.MessageRejected(rejected_at=at, reasons=reasons):
            return [AddressedFact(Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("rejected", *reasons)))]


def _of_takeover(received: Received) -> Iterable[AddressedFact]:
    assert received.event is not None
    signals: dict[type[Event], Signal] = {
        ticketing.TakeoverProposed: Signal.TAKEOVER_PROPOSED,
        ticketing.TakeoverActivated: Signal.TAKEOVER_ACTIVATED,
        ticketing.TakeoverDeclined: Signal.TAKEOVER_DECIDED,
        ticketing.TakeoverHandedBack: Signal.HANDED_BACK,
        ticketing.TakeoverConcluded: Signal.TAKEOVER_CONCLUDED,
        ticketing.TakeoverReversed: Signal.TAKEOVER_REVERSED,
    }
    return [AddressedFact(Fact(_id(received), signals[type(received.event)], received.at))]


def _of_dispute(event: disputes.DisputeEvent, received: Received) -> Iterable[AddressedFact]:
    id, at = _id(received), received.at
    match event:
        case disputes.DisputeOpened(stage="MEDIATION"):
            return [AddressedFact(Fact(id, Signal.DISPUTE_ESCALATED, at))]
        case disputes.DisputeOpened():
            return [AddressedFact(Fact(id, Signal.DISPUTE_OPENED, at))]
        case disputes.DisputeEscalated():
            return [AddressedFact(Fact(id, Signal.DISPUTE_ESCALATED, at))]
        case disputes.OfferMade(offer_id=subject, by=by):
            return [AddressedFact(Fact(id, Signal.OFFER_MADE, at, owner=_ANSWERED_BY.get(by)), subject)]
        case disputes.OfferDeclined(offer_id=subject):
            return [
                AddressedFact(Fact(id, Signal.OFFER_ANSWERED, at), subject),
                AddressedFact(Fact(id, Signal.ESCALATION_OPENED, at)),
            ]
        case disputes.OfferExpired(offer_id=subject):
            return [AddressedFact(Fact(id, Signal.OFFER_WITHDRAWN, at), subject)]
        case disputes.DisputeSettled(offer_id=subject):
            return [
                AddressedFact(Fact(id, Signal.OFFER_ANSWERED, at), subject),
                AddressedFact(Fact(id, Signal.DECISION_MADE, at)),
                AddressedFact(Fact(id, Signal.DISPUTE_ENDED, at), None),
            ]
        case disputes.DisputeDecided():
            return [
                AddressedFact(Fact(id, Signal.DECISION_MADE, at)),
                AddressedFact(Fact(id, Signal.DISPUTE_ENDED, at), None),
            ]
        case disputes.DisputeWithdrawn() | disputes.DisputeLapsed():
            return [AddressedFact(Fact(id, Signal.DISPUTE_ENDED, at), None)]
        case _:
            return ()
