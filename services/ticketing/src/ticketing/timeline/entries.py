"""One timeline per case over all five services (R-24): what happened, when, by whom, and who may see it. No texts."""

from typing import Any

from chassis.store import Document
from ombud_contracts import Received
from ombud_contracts.events import billing, disputes, messaging, ticketing
from ombud_contracts.events.billing import ChargeEvent
from ombud_contracts.events.disputes import EvidenceSubmitted
from ombud_contracts.events.sla_monitor import ClockEvent

_EVERYONE = ("buyer", "seller", "agent", "mediator", "supervisor", "administrator", "system")
_STAFF = _EVERYONE[2:]
_SELLER_AND_STAFF = _EVERYONE[1:]
_SUMMARY = (
    "reason",
    "priority",
    "outcome",
    "trigger",
    "verdict",
    "kind",
    "owner",
    "due_by",
    "percent",
    "remedy",
    "amount_minor",
    "gross_minor",
    "currency",
    "author_role",
    "message_id",
    "dispute_id",
    "offer_id",
    "charge_id",
    "refund_id",
    "takeover_id",
    "clock_id",
    "evidence_id",
    "qualifies",
    "not_qualifying_because",
    "reasons",
    "party",
    "cause",
)
"""Members of events that a timeline shows; none of them is free text."""


def entry_of(received: Received) -> Document | None:
    """Return the timeline entry of an event, or None when it belongs to no case."""
    metadata, event = received.metadata, received.event
    if event is None or metadata.case_id is None:
        return None
    data: dict[str, Any] = event.model_dump(mode="python", exclude_none=True)
    decision = data.get("decision", {})
    return {
        "case_id": metadata.case_id,
        "at": metadata.occurred_at,
        "type": received.type,
        "actor_kind": metadata.actor_kind,
        "summary": {name: value for source in (data, decision) for name, value in source.items() if name in _SUMMARY},
        "shows": list(shows(received)),
        "visible_to": list(readers_of(received)),
    }


def readers_of(received: Received) -> tuple[str, ...]:
    """Return the roles that may see an event of their case. What has no row here shows to staff alone."""
    match received.event:
        case messaging.MessageDelivered(audience="thread") | EvidenceSubmitted(audience="thread"):
            return _EVERYONE
        case messaging.MessageBlocked(author_role=who) | messaging.MessageHeld(author_role=who):
            return _whose(who)
        case messaging.MessageRejected(author_role=who) | messaging.SanctionEvent(role=who):
            return _whose(who)
        case EvidenceSubmitted(by=who):
            return _whose(who)
        case ChargeEvent() | ClockEvent(kind="contest_window"):
            return _SELLER_AND_STAFF
        case messaging.MessageDelivered():
            return _STAFF
        case event if isinstance(event, _BOTH_PARTIES):
            return _EVERYONE
        case _:
            return _STAFF


def _whose(role: str) -> tuple[str, ...]:
    """A party sees what is its own, beside staff."""
    return _STAFF if role in _STAFF else (str(role), *_STAFF)


_BOTH_PARTIES = (
    billing.RefundOrdered,
    billing.RefundCompleted,
    billing.RefundFailed,
    disputes.DisputeEvent,
    messaging.ConversationOpened,
    messaging.ConversationLocked,
    messaging.ConversationUnlocked,
    messaging.ReplyContested,
    messaging.ReplyWaived,
    messaging.WaiverRevoked,
    ClockEvent,
    ticketing.CaseOpened,
    ticketing.CaseResolved,
    ticketing.CaseClosed,
    ticketing.CaseReopened,
    ticketing.NoticeIssued,
    ticketing.TakeoverProposed,
    ticketing.TakeoverActivated,
    ticketing.TakeoverDeclined,
    ticketing.TakeoverHandedBack,
    ticketing.TakeoverConcluded,
    ticketing.TakeoverReversed,
)
"""What buyer and seller may both see of their case (R-24, R-34)."""


def shows(received: Received) -> tuple[str, ...]:
    """Return the kinds of fact that an event proves when a takeover is decided (section 4)."""
    match received.event:
        case EvidenceSubmitted(kind=kind):
            return ("evidence", str(kind))
        case _:
            return {
                "sla-monitor.clock_breached": ("deadline_trace",),
                "disputes.dispute_opened": ("claim",),
                "disputes.dispute_escalated": ("impasse",),
                "messaging.message_blocked": ("off_platform_attempt",),
                "ticketing.case_opened": ("complaint",),
            }.get(received.type, ())
