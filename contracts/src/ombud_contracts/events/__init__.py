"""One module per producer, and one each for the course of takeovers, conduct, findings, promises, returns, reviews of sellers, product models and payouts;
importing this package registers every event type."""

from ombud_contracts.events import (
    billing,
    conduct,
    disputes,
    findings,
    marketplace,
    messaging,
    payouts,
    products,
    promises,
    returns,
    reviews,
    sla_monitor,
    takeovers,
    ticketing,
)

__all__ = [
    "billing",
    "conduct",
    "disputes",
    "findings",
    "marketplace",
    "messaging",
    "payouts",
    "products",
    "promises",
    "returns",
    "reviews",
    "sla_monitor",
    "takeovers",
    "ticketing",
]
