"""One module per producer, and one each for the course of takeovers, for conduct and for product models; importing this package registers every event type."""

from ombud_contracts.events import (
    billing,
    conduct,
    disputes,
    marketplace,
    messaging,
    products,
    sla_monitor,
    takeovers,
    ticketing,
)

__all__ = [
    "billing",
    "conduct",
    "disputes",
    "marketplace",
    "messaging",
    "products",
    "sla_monitor",
    "takeovers",
    "ticketing",
]
