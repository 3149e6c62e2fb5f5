"""Who of a case's people may see an event about it (R-24, R-34)."""

from ombud_contracts import Received
from ombud_contracts.events import (
    billing,
    conduct,
    disputes,
    findings,
    messaging,
    promises,
    returns,
    reviews,
    takeovers,
    ticketing,
)
from ombud_contracts.events.billing import ChargeEvent
from ombud_contracts.events.disputes import EvidenceSubmitted
from ombud_contracts.events.payouts import PayoutHoldEvent
from ombud_contracts.events.sla_monitor import ClockEvent
from ombud_words import Role

_EVERYONE = ("buyer", "seller", "agent", "mediator", "supervisor", "administrator", "system")
_PARTIES, _STAFF = _EVERYONE[:2], _EVERYONE[2:]
_SELLER_AND_STAFF = _EVERYONE[1:]
_BUYER_AND_STAFF = ("buyer", *_STAFF)
_MEDIATORS = ("mediator", "supervisor")


def readers_of(received: Received) -> tuple[str, ...]:
    """Return the roles that may see an event of their case. What has no row here shows to staff alone."""
    match received.event:
        case messaging.MessageDelivered(audience="thread") | EvidenceSubmitted(audience="thread"):
            return _EVERYONE
        case messaging.MessageDelivered(audience="platform", author_role=who):
            return _whose(Role.BUYER if who in _STAFF else who)  # a case that is moved to its seller keeps it to itself
        case messaging.MessageBlocked(author_role=who) | messaging.MessageHeld(author_role=who):
            return _whose(who)
        case messaging.MessageRejected(author_role=who) | messaging.SanctionEvent(role=who):
            return _whose(who)
        case findings.FindingEvent(against=who):
            return _whose(who)
        case EvidenceSubmitted(audience="mediator", by=who):
            return _for_mediators(who)
        case EvidenceSubmitted(by=who):
            return _whose(who)
        case ChargeEvent() | ClockEvent(about="charge") | ClockEvent(kind="contest_window" | "charge_approval"):
            return _SELLER_AND_STAFF
        case PayoutHoldEvent() | ClockEvent(about="hold"):
            return _SELLER_AND_STAFF
        case reviews.ReviewEvent(accused_knows=knows):
            return _SELLER_AND_STAFF if knows else _STAFF  # a review of the seller is not the buyer's
        case conduct.ConductAccusedTold() | conduct.ConductAccusedHeard() | ClockEvent(kind="conduct_hearing"):
            return _SELLER_AND_STAFF
        case conduct.ConductHearingContinued(finding_withdrawn=False):
            return _SELLER_AND_STAFF
        case conduct.ConductEvent(accused_knows=knows):
            return _EVERYONE if knows else _BUYER_AND_STAFF
        case ClockEvent(about="conduct_complaint", kind="conduct_appeal" | "conduct_review"):
            return _STAFF
        case ClockEvent(about="conduct_complaint", kind="conduct_review_window"):
            return _SELLER_AND_STAFF
        case ClockEvent(about="conduct_complaint", owner=owner):
            return _EVERYONE if owner == Role.SELLER else _BUYER_AND_STAFF  # the seller may not know of the complaint
        case ticketing.NoticeIssued(recipients=told):
            return (*(role for role in _PARTIES if role in told), *_STAFF)
        case messaging.WaiverProposed() | messaging.WaiverRefused() | takeovers.TakeoverWarned():
            return _SELLER_AND_STAFF
        case messaging.MessageDelivered(audience="mediator", author_role=who):
            return _for_mediators(who)
        case messaging.TranslationAdded(audience="mediator"):
            return _MEDIATORS
        case messaging.MessageDelivered() | ClockEvent(about="message"):
            return _STAFF
        case event if isinstance(event, _BOTH_PARTIES):
            return _EVERYONE
        case _:
            return _STAFF


def _for_mediators(role: str) -> tuple[str, ...]:
    """A party sees what is its own, beside mediators and supervisors."""
    return _MEDIATORS if role in _STAFF else (str(role), *_MEDIATORS)


def _whose(role: str) -> tuple[str, ...]:
    """A party sees what is its own, beside staff."""
    return _STAFF if role in _STAFF else (str(role), *_STAFF)


_BOTH_PARTIES = (
    billing.RefundOrdered,
    billing.RefundCompleted,
    billing.RefundFailed,
    disputes.DisputeEvent,
    returns.ReturnEvent,
    messaging.ConversationOpened,
    promises.PromiseEvent,
    messaging.ConversationLocked,
    messaging.ConversationUnlocked,
    messaging.ReplyContested,
    messaging.ReplyWaived,
    messaging.WaiverRevoked,
    ClockEvent,
    ticketing.CaseMoved,
    ticketing.CaseMerged,
    ticketing.CaseOpened,
    ticketing.ListingCaseOpened,
    ticketing.CaseResolved,
    ticketing.CaseClosed,
    ticketing.CaseReopened,
    ticketing.PlatformCaseOpened,
    ticketing.TakeoverProposed,
    ticketing.TakeoverActivated,
    ticketing.ListingTakeoverActivated,
    ticketing.TakeoverDeclined,
    ticketing.TakeoverHandedBack,
    ticketing.TakeoverConcluded,
    ticketing.TakeoverReversed,
    takeovers.TakeoverLapsed,
    takeovers.UnlockRequested,
    takeovers.UnlockEnded,
    takeovers.TakeoverJudged,
    takeovers.TakeoverAppealed,
    takeovers.TakeoverAppealDecided,
)
"""What buyer and seller may both see of their case (R-24, R-34)."""
