"""One module per producer; importing this package registers every event type."""

from ombud_contracts.events import billing, disputes, marketplace, messaging, sla_monitor, ticketing

__all__ = ["billing", "disputes", "marketplace", "messaging", "sla_monitor", "ticketing"]
