"""The clocks of product section 3 as rows of plain data, to be overridden per market: this is a table, not code.

Times are counted in the row's mode; a working day is 86400 seconds of `working_days`.
"""

Row = dict[str, object]

HOUR = 3600
DAY = 86_400

_CASE_GATE: Row = {"closed_by": ["case_closed"], "opened_by": ["case_reopened"]}
_SELLER_GATE: Row = {
    "closed_by": ["takeover_activated", "contact_requested"],
    "opened_by": ["handed_back", "takeover_concluded", "moved_to_seller"],
}
_PLATFORM_GATE: Row = {
    "open_at_birth": False,
    "opened_by": ["takeover_activated"],
    "closed_by": ["handed_back", "takeover_concluded"],
}
_DISPUTE_ENDS = ["dispute_ended", "case_closed"]


def default_rows(market_calendar: str, desk_calendar: str, effective_from: str) -> list[Row]:
    """Version 1 of every clock for a market: the seller's on its calendar, the platform's on the desk's (R-22)."""
    on_market: Row = {"calendar": market_calendar, "mode": "working_days"}
    on_desk: Row = {"calendar": desk_calendar, "mode": "business_hours"}
    rows = [
        *(on_market | row for row in _SELLER_ROWS + _DISPUTE_ROWS + _RETURN_ROWS),
        *(on_desk | row for row in _DESK_ROWS + _CONTACT_ROWS),
        *(on_market | row for row in _ACCOUNT_ROWS),
    ]
    return [{"version": 1, "effective_from": effective_from} | row for row in rows]


_SELLER_ROWS: list[Row] = [
    {
        "kind": "reply",
        "title": "Reply to the buyer (R-01)",
        "owner": "seller",
        "target_seconds": DAY,
        "on_silence": "takeover_missed_deadline",
        "starts": ["buyer_message", "case_reopened", "handed_back", "reply_contested"],
        "satisfies": ["qualifying_reply", "reply_released", "information_requested"],
        "not_counted": ["other_reply", "reply_blocked"],
        "waives": ["no_reply_needed"],
        "revokes": ["waiver_revoked"],
        "continues": ["reply_contested"],
        "gates": [_SELLER_GATE, _CASE_GATE],
        "warns": ["substitute", "desk"],
        "floor_seconds": 4 * HOUR,
        "hold_cap_seconds": DAY,
    },
    {
        "kind": "first_resolution",
        "title": "First resolution of the case",
        "owner": "seller",
        "target_seconds": 10 * DAY,
        "on_silence": "escalation_offered_to_buyer",
        "starts": ["case_opened"],
        "satisfies": ["case_resolved"],
        "pauses": ["information_requested", "paused_by_staff"],
        "resumes": ["information_received", "buyer_message", "resumed_by_staff"],
        "pause_cap_seconds": 5 * DAY,
        "voids": ["case_closed", "contact_requested"],
    },
    {
        "kind": "total_resolution",
        "title": "Resolution including reopenings",
        "owner": "seller",
        "target_seconds": 15 * DAY,
        "on_silence": "supervisor_review",
        "starts": ["case_opened"],
        "satisfies": ["case_resolved"],
        "continues": ["case_reopened"],
        "floor_seconds": DAY,
        "pauses": ["information_requested", "paused_by_staff"],
        "resumes": ["information_received", "buyer_message", "resumed_by_staff"],
        "pause_cap_seconds": 5 * DAY,
        "voids": ["case_closed", "contact_requested"],
    },
    {
        "kind": "information_request",
        "title": "Answer to a typed request for information",
        "owner": "buyer",
        "target_seconds": 5 * DAY,
        "on_silence": "resolution_clock_resumes",
        "starts": ["information_requested"],
        "satisfies": ["information_received", "buyer_message"],
        "voids": ["case_closed", "case_resolved"],
    },
    {
        "kind": "promise",
        "title": "A promise kept (R-32)",
        "owner": "seller",
        "mode": "elapsed",
        "target_seconds": 3 * DAY,
        "deadline_given": True,
        "on_silence": "promise_marked_broken_and_buyer_told",
        "starts": ["promise_made"],
        "satisfies": ["promise_kept"],
        "voids": ["promise_withdrawn", "case_closed"],
        "warnings_percent": [75],
    },
    {
        "kind": "delivery_guarantee",
        "title": "Delivery by the promised date",
        "owner": "seller",
        "mode": "elapsed",
        "target_seconds": 14 * DAY,
        "deadline_given": True,
        "on_silence": "guarantee_opens_a_dispute",
        "starts": ["delivery_promised"],
        "satisfies": ["delivered"],
        "voids": ["dispute_opened", "case_closed"],
        "warnings_percent": [90],
    },
]

_DISPUTE_ROWS: list[Row] = [
    {
        "kind": "negotiation",
        "title": "Negotiation between buyer and seller",
        "owner": "seller",
        "target_seconds": 3 * DAY,
        "on_silence": "escalation_window_opens",
        "starts": ["dispute_opened"],
        "satisfies": ["dispute_escalated", "dispute_ended"],
        "pauses": ["paused_by_staff"],
        "resumes": ["resumed_by_staff"],
        "pause_cap_seconds": 2 * DAY,
        "voids": ["takeover_activated", "case_closed"],
    },
    {
        "kind": "escalation_window",
        "title": "Window in which the buyer can escalate",
        "owner": "buyer",
        "target_seconds": 21 * DAY,
        "on_silence": "dispute_lapses",
        "starts": ["escalation_opened"],
        "satisfies": ["dispute_escalated"],
        "voids": _DISPUTE_ENDS,
    },
    {
        "kind": "offer_answer",
        "title": "Answer to an offer",
        "owner": "recipient",
        "target_seconds": 2 * DAY,
        "on_silence": "offer_expires",
        "starts": ["offer_made"],
        "satisfies": ["offer_answered"],
        "voids": ["offer_withdrawn", *_DISPUTE_ENDS],
    },
    {
        "kind": "evidence",
        "title": "Evidence that was asked for",
        "owner": "recipient",
        "target_seconds": 3 * DAY,
        "on_silence": "decided_on_what_is_there",
        "starts": ["evidence_requested"],
        "satisfies": ["evidence_received"],
        "voids": _DISPUTE_ENDS,
    },
    {
        "kind": "unlock_chance",
        "title": "One chance to unlock the device",
        "owner": "recipient",
        "target_seconds": DAY,
        "on_silence": "device_counts_as_locked",
        "starts": ["unlock_requested"],
        "satisfies": ["unlock_confirmed"],
        "voids": _DISPUTE_ENDS,
    },
    {
        "kind": "appeal_window",
        "title": "Appeal against a decision on money",
        "owner": "parties",
        "mode": "elapsed",
        "target_seconds": 30 * DAY,
        "on_silence": "decision_becomes_final",
        "starts": ["decision_made"],
        "satisfies": ["appeal_filed"],
        "warnings_percent": [90],
    },
]

_RETURN_ROWS: list[Row] = [
    {
        "kind": "return_answer",
        "title": "Answer to a return request",
        "owner": "seller",
        "target_seconds": 2 * DAY,
        "on_silence": "takeover_rights_breach",
        "starts": ["return_requested"],
        "satisfies": ["return_answered", "return_accepted"],
        "voids": ["return_ended", "case_closed"],
    },
    {
        "kind": "return_label",
        "title": "Label for an accepted return",
        "owner": "seller",
        "target_seconds": 2 * DAY,
        "on_silence": "platform_sends_label",
        "starts": ["return_accepted"],
        "satisfies": ["label_sent", "return_shipped"],
        "voids": ["return_ended", "case_closed"],
    },
    {
        "kind": "return_shipment",
        "title": "The buyer ships the return",
        "owner": "buyer",
        "mode": "end_of_next_working_day",
        "target_seconds": 14 * DAY,
        "on_silence": "return_lapses",
        "starts": ["label_sent"],
        "satisfies": ["return_shipped"],
        "pauses": ["paused_by_staff"],
        "resumes": ["resumed_by_staff"],
        "pause_cap_seconds": 7 * DAY,
        "voids": ["return_ended", "case_closed"],
    },
    {
        "kind": "inspection",
        "title": "Inspection of the returned item",
        "owner": "seller",
        "target_seconds": 3 * DAY,
        "on_silence": "item_counts_as_compliant",
        "starts": ["return_received"],
        "satisfies": ["return_inspected"],
        "voids": ["return_ended", "case_closed"],
    },
    {
        "kind": "refund_after_receipt",
        "title": "Refund after the return was received",
        "owner": "seller",
        "mode": "elapsed_rolled",
        "target_seconds": 14 * DAY,
        "on_silence": "takeover_rights_breach",
        "starts": ["return_received"],
        "satisfies": ["refund_issued"],
        "voids": ["return_ended"],
    },
]

_DESK_ROWS: list[Row] = [
    {
        "kind": "platform_reply",
        "title": "The platform's reply after a takeover",
        "owner": "platform",
        "target_seconds": 8 * HOUR,
        "on_silence": "supervisor_alarm",
        "starts": ["takeover_activated", "buyer_message", "case_reopened"],
        "satisfies": ["platform_reply"],
        "waives": ["no_reply_needed"],
        "revokes": ["waiver_revoked"],
        "floor_seconds": HOUR,
        "gates": [_PLATFORM_GATE, _CASE_GATE],
        "warns": ["desk", "supervisor"],
    },
    {
        "kind": "moderation",
        "title": "Check of a held reply",
        "owner": "platform",
        "target_seconds": 4 * HOUR,
        "on_silence": "reply_is_released",
        "starts": ["reply_held"],
        "satisfies": ["reply_released", "reply_blocked"],
    },
    {
        "kind": "takeover_decision",
        "title": "Decision on a proposed takeover",
        "owner": "agent",
        "target_seconds": DAY,
        "on_silence": "supervisor_alarm",
        "starts": ["takeover_proposed"],
        "satisfies": ["takeover_decided", "takeover_activated"],
        "voids": ["case_closed"],
    },
    {
        "kind": "mediation",
        "title": "Decision of an escalated dispute",
        "owner": "mediator",
        "target_seconds": 10 * DAY,
        "on_silence": "supervisor_alarm",
        "starts": ["dispute_escalated"],
        "satisfies": ["decision_made", "dispute_ended"],
        "pauses": ["evidence_requested"],
        "resumes": ["evidence_received"],
        "pause_cap_seconds": 5 * DAY,
    },
    {
        "kind": "appeal_decision",
        "title": "Decision of an appeal",
        "owner": "supervisor",
        "target_seconds": 14 * DAY,
        "on_silence": "administrator_alarm",
        "starts": ["appeal_filed"],
        "satisfies": ["appeal_decided"],
    },
    {
        "kind": "charge_approval",
        "title": "Approval of a proposed charge",
        "owner": "supervisor",
        "mode": "working_days",
        "target_seconds": 10 * DAY,
        "on_silence": "proposal_lapses",
        "starts": ["charge_proposed"],
        "satisfies": ["charge_decided"],
    },
    {
        "kind": "refund_payment",
        "title": "A refund that was ordered is paid",
        "owner": "platform",
        "mode": "working_days",
        "target_seconds": 5 * DAY,
        "on_silence": "payment_desk_looks",
        "starts": ["refund_ordered", "refund_refused"],
        "satisfies": ["refund_paid"],
        "voids": ["refund_given_up"],
    },
    {
        "kind": "absence_decision",
        "title": "Decision on an announced absence (R-07)",
        "owner": "platform",
        "target_seconds": 3 * DAY,
        "on_silence": "absence_counts_as_approved",
        "starts": ["absence_requested"],
        "satisfies": ["absence_decided"],
    },
]

_FIRST_RESPONSE: Row = {
    "owner": "platform",
    "starts": ["contact_requested"],
    "satisfies": ["contact_picked_up", "platform_reply"],
    "waives": ["no_reply_needed"],
    "voids": ["case_closed", "moved_to_seller"],
}
_CONTACT_ROWS: list[Row] = [
    _FIRST_RESPONSE
    | {
        "kind": f"first_response_{channel}",
        "title": title,
        "target_seconds": target_seconds,
        "on_silence": on_silence,
        "channels": [channel],
    }
    for channel, title, target_seconds, on_silence in (
        ("chat", "A live chat is picked up", 60, "becomes_a_written_case"),
        ("phone", "A call-back is made", 4 * HOUR, "supervisor_alarm"),
        ("onsite", "First answer to a request to the platform", DAY, "supervisor_alarm"),
        ("email", "First answer to an e-mail", 2 * DAY, "supervisor_alarm"),
        ("social", "First answer on a social network", 3 * DAY, "supervisor_alarm"),
    )
]

_ACCOUNT_ROWS: list[Row] = [
    {
        "kind": "inactivity",
        "title": "The seller looks at Discussions (R-06)",
        "owner": "seller",
        "target_seconds": 3 * DAY,
        "on_silence": "inactivity_alarm",
        "starts": ["seller_registered", "seller_seen"],
        "satisfies": ["seller_seen"],
        "voids": ["seller_left"],
        "warnings_percent": [75],
    },
    {
        "kind": "contest_window",
        "title": "The seller contests a charge",
        "owner": "seller",
        "mode": "elapsed",
        "target_seconds": 90 * DAY,
        "on_silence": "charge_becomes_final",
        "starts": ["charge_notified"],
        "satisfies": ["charge_contested"],
        "warnings_percent": [90],
    },
]
