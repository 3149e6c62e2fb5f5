"""What a policy row promises when the owner of an action stays silent: each word is carried out by one service, or shown only
(S-6)."""

from collections.abc import Mapping
from enum import StrEnum

from ombud_words.outcomes import Trigger


class Silence(StrEnum):
    """A word of `on_silence`."""

    TAKEOVER_MISSED_DEADLINE = "takeover_missed_deadline"
    TAKEOVER_PROPOSAL_LAPSES = "takeover_proposal_lapses"
    TAKEOVER_PROPOSAL_TAKES_EFFECT = "takeover_proposal_takes_effect"
    TAKEOVER_RIGHTS_BREACH = "takeover_rights_breach"
    TAKEOVER_IMPASSE = "takeover_impasse"
    ESCALATION_WINDOW_OPENS = "escalation_window_opens"
    DISPUTE_LAPSES = "dispute_lapses"
    OFFER_EXPIRES = "offer_expires"
    PLATFORM_SENDS_LABEL = "platform_sends_label"
    RETURN_LAPSES = "return_lapses"
    ITEM_COUNTS_AS_COMPLIANT = "item_counts_as_compliant"
    DEDUCTION_STANDS = "deduction_stands"
    MESSAGE_IS_RELEASED = "message_is_released"
    CONDUCT_HEARING_ENDS = "conduct_hearing_ends"
    CONDUCT_COMPLAINT_CLOSES = "conduct_complaint_closes"
    PROPOSAL_LAPSES = "proposal_lapses"
    PAYOUT_HOLD_ENDS = "payout_hold_ends"

    PAYMENT_DESK_LOOKS = "payment_desk_looks"
    ESCALATION_OFFERED_TO_BUYER = "escalation_offered_to_buyer"
    SUPERVISOR_REVIEW = "supervisor_review"
    SUPERVISOR_ALARM = "supervisor_alarm"
    ADMINISTRATOR_ALARM = "administrator_alarm"
    INACTIVITY_ALARM = "inactivity_alarm"
    RESOLUTION_CLOCK_RESUMES = "resolution_clock_resumes"
    PROMISE_MARKED_BROKEN_AND_BUYER_TOLD = "promise_marked_broken_and_buyer_told"
    GUARANTEE_CAN_BE_CLAIMED = "guarantee_can_be_claimed"
    GUARANTEE_OPENS_A_DISPUTE = "guarantee_opens_a_dispute"
    DECIDED_ON_WHAT_IS_THERE = "decided_on_what_is_there"
    DEVICE_COUNTS_AS_LOCKED = "device_counts_as_locked"
    DECISION_BECOMES_FINAL = "decision_becomes_final"
    CHARGE_BECOMES_FINAL = "charge_becomes_final"
    CARRIER_IS_ASKED = "carrier_is_asked"
    RIGHT_TO_CLAIM_ENDS = "right_to_claim_ends"
    TAKEOVER_BECOMES_FINAL = "takeover_becomes_final"
    ABSENCE_COUNTS_AS_APPROVED = "absence_counts_as_approved"
    """Of a row that was published once and is in no table any more; it stays readable."""
    BECOMES_A_WRITTEN_CASE = "becomes_a_written_case"


CARRIED_OUT_BY: Mapping[Silence, str] = {
    Silence.TAKEOVER_MISSED_DEADLINE: "ticketing",
    Silence.TAKEOVER_RIGHTS_BREACH: "ticketing",
    Silence.TAKEOVER_IMPASSE: "ticketing",
    Silence.TAKEOVER_PROPOSAL_LAPSES: "ticketing",
    Silence.TAKEOVER_PROPOSAL_TAKES_EFFECT: "ticketing",
    Silence.DEVICE_COUNTS_AS_LOCKED: "ticketing",
    Silence.PROMISE_MARKED_BROKEN_AND_BUYER_TOLD: "ticketing",
    Silence.ESCALATION_WINDOW_OPENS: "disputes",
    Silence.DISPUTE_LAPSES: "disputes",
    Silence.OFFER_EXPIRES: "disputes",
    Silence.DECIDED_ON_WHAT_IS_THERE: "disputes",
    Silence.PLATFORM_SENDS_LABEL: "disputes",
    Silence.RETURN_LAPSES: "disputes",
    Silence.ITEM_COUNTS_AS_COMPLIANT: "disputes",
    Silence.DEDUCTION_STANDS: "disputes",
    Silence.GUARANTEE_CAN_BE_CLAIMED: "disputes",
    Silence.GUARANTEE_OPENS_A_DISPUTE: "disputes",
    Silence.MESSAGE_IS_RELEASED: "messaging",
    Silence.CONDUCT_HEARING_ENDS: "messaging",
    Silence.CONDUCT_COMPLAINT_CLOSES: "messaging",
    Silence.PROPOSAL_LAPSES: "billing",
    Silence.PAYOUT_HOLD_ENDS: "billing",
}
"""The service whose table of executors has the word."""
SHOWN_ONLY = frozenset(Silence) - frozenset(CARRIED_OUT_BY)
"""Words that people read and act on; nothing happens by itself."""
TAKES_OVER: Mapping[Silence, Trigger] = {
    Silence.TAKEOVER_MISSED_DEADLINE: Trigger.MISSED_DEADLINE,
    Silence.TAKEOVER_RIGHTS_BREACH: Trigger.RIGHTS_BREACH,
    Silence.TAKEOVER_IMPASSE: Trigger.QUALITY_CONFORMITY,
}
"""Words that lead to a takeover, with its trigger: whether it is automatic, and at what price, the market says."""
