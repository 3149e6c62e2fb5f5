"""What decides how long a buyer's rights about an order line last, as it stood at purchase (product rules, section 5)."""

from dataclasses import dataclass
from datetime import datetime


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
