"""Contract events as facts for clocks: which signal, when, about what. The only place where both vocabularies meet."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ombud_contracts import Event, Received
from ombud_contracts.events import (
    billing,
    conduct,
    disputes,
    messaging,
    payouts,
    promises,
    returns,
    reviews,
    takeovers,
    ticketing,
)
from ombud_contracts.vocabulary import Role
from ombud_words import ConductResult, TakeoverId
from sla_monitor.clocks.addressed import AddressedFact, fact_id
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.clocks.message_facts import of_message, of_undelivered, with_platform
from sla_monitor.rules.domain import About, Signal

_ANSWERED_BY: dict[str, str] = {Role.BUYER: Role.SELLER.value, Role.SELLER: Role.BUYER.value}
"""Who answers an offer; one of the platform's is for both parties, and its clock keeps the owner of the policy row."""
_REVERSED = "REVERSED"
"""The outcome of an appeal by which what was decided counts as if it had not been."""
_OF_CASE: dict[type, Signal] = {
    ticketing.CaseOpened: Signal.CASE_OPENED,
    ticketing.ListingCaseOpened: Signal.CASE_OPENED,
    ticketing.CaseResolved: Signal.CASE_RESOLVED,
    ticketing.CaseClosed: Signal.CASE_CLOSED,
    ticketing.CaseReopened: Signal.CASE_REOPENED,
}


def facts_of(received: Received) -> Iterable[AddressedFact]:
    """Return what an event tells clocks; nothing for events that no clock hears."""
    if (signal := _OF_CASE.get(type(received.event))) is not None:
        of_case = AddressedFact(Fact(fact_id(received), signal, received.at), whole_case=True)
        return [of_case, *_of_claim(received)]
    match received.event:
        case ticketing.PlatformCaseOpened() | ticketing.CaseMoved(to="platform"):
            return [AddressedFact(Fact(fact_id(received), Signal.CONTACT_REQUESTED, received.at), of_channel=True)]
        case ticketing.CaseMoved(to="seller"):
            return [AddressedFact(Fact(fact_id(received), Signal.MOVED_TO_SELLER, received.at), of_channel=True)]
        case messaging.MessageDelivered(audience="platform") as message:
            return with_platform(message, received)
        case messaging.MessageDelivered() as message:
            return of_message(message, received)
        case messaging.MessageHeld() | messaging.MessageBlocked() | messaging.MessageRejected():
            return of_undelivered(received.event, received)
        case messaging.ReplyWaived(waived_at=at):
            return [AddressedFact(Fact(fact_id(received), Signal.NO_REPLY_NEEDED, at))]
        case messaging.WaiverRevoked(revoked_at=at):
            return [AddressedFact(Fact(fact_id(received), Signal.WAIVER_REVOKED, at))]
        case messaging.ReplyContested(contested_at=at, message_id=ref):
            return [AddressedFact(Fact(fact_id(received), Signal.REPLY_CONTESTED, at, ref), {About.MESSAGE: ref})]
        case ticketing.TakeoverProposed() | ticketing.TakeoverDeclined() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverActivated() | ticketing.ListingTakeoverActivated() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverHandedBack() | ticketing.TakeoverConcluded() as takeover:
            return _of_takeover(takeover, received)
        case ticketing.TakeoverReversed(takeover_id=takeover_id, contact_returned=returned) as takeover:
            undone = Fact(fact_id(received), Signal.TAKEOVER_UNDONE, received.at)
            moves = _of_takeover(takeover, received) if returned else ()
            return [*moves, AddressedFact(undone, {About.TAKEOVER: takeover_id})]
        case takeovers.TakeoverLapsed() | takeovers.UnlockRequested() | takeovers.UnlockEnded() as step:
            return _of_step(step, received)
        case takeovers.TakeoverAppealed(appeal_id=appeal_id, takeover_id=takeover_id):
            names = {About.APPEAL: appeal_id, About.TAKEOVER: takeover_id}
            return [AddressedFact(Fact(fact_id(received), Signal.APPEAL_FILED, received.at), names)]
        case takeovers.TakeoverJudged(takeover_id=takeover_id, verdict="confirmed", appeal_until=until):
            return [_appealable(takeover_id, until, received)]
        case takeovers.TakeoverAppealDecided(appeal_id=appeal_id):
            return [
                AddressedFact(Fact(fact_id(received), Signal.APPEAL_DECIDED, received.at), {About.APPEAL: appeal_id})
            ]
        case promises.PromiseEvent() as promise:
            return _of_promise(promise, received)
        case disputes.DisputeEvent():
            return _of_dispute(received.event, received)
        case conduct.ConductEvent() as event:
            names = {About.CONDUCT_COMPLAINT: event.complaint_id}
            told = _told_of_review if isinstance(event, reviews.ReviewEvent) else _told_of_conduct
            return [AddressedFact(fact, names) for fact in told(event, fact_id(received), received.at)]
        case returns.ReturnEvent():
            return _of_return(received.event, received)
        case billing.ChargeEvent():
            return _of_charge(received.event, received)
        case (payouts.PayoutHoldPlaced(hold_id=hold_id) | payouts.PayoutHoldReleased(hold_id=hold_id)) as hold:
            held = isinstance(hold, payouts.PayoutHoldPlaced)
            signal = Signal.PAYOUT_HELD if held else Signal.PAYOUT_HOLD_RELEASED
            return [AddressedFact(Fact(fact_id(received), signal, received.at), {About.HOLD: hold_id})]
        case refund if isinstance(refund, Refund):
            return _of_refund(refund, received)
        case _:
            return ()


def _of_claim(received: Received) -> Iterable[AddressedFact]:
    """What the case is about may be claimed until an instant that is known when it is opened, or is not (R-38)."""
    match received.event:
        case ticketing.CaseOpened(rights_until=until) if until is not None and until > received.at:
            yield AddressedFact(Fact(fact_id(received), Signal.CLAIM_POSSIBLE, received.at, until=until))


def _of_charge(event: billing.ChargeEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.CHARGE: event.charge_id}
    return [AddressedFact(fact, names) for fact in _told_of_charge(event, fact_id(received), received.at)]


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
        case billing.ChargeUpheld(appeal_until=until) if until is not None:
            return [Fact(id, Signal.CHARGE_UPHELD, at, until=until)]
        case billing.ChargeAppealed():
            return [Fact(id, Signal.CHARGE_APPEALED, at)]
        case billing.ChargeAppealDecided():
            return [Fact(id, Signal.CHARGE_APPEAL_DECIDED, at)]
        case billing.ChargeReversed():
            return [Fact(id, Signal.CHARGE_TAKEN_BACK, at), Fact(id, Signal.CHARGE_ENDED, at)]
        case billing.ChargeWithdrawn():
            ended = Fact(id, Signal.CHARGE_ENDED, at)
            return [Fact(id, Signal.CHARGE_DECIDED, at), Fact(id, Signal.CHARGE_TAKEN_BACK, at), ended]
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
    fact = Fact(fact_id(received), _REFUND_SIGNALS[type(event)], received.at)
    return [AddressedFact(fact, {About.REFUND: event.refund_id})]


def registered(received: Received) -> Fact:
    """The seller may sell in a market: the account's clocks begin."""
    return Fact(fact_id(received), Signal.SELLER_REGISTERED, received.at)


def seen(at: datetime) -> Fact:
    """The seller looked at Discussions (R-06): the same fact by whichever event it becomes known."""
    return Fact(FactId(f"seen:{at.isoformat()}"), Signal.SELLER_SEEN, at)


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
    fact = Fact(fact_id(received), _TAKEOVER_SIGNALS[type(takeover)], received.at)
    whole_case = not isinstance(takeover, _ABOUT_A_PROPOSAL)
    yield AddressedFact(fact, {About.TAKEOVER: takeover.takeover_id}, whole_case)
    match takeover:
        case ticketing.TakeoverActivated(decision=decision) | ticketing.ListingTakeoverActivated(decision=decision):
            if not decision.awaits_verdict:
                yield _appealable(takeover.takeover_id, decision.appeal_until, received)


def _appealable(takeover_id: TakeoverId, until: datetime, received: Received) -> AddressedFact:
    """What was decided about a takeover stands until it is appealed; one that awaits its verdict is decided by that."""
    fact = Fact(fact_id(received), Signal.TAKEOVER_APPEALABLE, received.at, until=until)
    return AddressedFact(fact, {About.TAKEOVER: takeover_id})


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
    return [AddressedFact(Fact(fact_id(received), signal, received.at), {About.TAKEOVER: step.takeover_id})]


def _of_promise(event: promises.PromiseEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.PROMISE: event.promise_id}
    match event:
        case promises.PromiseMade(owner=owner, due_by=until):
            fact = Fact(fact_id(received), Signal.PROMISE_MADE, received.at, owner=owner, until=until)
        case promises.PromiseKept():
            fact = Fact(fact_id(received), Signal.PROMISE_KEPT, received.at)
        case promises.PromiseWithdrawn():
            fact = Fact(fact_id(received), Signal.PROMISE_WITHDRAWN, received.at)
        case _:
            return ()
    return [AddressedFact(fact, names)]


def _of_dispute(event: disputes.DisputeEvent, received: Received) -> Iterable[AddressedFact]:
    names = {About.DISPUTE: event.dispute_id}
    if (offer_id := getattr(event, "offer_id", None)) is not None:
        names[About.OFFER] = offer_id
    if (appeal_id := getattr(event, "appeal_id", None)) is not None:
        names[About.APPEAL] = appeal_id
    return [AddressedFact(fact, names) for fact in _told_of_dispute(event, fact_id(received), received.at)]


def _told_of_review(event: conduct.ConductEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    """A review has clocks of its own where a buyer sees those of complaints; what the seller does about it is the same."""
    match event:
        case reviews.ReviewOpened() | reviews.ReviewHearingContinued(finding_withdrawn=True):
            return [Fact(id, Signal.CONDUCT_REVIEW_OPENED, at)]
        case reviews.ReviewDecided(result=ConductResult.FOUND, appeal_until=until):
            return [Fact(id, Signal.CONDUCT_REVIEW_FOUND, at, owner=Role.SELLER, until=until)]
        case reviews.ReviewDecided():
            return [Fact(id, Signal.CONDUCT_REVIEW_CLEARED, at)]
        case reviews.ReviewWithdrawn():
            return [Fact(id, Signal.CONDUCT_REVIEW_WITHDRAWN, at)]
        case _:
            return _told_of_conduct(event, id, at)


def _told_of_conduct(event: conduct.ConductEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    match event:
        case conduct.ConductComplaintFiled():
            return [Fact(id, Signal.CONDUCT_COMPLAINED, at)]
        case conduct.ConductAccusedTold():
            return [Fact(id, Signal.CONDUCT_ACCUSED_TOLD, at)]
        case conduct.ConductAccusedHeard(answered=True):
            return [Fact(id, Signal.CONDUCT_ANSWERED, at)]
        case conduct.ConductHearingContinued(finding_withdrawn=True):
            return [Fact(id, Signal.CONDUCT_COMPLAINED, at)]
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


def _claimed(by: str, id: FactId, at: datetime) -> list[Fact]:
    """A dispute of the seller's own takes nothing from the time in which the buyer can claim (R-38)."""
    return [Fact(id, Signal.CLAIM_MADE, at)] if by != Role.SELLER else []


def _reacted(by: str, id: FactId, at: datetime) -> list[Fact]:
    return [Fact(id, Signal.SELLER_REACTED, at)] if by == Role.SELLER else []


def _told_of_dispute(event: disputes.DisputeEvent, id: FactId, at: datetime) -> Iterable[Fact]:
    match event:
        case disputes.DisputeOpened(stage="MEDIATION", opened_by=by):
            return [*_claimed(by, id, at), Fact(id, Signal.DISPUTE_ESCALATED, at)]
        case disputes.DisputeEscalated():
            return [Fact(id, Signal.DISPUTE_ESCALATED, at)]
        case disputes.DisputeOpened(opened_by=by):
            complaint = [Fact(id, Signal.COMPLAINT_MADE, at)] if by != Role.SELLER else []
            return [Fact(id, Signal.DISPUTE_OPENED, at), *complaint, *_claimed(by, id, at)]
        case disputes.OfferMade(by=by, open_until=until):
            return [Fact(id, Signal.OFFER_MADE, at, owner=_ANSWERED_BY.get(by), until=until), *_reacted(by, id, at)]
        case disputes.OfferDeclined(by=by):
            return [Fact(id, Signal.OFFER_ANSWERED, at), *_reacted(by, id, at)]
        case disputes.OfferAccepted(by=by):
            return _reacted(by, id, at)
        case disputes.OfferExpired() | disputes.OfferEnded():
            return [Fact(id, Signal.OFFER_WITHDRAWN, at)]
        case disputes.EscalationOpened(claimant=claimant):
            return [Fact(id, Signal.ESCALATION_OPENED, at, owner=Role.SELLER if claimant == Role.SELLER else None)]
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
        case disputes.AppealDecided():
            return [Fact(id, Signal.APPEAL_DECIDED, at), *_appealable_after(event, id, at)]
        case disputes.DecisionTakenBack():
            return [Fact(id, Signal.DECISION_TAKEN_BACK, at)]
        case disputes.DisputeWithdrawn() | disputes.DisputeLapsed():
            return [Fact(id, Signal.DISPUTE_ENDED, at)]
        case _:
            return ()


def _appealable_after(appeal: disputes.AppealDecided, id: FactId, at: datetime) -> list[Fact]:
    """Return what can be appealed after an appeal: another decision, or for the other side alone the one that stands."""
    if appeal.decision is not None:
        return [Fact(id, Signal.DECISION_MADE, at, until=appeal.decision.appeal_until)]
    if appeal.appeal_by is None or appeal.appeal_until is None:
        return []
    return [Fact(id, Signal.DECISION_MADE, at, owner=appeal.appeal_by, until=appeal.appeal_until)]


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


_NEXT = timedelta(milliseconds=1)


def _answered_anew(names: Mapping[About, str], received: Received) -> Iterable[AddressedFact]:
    """What followed the acceptance is owed no more; after that the seller owes an answer, with its whole time."""
    id = fact_id(received)
    yield AddressedFact(Fact(id, Signal.RETURN_ENDED, received.at), names)
    yield AddressedFact(Fact(id, Signal.RETURN_REQUESTED, received.at + _NEXT), names)


def _of_return(event: returns.ReturnEvent, received: Received) -> Iterable[AddressedFact]:
    signals = _RETURN_SIGNALS.get(type(event), ())
    if isinstance(event, returns.ReturnInspected) and event.deduction_minor:
        signals = (*signals, Signal.DEDUCTION_MADE)
    names = {About.RETURN: event.return_id}
    if isinstance(event, returns.ReturnStepReopened) and event.step == "return_answer":
        return _answered_anew(names, received)
    return [AddressedFact(Fact(fact_id(received), signal, received.at), names) for signal in signals]
