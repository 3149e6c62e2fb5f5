"""What within a case a clock can be about, and what each signal names: two disputes of one case never share a clock (S-7)."""

from collections.abc import Iterable
from enum import StrEnum

from sla_monitor.rules.domain.signal import Signal


class About(StrEnum):
    """The kind of subject of a clock; a row of the policy table names one."""

    CASE = "case"
    DISPUTE = "dispute"
    OFFER = "offer"
    CHARGE = "charge"
    REFUND = "refund"
    HOLD = "hold"
    MESSAGE = "message"
    TAKEOVER = "takeover"
    RETURN = "return"
    PROMISE = "promise"
    ABSENCE = "absence"
    APPEAL = "appeal"
    CONDUCT_COMPLAINT = "conduct_complaint"
    SELLER = "seller"
    ORDER_LINE = "order_line"


_BEGINNINGS: dict[Signal, About] = {
    Signal.DISPUTE_OPENED: About.DISPUTE,
    Signal.COMPLAINT_MADE: About.DISPUTE,
    Signal.DISPUTE_ESCALATED: About.DISPUTE,
    Signal.ESCALATION_OPENED: About.DISPUTE,
    Signal.EVIDENCE_REQUESTED: About.DISPUTE,
    Signal.UNLOCK_REQUESTED: About.DISPUTE,
    Signal.DECISION_MADE: About.DISPUTE,
    Signal.OFFER_MADE: About.OFFER,
    Signal.CHARGE_PROPOSED: About.CHARGE,
    Signal.CHARGE_NOTIFIED: About.CHARGE,
    Signal.CHARGE_UPHELD: About.CHARGE,
    Signal.CHARGE_APPEALED: About.CHARGE,
    Signal.PAYOUT_HELD: About.HOLD,
    Signal.REFUND_ORDERED: About.REFUND,
    Signal.REFUND_REFUSED: About.REFUND,
    Signal.MESSAGE_HELD: About.MESSAGE,
    Signal.MESSAGE_HELD_FOR_PAYMENT: About.MESSAGE,
    Signal.MESSAGE_APPEALED: About.MESSAGE,
    Signal.REPLY_HELD: About.MESSAGE,
    Signal.TAKEOVER_PROPOSED: About.TAKEOVER,
    Signal.RETURN_REQUESTED: About.RETURN,
    Signal.RETURN_ACCEPTED: About.RETURN,
    Signal.LABEL_SENT: About.RETURN,
    Signal.RETURN_SHIPPED: About.RETURN,
    Signal.RETURN_RECEIVED: About.RETURN,
    Signal.DEDUCTION_MADE: About.RETURN,
    Signal.DEDUCTION_DISPUTED: About.RETURN,
    Signal.PROMISE_MADE: About.PROMISE,
    Signal.ABSENCE_REQUESTED: About.ABSENCE,
    Signal.APPEAL_FILED: About.APPEAL,
    Signal.CONDUCT_COMPLAINED: About.CONDUCT_COMPLAINT,
    Signal.CONDUCT_ACCUSED_TOLD: About.CONDUCT_COMPLAINT,
    Signal.CONDUCT_DECIDED: About.CONDUCT_COMPLAINT,
    Signal.CONDUCT_APPEALED: About.CONDUCT_COMPLAINT,
    Signal.CONDUCT_REVIEW_OPENED: About.CONDUCT_COMPLAINT,
    Signal.CONDUCT_REVIEW_FOUND: About.CONDUCT_COMPLAINT,
    Signal.SELLER_REGISTERED: About.SELLER,
}


def about_what_begins(starts: Iterable[Signal]) -> About:
    """Return what a clock is about whose row does not say it: what the signals name that start it, or the case."""
    named = {_BEGINNINGS.get(signal, About.CASE) for signal in starts} - {About.CASE}
    return named.pop() if len(named) == 1 else About.CASE
