"""What a return knows of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from disputes.returns.domain.commands import RequestReturn, SubmitPhoto
from disputes.returns.domain.events import Inspection
from ombud_words import DecisionId, ReturnId, further_decision


class Status(StrEnum):
    """Where a return is. One that is LOST has ended when the buyer has the money."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    LABEL_ISSUED = "LABEL_ISSUED"
    SHIPPED = "SHIPPED"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    REFUNDED = "REFUNDED"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    SENT_BACK = "SENT_BACK"
    CANCELLED = "CANCELLED"
    LAPSED = "LAPSED"
    LOST = "LOST"
    REFUND_GIVEN_UP = "REFUND_GIVEN_UP"


UNSENT = (Status.REQUESTED, Status.ACCEPTED, Status.LABEL_ISSUED)
"""The buyer still has the item."""
SENDABLE = (Status.ACCEPTED, Status.LABEL_ISSUED)
NEVER_SENT = (Status.CANCELLED, Status.LAPSED)
"""It ended before anybody said that the item was on its way: its parcel is free for the next return of the line."""
STOOD = (Status.PARTLY_REFUNDED, Status.SENT_BACK)
"""It ended with a deduction."""
CAN_GO_ON = (Status.LAPSED, *STOOD, Status.REFUND_GIVEN_UP)
"""It ended, and is paid after all where a silence was none, or the payment system pays what was given up."""


@dataclass(frozen=True, slots=True)
class Return:
    request: RequestReturn
    status: Status
    since: datetime
    """When it came to where it is: nothing that is heard late is earlier."""
    accepted_by: str | None = None
    """The system, where the platform accepted it in the seller's place."""
    label_by: str | None = None
    label_charged: bool = False
    """The seller pays for the platform's label."""
    tracking_number: str | None = None
    lost_reported: bool = False
    """The carrier says so; staff has not decided yet what follows."""
    photos: tuple[SubmitPhoto, ...] = ()
    inspection: Inspection | None = None
    deduction_minor: int = 0
    """What the seller may keep: what was asked for, until somebody decides otherwise."""
    deduction_disputed: bool = False
    deduction_stood: bool = False
    """By silence."""
    deduction_reopened: bool = False
    """It stood by a silence that was none, and the buyer has not disputed it since."""
    refund_decision: DecisionId | None = None
    """By which decision the refund was ordered; None while nothing was, or for what was kept before this was."""
    refund_minor: int | None = None
    """What was last ordered for the buyer; None while nothing was, or while a reopened deduction waits."""
    refund_by_platform: bool = False
    refund_failed: bool = False
    """The payment system refused it, and has not paid it since."""
    ground: str | None = None
    """Why it was refused."""
    refunded_minor: int = 0
    ended_at: datetime | None = None
    lapse_withdrawn: bool = False
    decision_taken_back: bool = False
    """The outcome that it carries out was reversed: what is still paid for what was sent is the platform's."""

    @property
    def id(self) -> ReturnId:
        return self.request.return_id

    @property
    def live(self) -> bool:
        return self.ended_at is None

    @property
    def deduction_open(self) -> bool:
        """True while the buyer may still answer a deduction, or the platform has to decide it."""
        return self.live and self.status == Status.INSPECTED and self.refund_minor is None and self.deduction_minor > 0

    @property
    def deduction_disputable(self) -> bool:
        """True while the buyer may disagree with a deduction; also with one that stood by a silence that was none."""
        return self.deduction_open or (self.deduction_reopened and self.status in STOOD)

    @property
    def decision_id(self) -> DecisionId:
        """By which the refund was ordered."""
        return self.refund_decision or self.request.decision_id

    @property
    def next_decision_id(self) -> DecisionId:
        """By which the next refund is ordered: a further one where more is paid after a deduction was reopened, or nothing
        follows from the first any more."""
        first = self.request.decision_id
        if self.refund_decision is None:
            return further_decision(first, 2) if self.decision_taken_back else first
        return further_decision(first, 2 if self.refund_decision == first else 3)

    @property
    def sendable(self) -> bool:
        """True while the buyer may send the item; also where what was decided lapsed by a deadline that had not passed."""
        decided = self.request.dispute_id is not None and not self.decision_taken_back
        return self.status in SENDABLE or (self.status == Status.LAPSED and self.lapse_withdrawn and decided)

    def goes_on_after(self, scanned_at: datetime) -> bool:
        """Tell whether it ended although the item had been sent before, as a carrier says late: by a lapse, or with its decision."""
        if self.status == Status.CANCELLED:
            return self.decision_taken_back and scanned_at <= self.since
        in_time = scanned_at <= self.since or (self.lapse_withdrawn and not self.decision_taken_back)
        return self.status == Status.LAPSED and in_time
