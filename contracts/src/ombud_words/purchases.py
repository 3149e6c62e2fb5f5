"""Which orders are taken, and what decides how long a buyer's rights about an order line last (product rules, section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

LOST: Final = "lost"
"""The state of a parcel that its carrier has lost: the buyer need not wait for the promised date (casework, section 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a line was bought and promised, and what its seller promised."""

    placed_at: datetime
    promised_by: datetime
    """Delivery was promised to the buyer by this instant."""
    return_days: int
    warranty_months: int
    category: str | None = None
    """Of the product; rules may differ by it (R-48)."""


def why_order_refused(currency: str, market_currency: str | None) -> str | None:
    """Return why an order is refused at intake, as a code; None for one that is taken (casework, section 8).

    The currency of a market that is not known is None.
    """
    if market_currency is None:
        return "unknown_market"
    return None if currency == market_currency else "currency_of_another_market"
