"""What is refused about complaints, named for the broken rule."""

from datetime import datetime

from messaging.conversations.domain import Refusal
from ombud_words import ComplaintId


class UnknownComplaint(Refusal):
    """There is no such complaint."""


class NoSellerInCase(Refusal):
    """The case is between the buyer and the platform; there is no seller to complain about."""


class ComplaintTooLate(Refusal):
    """The time to complain about conduct in the case has passed."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The time to complain about the seller's conduct in this case has passed.")
        self.facts = {"complaint_until": until.isoformat()}


class ComplaintBeingLookedInto(Refusal):
    """An earlier complaint in the case is not decided yet."""

    def __init__(self, complaint_id: ComplaintId) -> None:
        super().__init__(
            "Your earlier complaint about this case is not decided yet. Add what is new when you are asked."
        )
        self.facts = {"complaint_id": complaint_id}


class TooManyComplaints(Refusal):
    """As many complaints were filed in the case as the rules allow."""


class InvestigatedByAnother(Refusal):
    """Somebody else investigates the complaint."""


class DecidedBefore(Refusal):
    """Whoever decided in a complaint does not investigate it again (S-4)."""


class NotInvestigated(Refusal):
    """Nobody investigates the complaint, or it was decided."""


class AccusedNotHeard(Refusal):
    """Nothing is found against a seller who was not told what is alleged, and did not answer or have the time for it."""


class NothingToAnswer(Refusal):
    """Nothing waits for the seller's answer."""


class AnsweredBefore(Refusal):
    """The seller answered in this investigation."""


class NotAppealable(Refusal):
    """The decision is not against the side that appeals, or does not stand any more."""
