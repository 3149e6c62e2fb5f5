"""The small vocabulary in which clocks are told what happened; the shell translates contract events into it."""

from enum import StrEnum


class Signal(StrEnum):
    """What a clock can be told. Of signals at the same instant the one listed first counts first: beginnings, then
    answers, then new questions, then endings."""

    __hash__ = str.__hash__
    """In C: every fact is looked up in a dozen sets of signals, and an Enum hashes its name in Python."""

    CASE_OPENED = "case_opened"
    CASE_REOPENED = "case_reopened"
    CLAIM_POSSIBLE = "claim_possible"
    """The buyer may open a dispute or return the item, until an instant that the signal names."""
    CLAIM_MADE = "claim_made"
    """A dispute was opened that is not the seller's own, at whatever stage."""
    CONTACT_REQUESTED = "contact_requested"
    """Somebody asks the platform: it owes the answer, and the seller does not."""
    MOVED_TO_SELLER = "moved_to_seller"
    """A contact that had come to the platform is the seller's."""
    SELLER_REGISTERED = "seller_registered"
    HANDED_BACK = "handed_back"
    DISPUTE_OPENED = "dispute_opened"
    ESCALATION_OPENED = "escalation_opened"
    DISPUTE_ESCALATED = "dispute_escalated"
    COMPLAINT_MADE = "complaint_made"
    """A buyer opened a dispute that is negotiated with the seller."""
    OFFER_MADE = "offer_made"
    EVIDENCE_REQUESTED = "evidence_requested"
    INFORMATION_REQUESTED = "information_requested"
    RETURN_REQUESTED = "return_requested"
    RETURN_ACCEPTED = "return_accepted"
    RETURN_SHIPPED = "return_shipped"
    RETURN_RECEIVED = "return_received"
    DEDUCTION_MADE = "deduction_made"
    """The seller wants to keep something of the price of what came back."""
    DEDUCTION_DISPUTED = "deduction_disputed"
    UNLOCK_REQUESTED = "unlock_requested"
    TAKEOVER_PROPOSED = "takeover_proposed"
    TAKEOVER_APPEALABLE = "takeover_appealable"
    """The seller may appeal a takeover, until an instant that the signal names."""
    DECISION_MADE = "decision_made"
    """A decision can be appealed: by both sides, or, after an appeal by which it stands, by the other side alone."""
    CHARGE_PROPOSED = "charge_proposed"
    CHARGE_NOTIFIED = "charge_notified"
    CHARGE_UPHELD = "charge_upheld"
    CHARGE_APPEALED = "charge_appealed"
    PAYOUT_HELD = "payout_held"
    REFUND_ORDERED = "refund_ordered"
    REFUND_REFUSED = "refund_refused"
    ABSENCE_REQUESTED = "absence_requested"
    """Told by nothing: a row that was published once names it, and stays readable. So does `absence_decided`."""
    CONDUCT_COMPLAINED = "conduct_complained"
    """A complaint about a seller's conduct waits for its investigation, for the first time or again."""
    CONDUCT_ACCUSED_TOLD = "conduct_accused_told"
    CONDUCT_DECIDED = "conduct_decided"
    CONDUCT_APPEALED = "conduct_appealed"
    CONDUCT_REVIEW_OPENED = "conduct_review_opened"
    """A review of a seller waits for its result, for the first time or again."""
    CONDUCT_REVIEW_FOUND = "conduct_review_found"
    PROMISE_MADE = "promise_made"
    DELIVERY_PROMISED = "delivery_promised"

    REPLY_HELD = "reply_held"
    MESSAGE_HELD = "message_held"
    MESSAGE_HELD_FOR_PAYMENT = "message_held_for_payment"
    MESSAGE_APPEALED = "message_appealed"
    MESSAGE_DECIDED = "message_decided"
    QUALIFYING_REPLY = "qualifying_reply"
    REPLY_RELEASED = "reply_released"
    REPLY_BLOCKED = "reply_blocked"
    OTHER_REPLY = "other_reply"
    PLATFORM_REPLY = "platform_reply"
    CONTACT_PICKED_UP = "contact_picked_up"
    INFORMATION_RECEIVED = "information_received"
    SELLER_REACTED = "seller_reacted"
    """The seller made, refused or accepted an offer, or wrote a reply that counts."""
    EVIDENCE_RECEIVED = "evidence_received"
    OFFER_ANSWERED = "offer_answered"
    RETURN_ANSWERED = "return_answered"
    LABEL_SENT = "label_sent"
    RETURN_INSPECTED = "return_inspected"
    REFUND_ISSUED = "refund_issued"
    """What the buyer gets for a return was ordered from the payment system, whose own clock watches it from here."""
    DEDUCTION_ANSWERED = "deduction_answered"
    DEDUCTION_DECIDED = "deduction_decided"
    UNLOCK_CONFIRMED = "unlock_confirmed"
    UNLOCK_ENDED = "unlock_ended"
    """The buyer says that it did not work, the time passed, or the takeover ended."""
    TAKEOVER_DECIDED = "takeover_decided"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DECIDED = "appeal_decided"
    CHARGE_DECIDED = "charge_decided"
    CHARGE_CONTESTED = "charge_contested"
    CHARGE_APPEAL_DECIDED = "charge_appeal_decided"
    REFUND_PAID = "refund_paid"
    PAYOUT_HOLD_RELEASED = "payout_hold_released"
    CONDUCT_ANSWERED = "conduct_answered"
    CONDUCT_REVIEW_CLEARED = "conduct_review_cleared"
    """It found nothing, which nobody appeals."""
    CONDUCT_APPEAL_DECIDED = "conduct_appeal_decided"
    ABSENCE_DECIDED = "absence_decided"
    PROMISE_KEPT = "promise_kept"
    DELIVERED = "delivered"
    SELLER_SEEN = "seller_seen"

    BUYER_MESSAGE = "buyer_message"
    REPLY_CONTESTED = "reply_contested"
    WAIVER_REVOKED = "waiver_revoked"
    CASES_MERGED = "cases_merged"
    """Told to the surviving case, with the start of what the other case still owed."""

    OWNER_MOVED = "owner_moved"
    PAUSED_BY_STAFF = "paused_by_staff"
    PAUSE_EXTENDED = "pause_extended"
    RESUMED_BY_STAFF = "resumed_by_staff"
    CALENDAR_CORRECTED = "calendar_corrected"
    POLICY_MIGRATED = "policy_migrated"
    TIME_CREDITED = "time_credited"
    """Our outage, or a late notification: the stretch does not count."""

    PROMISED_EARLIER = "promised_earlier"
    """What the start of a round named is named anew: it counts where it is earlier."""

    NO_REPLY_NEEDED = "no_reply_needed"
    DISPUTE_ENDED = "dispute_ended"
    OFFER_WITHDRAWN = "offer_withdrawn"
    """It expired, or ended with its negotiation."""
    EVIDENCE_REQUEST_ENDED = "evidence_request_ended"
    """Nothing came in time, or it is not needed any more."""
    RETURN_ENDED = "return_ended"
    PROMISE_WITHDRAWN = "promise_withdrawn"
    TAKEOVER_ACTIVATED = "takeover_activated"
    TAKEOVER_CONCLUDED = "takeover_concluded"
    TAKEOVER_REVERSED = "takeover_reversed"
    TAKEOVER_UNDONE = "takeover_undone"
    """It counts as if it had not been, whoever has the contact: nothing of it can be appealed."""
    CASE_RESOLVED = "case_resolved"
    CASE_MERGED_AWAY = "case_merged_away"
    CASE_CLOSED = "case_closed"
    CONDUCT_REVIEW_WITHDRAWN = "conduct_review_withdrawn"
    DECISION_TAKEN_BACK = "decision_taken_back"
    """The fact by which a dispute was decided is none: nobody appeals the decision any more."""
    CHARGE_TAKEN_BACK = "charge_taken_back"
    CHARGE_ENDED = "charge_ended"
    """It was reversed or withdrawn, so that nothing of it can be appealed."""
    REFUND_GIVEN_UP = "refund_given_up"
    """A refused refund was cancelled, or is ordered anew as an order of its own."""
    LINE_CANCELLED = "line_cancelled"
    LINE_REFUNDED = "line_refunded"
    """An outcome gives back all that is left of an order line."""
    SELLER_LEFT = "seller_left"


ORDER_AT_ONE_INSTANT = {signal: place for place, signal in enumerate(Signal)}

UNDOES = {
    Signal.TAKEOVER_REVERSED: Signal.TAKEOVER_ACTIVATED,
    Signal.DECISION_TAKEN_BACK: Signal.DECISION_MADE,
    Signal.CHARGE_TAKEN_BACK: Signal.CHARGE_NOTIFIED,
}
"""Signals that take an earlier one back (S-3): every row that starts, opens or closes by the one is set right by the other;
policy rows do not list them."""

FOR_EVERY_CLOCK = frozenset(
    {
        Signal.OWNER_MOVED,
        Signal.CALENDAR_CORRECTED,
        Signal.POLICY_MIGRATED,
        Signal.TIME_CREDITED,
        Signal.CASES_MERGED,
        Signal.CASE_MERGED_AWAY,
        Signal.PROMISED_EARLIER,
    }
)
"""Signals with one meaning for all clocks; policy rows do not list them."""
