"""Contract events as facts for clocks: which signal, when, about what. The only place where both vocabularies meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ombud_contracts import Event, Received
from ombud_contracts.events import (
    billing,
    conduct,
    disputes,
    messaging,
    payouts,
    promises,
    returns,
    takeovers,
    ticketing,
)
from ombud_contracts.vocabulary import Audience, Role
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.rules.domain import About, Signal

_STAFF = (Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR)
_ANSWERED_BY: dict[str, str] = {Role.BUYER: Role.SELLER.value, Role.SELLER: Role.BUYER.value}
"""Who answers an offer; one of the platform's is for both parties, and its clock keeps the owner of the policy row."""
_APPEALED = "appeal"
"""Among the reasons of a message that waits because its author appealed."""
_REVERSED = "REVERSED"
"""The outcome of an appeal by which what was decided counts as if it had not been."""
_PAYMENT = frozenset({"bank", "payment"})
"""Among the reasons of a message that names where money shall go."""
_OF_CASE: dict[type, Signal] = {
    ticketing.CaseOpened: Signal.CASE_OPENED,
    ticketing.ListingCaseOpened: Signal.CASE_OPENED,
    ticketing.CaseResolved: Signal.CASE_RESOLVED,
    ticketing.CaseClosed: Signal.CASE_CLOSED,
    ticketing.CaseReopened: Signal.CASE_REOPENED,
}


@dataclass(frozen=True, slots=True)
class AddressedFact:
    """A fact of a case, and what within the case it names: a dispute, an offer, a charge, a message, a takeover."""

    fact: Fact
    names: Mapping[About, str] = field(default_factory=dict)
    whole_case: bool = False
    """Clocks about what it does not name hear it too, whatever subjects of the case they have."""
    of_channel: bool = False
    """What it tells depends on the channel by which the platform was asked."""

    def subject_for(self, about: About) -> str | None:
        """Return the subject of the clock that hears it among those about this kind of thing; None: not named."""
        return "" if about is About.CASE else self.names.get(about)


def facts_of(received: Received) -> Iterable[AddressedFact]:
    """Return what an event tells clocks; nothing for events that no clock hears."""
    if (signal := _OF_CASE.get(type(received.event))) is not None:
        return [AddressedFact(Fact(_id(received), signal, received.at), whole_case=True)]
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
            return [AddressedFact(Fact(_id(received), Signal.REPLY_CONTESTED, at, ref), {About.MESSAGE: ref})]
        case ticketing.TakeoverProposed() | ticketing.TakeoverDeclined() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverActivated() | ticketing.ListingTakeoverActivated() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverHandedBack() | ticketing.TakeoverConcluded() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverReversed(contact_returned=True) as takeover:
            return _of_takeover(takeover, received)
        case takeovers.TakeoverLapsed() | takeovers.UnlockRequested() | takeovers.UnlockEnded() as step:
            return _of_step(step, received)
        case takeovers.TakeoverAppealed(appeal_id=appeal_id):
            return [AddressedFact(Fact(_id(received), Signal.APPEAL_FILED, received.at), {About.APPEAL: appeal_id})]
        case takeovers.TakeoverAppealDecided(appeal_id=appeal_id):
            return [AddressedFact(Fact(_id(received), Signal.APPEAL_DECIDED, received.at), {About.APPEAL: appeal_id})]
        case promises.PromiseEvent() as promise:
            return _of_promise(promise, received)
        case disputes.DisputeEvent():
            return _of_dispute(received.event, received)
        case conduct.ConductEvent() as event:
            names = {About.CONDUCT_COMPLAINT: event.complaint_id}
            return [AddressedFact(fact, names) for fact in _told_of_conduct(event, _id(received), received.at)]
        case returns.ReturnEvent():
            return _of_return(received.event, received)
        case billing.ChargeEvent():
            return _of_charge(received.event, received)
        case payouts.PayoutHoldEvent(hold_id=hold_id) as hold:
            held = isinstance(hold, payouts.PayoutHoldPlaced)
            signal = Signal.PAYOUT_HELD if held else Signal.PAYOUT_HOLD_RELEASED
            return [AddressedFact(Fact(_id(received), signal, received.at), {About.HOLD: hold_id})]
        case refund if isinstance(refund, Refund):
            return _of_refund(refund, received)
        case _:
            return ()


def _of_charge(event: billing.ChargeEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.CHARGE: event.charge_id}
    return [AddressedFact(fact, names) for fact in _told_of_charge(event, _id(received), received.at)]


def _told_of_charge(event: billing.ChargeEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    match event:
        case billing.ChargeProposed(needs_approval=True):
            return [Fact(id, Signal.CHARGE_PROPOSED, at)]
        case billing.ChargeApproved():
            return [Fact(id, Signal.CHARGE_DECIDED, at)]
        case billing.ChargeNotified(contest_until=until):
            return [Fact(id, Signal.CHARGE_NOTIFIED, at, until=until)]
        case billing.ChargeContested():
            return [Fact(id, Signal.CHARGE_CONTESTED, at)]
        case billing.ChargeReversed():
            return [Fact(id, Signal.CHARGE_TAKEN_BACK, at)]
        case billing.ChargeWithdrawn():
            return [Fact(id, Signal.CHARGE_DECIDED, at), Fact(id, Signal.CHARGE_TAKEN_BACK, at)]
        case _:
            return ()


_REFUND_SIGNALS: dict[type[Event], Signal] = {
    billing.RefundOrdered: Signal.REFUND_ORDERED,
    billing.RefundFailed: Signal.REFUND_REFUSED,
    billing.RefundCompleted: Signal.REFUND_PAID,
    billing.RefundRetried: Signal.REFUND_GIVEN_UP,
    billing.RefundRedirected: Signal.REFUND_GIVEN_UP,
    billing.RefundCancelled: Signal.REFUND_GIVEN_UP,
}


Refund = (
    billing.RefundOrdered
    | billing.RefundFailed
    | billing.RefundCompleted
    | billing.RefundRetried
    | billing.RefundRedirected
    | billing.RefundCancelled
)


def _of_refund(event: Refund, received: Received) -> Iterable[AddressedFact]:
    fact = Fact(_id(received), _REFUND_SIGNALS[type(event)], received.at)
    return [AddressedFact(fact, {About.REFUND: event.refund_id})]


def _id(received: Received) -> FactId:
    return FactId(received.metadata.id)


def registered(received: Received) -> Fact:
    """The seller may sell in a market: the account's clocks begin."""
    return Fact(_id(received), Signal.SELLER_REGISTERED, received.at)


def seen(at: datetime) -> Fact:
    """The seller looked at Discussions (R-06): the same fact by whichever event it becomes known."""
    return Fact(FactId(f"seen:{at.isoformat()}"), Signal.SELLER_SEEN, at)


def _of_message(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    names = {About.MESSAGE: message.message_id}
    facts = [*_of_author(message, _id(received))]
    if message.delivered_at > message.submitted_at and not message.first:
        facts.append(Fact(_id(received), Signal.MESSAGE_DECIDED, message.delivered_at, message.message_id))
    told = [AddressedFact(fact, names) for fact in facts]
    if message.author_role == Role.SELLER and message.audience == Audience.THREAD and message.qualifies:
        reacted = Fact(_id(received), Signal.SELLER_REACTED, message.submitted_at, message.message_id)
        told.append(AddressedFact(reacted, names, whole_case=True))
    return told


def _with_platform(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    """The case itself tells of its first message."""
    if message.first:
        return ()
    by_desk = message.author_role in _STAFF
    signal, at = (
        (Signal.PLATFORM_REPLY, message.submitted_at) if by_desk else (Signal.CONTACT_REQUESTED, message.delivered_at)
    )
    return [AddressedFact(Fact(_id(received), signal, at, message.message_id), of_channel=True)]


def _of_author(message: messaging.MessageDelivered, id: FactId) -> Iterable[Fact]:
    """What a delivered message means by who wrote it. What staff write for a buyer who cannot is the buyer's."""
    ref, in_thread = message.message_id, message.audience == Audience.THREAD
    by_staff = message.author_role in _STAFF
    if in_thread and (message.author_role == Role.BUYER or (by_staff and message.first)):
        return [Fact(id, Signal.BUYER_MESSAGE, message.delivered_at, ref)]
    if in_thread and by_staff:
        return [Fact(id, Signal.PLATFORM_REPLY, message.submitted_at, ref)]
    return _of_reply(message, id, ref) if message.author_role == Role.SELLER else ()


def _of_reply(message: messaging.MessageDelivered, id: FactId, ref: str) -> Iterable[Fact]:
    """A reply that was held counts from when it was written; what it asks of the buyer from when the buyer could read it."""
    if not message.qualifies:
        return [Fact(id, Signal.OTHER_REPLY, message.submitted_at, ref, reasons=message.not_qualifying_because)]
    held = message.delivered_at > message.submitted_at
    asked = Fact(id, Signal.INFORMATION_REQUESTED, message.delivered_at, ref) if message.requests_information else None
    if held:
        released = Fact(id, Signal.REPLY_RELEASED, message.delivered_at, ref, counts_from=message.submitted_at)
        return [released, *([asked] if asked else [])]
    return [asked or Fact(id, Signal.QUALIFYING_REPLY, message.submitted_at, ref)]


def _of_undelivered(
    event: messaging.MessageHeld | messaging.MessageBlocked | messaging.MessageRejected, received: Received
) -> Iterable[AddressedFact]:
    facts = [*_of_waiting(event, received)]
    if event.author_role == Role.SELLER:
        facts.append(_of_undelivered_reply(event, received))
    return [AddressedFact(fact, {About.MESSAGE: event.message_id}) for fact in facts]


def _of_waiting(
    event: messaging.MessageHeld | messaging.MessageBlocked | messaging.MessageRejected, received: Received
) -> Iterable[Fact]:
    id, ref = _id(received), event.message_id
    match event:
        case messaging.MessageHeld() if _APPEALED in event.reasons:
            return [Fact(id, Signal.MESSAGE_APPEALED, received.at, ref)]
        case messaging.MessageHeld(submitted_at=at):
            paying = not _PAYMENT.isdisjoint(event.reasons)
            return [Fact(id, Signal.MESSAGE_HELD_FOR_PAYMENT if paying else Signal.MESSAGE_HELD, at, ref)]
        case messaging.MessageRejected(rejected_at=at):
            return [Fact(id, Signal.MESSAGE_DECIDED, at, ref)]
        case messaging.MessageBlocked():
            return ()


def _of_undelivered_reply(
    event: messaging.MessageHeld | messaging.MessageBlocked | messaging.MessageRejected, received: Received
) -> Fact:
    id, ref = _id(received), event.message_id
    match event:
        case messaging.MessageHeld(submitted_at=at):
            appealed = received.at if _APPEALED in event.reasons else at
            return Fact(id, Signal.REPLY_HELD, appealed, ref, counts_from=at if appealed != at else None)
        case messaging.MessageBlocked(blocked_at=at, reasons=reasons):
            return Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("blocked", *reasons))
        case messaging.MessageRejected(rejected_at=at, reasons=reasons):
            return Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("rejected", *reasons))


_TAKEOVER_SIGNALS: dict[type[Event], Signal] = {
    ticketing.TakeoverProposed: Signal.TAKEOVER_PROPOSED,
    ticketing.TakeoverActivated: Signal.TAKEOVER_ACTIVATED,
    ticketing.ListingTakeoverActivated: Signal.TAKEOVER_ACTIVATED,
    ticketing.TakeoverDeclined: Signal.TAKEOVER_DECIDED,
    ticketing.TakeoverHandedBack: Signal.HANDED_BACK,
    ticketing.TakeoverConcluded: Signal.TAKEOVER_CONCLUDED,
    ticketing.TakeoverReversed: Signal.TAKEOVER_REVERSED,
}
_ABOUT_A_PROPOSAL = ticketing.TakeoverProposed | ticketing.TakeoverDeclined
Takeover = (
    _ABOUT_A_PROPOSAL
    | ticketing.TakeoverActivated
    | ticketing.ListingTakeoverActivated
    | ticketing.TakeoverHandedBack
    | ticketing.TakeoverConcluded
    | ticketing.TakeoverReversed
)


def _of_takeover(takeover: Takeover, received: Received) -> Iterable[AddressedFact]:
    """A proposal concerns itself; who has the contact concerns everything in the case."""
    fact = Fact(_id(received), _TAKEOVER_SIGNALS[type(takeover)], received.at)
    whole_case = not isinstance(takeover, _ABOUT_A_PROPOSAL)
    return [AddressedFact(fact, {About.TAKEOVER: takeover.takeover_id}, whole_case)]


def _of_step(
    step: takeovers.TakeoverLapsed | takeovers.UnlockRequested | takeovers.UnlockEnded, received: Received
) -> Iterable[AddressedFact]:
    match step:
        case takeovers.TakeoverLapsed():
            signal = Signal.TAKEOVER_DECIDED
        case takeovers.UnlockRequested():
            signal = Signal.UNLOCK_REQUESTED
        case takeovers.UnlockEnded(outcome="unlocked"):
            signal = Signal.UNLOCK_CONFIRMED
        case _:
            signal = Signal.UNLOCK_ENDED
    return [AddressedFact(Fact(_id(received), signal, received.at), {About.TAKEOVER: step.takeover_id})]


def _of_promise(event: promises.PromiseEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.PROMISE: event.promise_id}
    match event:
        case promises.PromiseMade(owner=owner, due_by=until):
            fact = Fact(_id(received), Signal.PROMISE_MADE, received.at, owner=owner, until=until)
        case promises.PromiseKept():
            fact = Fact(_id(received), Signal.PROMISE_KEPT, received.at)
        case promises.PromiseWithdrawn():
            fact = Fact(_id(received), Signal.PROMISE_WITHDRAWN, received.at)
        case _:
            return ()
    return [AddressedFact(fact, names)]


def _of_dispute(event: disputes.DisputeEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.DISPUTE: event.dispute_id}
    if (offer_id := getattr(event, "offer_id", None)) is not None:
        names[About.OFFER] = offer_id
    if (appeal_id := getattr(event, "appeal_id", None)) is not None:
        names[About.APPEAL] = appeal_id
    return [AddressedFact(fact, names) for fact in _told_of_dispute(event, _id(received), received.at)]


def _told_of_conduct(event: conduct.ConductEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    match event:
        case conduct.ConductComplaintFiled():
            return [Fact(id, Signal.CONDUCT_COMPLAINED, at)]
        case conduct.ConductAccusedTold():
            return [Fact(id, Signal.CONDUCT_ACCUSED_TOLD, at)]
        case conduct.ConductAccusedHeard(answered=True):
            return [Fact(id, Signal.CONDUCT_ANSWERED, at)]
        case conduct.ConductDecided(appeal_by=side, appeal_until=until):
            return [Fact(id, Signal.CONDUCT_DECIDED, at, owner=side, until=until)]
        case conduct.ConductAppealed():
            return [Fact(id, Signal.CONDUCT_APPEALED, at)]
        case conduct.ConductAppealDecided(outcome=outcome, by=by):
            again = outcome == _REVERSED and by == Role.BUYER
            investigated = [Fact(id, Signal.CONDUCT_COMPLAINED, at)] if again else []
            return [Fact(id, Signal.CONDUCT_APPEAL_DECIDED, at), *investigated]
        case _:
            return ()


def _reacted(by: str, id: FactId, at: datetime) -> list[Fact]:
    return [Fact(id, Signal.SELLER_REACTED, at)] if by == Role.SELLER else []


def _told_of_dispute(event: disputes.DisputeEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    match event:
        case disputes.DisputeOpened(stage="MEDIATION") | disputes.DisputeEscalated():
            return [Fact(id, Signal.DISPUTE_ESCALATED, at)]
        case disputes.DisputeOpened(opened_by=by):
            complaint = [Fact(id, Signal.COMPLAINT_MADE, at)] if by != Role.SELLER else []
            return [Fact(id, Signal.DISPUTE_OPENED, at), *complaint]
        case disputes.OfferMade(by=by, open_until=until):
            return [Fact(id, Signal.OFFER_MADE, at, owner=_ANSWERED_BY.get(by), until=until), *_reacted(by, id, at)]
        case disputes.OfferDeclined(by=by):
            return [Fact(id, Signal.OFFER_ANSWERED, at), *_reacted(by, id, at)]
        case disputes.OfferAccepted(by=by):
            return _reacted(by, id, at)
        case disputes.OfferExpired() | disputes.OfferEnded():
            return [Fact(id, Signal.OFFER_WITHDRAWN, at)]
        case disputes.EscalationOpened():
            return [Fact(id, Signal.ESCALATION_OPENED, at)]
        case disputes.DisputeSettled():  # nobody appeals what both sides agreed to
            return [Fact(id, Signal.OFFER_ANSWERED, at), Fact(id, Signal.DISPUTE_ENDED, at)]
        case disputes.DisputeDecided(decision=decision):
            decided = Fact(id, Signal.DECISION_MADE, at, until=decision.appeal_until)
            return [decided, Fact(id, Signal.DISPUTE_ENDED, at)]
        case disputes.EvidenceRequested(of=owner):
            return [Fact(id, Signal.EVIDENCE_REQUESTED, at, owner=owner)]
        case disputes.EvidenceRequestEnded(outcome=outcome):
            received = outcome == "RECEIVED"
            return [Fact(id, Signal.EVIDENCE_RECEIVED if received else Signal.EVIDENCE_REQUEST_ENDED, at)]
        case disputes.DecisionAppealed():
            return [Fact(id, Signal.APPEAL_FILED, at)]
        case disputes.AppealDecided(decision=decision):
            amended = [Fact(id, Signal.DECISION_MADE, at, until=decision.appeal_until)] if decision else []
            return [Fact(id, Signal.APPEAL_DECIDED, at), *amended]
        case disputes.DisputeWithdrawn() | disputes.DisputeLapsed():
            return [Fact(id, Signal.DISPUTE_ENDED, at)]
        case _:
            return ()


_RETURN_SIGNALS: dict[type[Event], tuple[Signal, ...]] = {
    returns.ReturnRequested: (Signal.RETURN_REQUESTED,),
    returns.ReturnAccepted: (Signal.RETURN_ACCEPTED,),
    returns.ReturnRefused: (Signal.RETURN_ANSWERED, Signal.RETURN_ENDED),
    returns.ReturnLabelIssued: (Signal.LABEL_SENT,),
    returns.ReturnShipped: (Signal.RETURN_SHIPPED,),
    returns.ReturnReceived: (Signal.RETURN_RECEIVED,),
    returns.ReturnInspected: (Signal.RETURN_INSPECTED,),
    returns.DeductionDisputed: (Signal.DEDUCTION_DISPUTED, Signal.DEDUCTION_ANSWERED),
    returns.DeductionDecided: (Signal.DEDUCTION_DECIDED,),
    returns.ReturnRefundOrdered: (Signal.REFUND_ISSUED,),
    returns.ReturnEnded: (Signal.RETURN_ENDED,),
}
"""What steps of a return tell; the others tell no clock anything."""


def _of_return(event: returns.ReturnEvent, received: Received) -> Iterable[AddressedFact]:
    signals = _RETURN_SIGNALS.get(type(event), ())
    if isinstance(event, returns.ReturnInspected) and event.deduction_minor:
        signals = (*signals, Signal.DEDUCTION_MADE)
    names = {About.RETURN: event.return_id}
    return [AddressedFact(Fact(_id(received), signal, received.at), names) for signal in signals]
