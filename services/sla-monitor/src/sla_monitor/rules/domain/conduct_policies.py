"""The clocks of complaints about a seller's conduct (casework, section 7)."""

from sla_monitor.rules.domain.policy_rows import DAY, WINDOW_REMINDERS, Row

CONDUCT_ROWS: list[Row] = [
    {
        "kind": "conduct_investigation",
        "about": "conduct_complaint",
        "title": "A complaint about a seller's conduct comes to a result",
        "owner": "platform",
        "target_seconds": 20 * DAY,
        "on_silence": "supervisor_alarm",
        "starts": ["conduct_complained"],
        "satisfies": ["conduct_decided"],
    },
    {
        "kind": "conduct_hearing",
        "about": "conduct_complaint",
        "title": "The seller answers what is alleged",
        "owner": "seller",
        "target_seconds": 5 * DAY,
        "on_silence": "conduct_hearing_ends",
        "starts": ["conduct_accused_told"],
        "satisfies": ["conduct_answered"],
        "voids": ["conduct_decided"],
    },
    {
        "kind": "conduct_appeal_window",
        "version": 2,
        "about": "conduct_complaint",
        "deadline_given": True,
        "title": "Appeal against what was decided about conduct",
        "owner": "parties",
        "mode": "elapsed",
        "target_seconds": 183 * DAY,
        "on_silence": "conduct_complaint_closes",
        "starts": ["conduct_decided"],
        "satisfies": ["conduct_appealed"],
        "warnings_percent": [90],
        "reminder_days": WINDOW_REMINDERS,
    },
    {
        "kind": "conduct_appeal",
        "about": "conduct_complaint",
        "title": "Decision of an appeal about conduct",
        "owner": "supervisor",
        "target_seconds": 10 * DAY,
        "on_silence": "administrator_alarm",
        "starts": ["conduct_appealed"],
        "satisfies": ["conduct_appeal_decided"],
    },
]
