"""What one run pays to one seller, and what a dispute holds back."""

from billing.payouts.domain.hold import Held, Hold, HoldPlaced, HoldReleased, PlaceHold, ReleaseHold, Status
from billing.payouts.domain.run import AdvancePayout, Payout, Run

__all__ = [
    "AdvancePayout",
    "Held",
    "Hold",
    "HoldPlaced",
    "HoldReleased",
    "Payout",
    "PlaceHold",
    "ReleaseHold",
    "Run",
    "Status",
]
