"""One module per producer, and one each for the course of takeovers, for promises, product models and payouts; importing this package registers every event type."""

from ombud_contracts.events import (
    billing,
    disputes,
    marketplace,
    messaging,
    payouts,
    products,
    promises,
    sla_monitor,
    takeovers,
    ticketing,
)

__all__ = [
    "billing",
    "disputes",
    "marketplace",
    "messaging",
    "payouts",
    "products",
    "promises",
    "sla_monitor",
    "takeovers",
    "ticketing",
]
