"""One timeline per case over all five services (R-24): what happened, when, by whom, and who may see it. No texts."""

from typing import Any

from chassis.store import Document
from ombud_contracts import Received
from ombud_contracts.events.disputes import DisputeOpened, EvidenceSubmitted
from ombud_contracts.events.messaging import MessageBlocked
from ombud_words import Role
from ombud_words import shows as can_show
from ticketing.deadlines.readers import readers_of

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
    "days_before",
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
    "complaint_id",
    "result",
    "answered",
    "return_id",
    "step",
    "ground",
    "deviations",
    "deduction_minor",
    "refunded_minor",
    "funded_by",
    "clock_id",
    "evidence_id",
    "request_id",
    "promise_id",
    "what",
    "late",
    "of",
    "outcome",
    "qualifies",
    "not_qualifying_because",
    "reasons",
    "party",
    "into_case_id",
    "linked_case_id",
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
        "actor_id": metadata.actor_id,
        "summary": {name: value for source in (data, decision) for name, value in source.items() if name in _SUMMARY},
        "shows": list(shows(received)),
        "shown_by": data.get("by") if isinstance(event, EvidenceSubmitted) else None,
        "visible_to": list(readers_of(received)),
    }


def shows(received: Received) -> tuple[str, ...]:
    """Return the kinds of fact that an event proves when a takeover is decided (section 4).

    They are typed by who can show them: what a party uploads counts as a party's upload, whatever it is called.
    """
    match received.event:
        case EvidenceSubmitted(kind=kind, by=by):
            return ("evidence", kind) if can_show(kind, by) else ("evidence",)
        case DisputeOpened(opened_by=Role.SELLER):
            return ()  # a claim is the buyer's
        case MessageBlocked(author_role=Role.SELLER):
            return ("off_platform_attempt",)
        case _:
            return {
                "sla-monitor.clock_breached": ("deadline_trace",),
                "disputes.dispute_opened": ("claim",),
                "disputes.return_requested": ("return_request",),
                "disputes.dispute_escalated": ("impasse",),
                "ticketing.case_opened": ("complaint",),
                "ticketing.platform_case_opened": ("complaint",),
            }.get(received.type, ())
