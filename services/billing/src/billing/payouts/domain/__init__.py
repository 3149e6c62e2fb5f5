"""What one run pays to one seller, and what a dispute holds back."""

from billing.payouts.domain.hold import (
    ExpireHold,
    Held,
    Hold,
    HoldAdjusted,
    HoldPlaced,
    HoldReleased,
    PlaceHold,
    ReleaseHold,
    ResizeHold,
    RestoreHold,
    Status,
)
from billing.payouts.domain.run import AdvancePayout, Payout, Run

__all__ = [
    "AdvancePayout",
    "ExpireHold",
    "Held",
    "Hold",
    "HoldAdjusted",
    "HoldPlaced",
    "HoldReleased",
    "Payout",
    "PlaceHold",
    "ReleaseHold",
    "ResizeHold",
    "RestoreHold",
    "Run",
    "Status",
]
