"""What was paid for a line, and what was charged and refunded of it."""

from billing.lines.domain.bought import BoughtLine, NoteLine
from billing.lines.domain.cap import (
    Exposure,
    Fee,
    HoldBack,
    LetGo,
    RecordRefund,
    ReleaseCharge,
    ReleaseRefund,
    ReserveCharge,
    ReserveRefund,
    ShareHolds,
    net_within,
)

__all__ = [
    "BoughtLine",
    "Exposure",
    "Fee",
    "HoldBack",
    "LetGo",
    "NoteLine",
    "RecordRefund",
    "ReleaseCharge",
    "ReleaseRefund",
    "ReserveCharge",
    "ReserveRefund",
    "ShareHolds",
    "net_within",
]
