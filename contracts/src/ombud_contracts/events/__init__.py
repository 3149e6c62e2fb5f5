"""One module per producer, and one each for the course of takeovers, for promises and for product models; importing this package registers every event type."""

from ombud_contracts.events import (
    billing,
    disputes,
    marketplace,
    messaging,
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
    "products",
    "promises",
    "sla_monitor",
    "takeovers",
    "ticketing",
]
