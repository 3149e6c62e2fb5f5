"""What a return knows of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from disputes.returns.domain.commands import RequestReturn, SubmitPhoto
from disputes.returns.domain.events import Inspection
from ombud_words import ReturnId


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


@dataclass(frozen=True, slots=True)
class Return:
    request: RequestReturn
    status: Status
    since: datetime
    """When it came to where it is: nothing that is heard late is earlier."""
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
    refund_minor: int | None = None
    """What was ordered for the buyer; None while nothing was."""
    refund_by_platform: bool = False
    refund_failed: bool = False
    """The payment system refused it, and has not paid it since."""
    ground: str | None = None
    """Why it was refused."""
    refunded_minor: int = 0
    ended_at: datetime | None = None
    lapse_withdrawn: bool = False

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
