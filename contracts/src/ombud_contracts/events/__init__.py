"""One module per producer, and one each for the course of takeovers, for returns and for product models; importing this package registers every event type."""

from ombud_contracts.events import (
    billing,
    disputes,
    marketplace,
    messaging,
    products,
    returns,
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
    "returns",
    "sla_monitor",
    "takeovers",
    "ticketing",
]
