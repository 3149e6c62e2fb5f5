"""Until when a buyer may open a case about a purchase: the most favourable of law, platform and seller (section 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_DAYS_OF_A_MONTH = 31
"""A month counts as its longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """How long a right to contact the seller lasts by each source; the longest counts."""

    months: tuple[int, ...]
    days: tuple[int, ...]


def rights_until(
    rights: Rights, *, placed_at: datetime, promised_by: datetime, delivered_at: datetime | None
) -> datetime:
    """Return when the last of the buyer's rights lapses; they begin with delivery, or when it was promised at the latest."""
    begin = delivered_at or max(promised_by, placed_at)
    return begin + timedelta(days=max(*rights.days, *(months * _DAYS_OF_A_MONTH for months in rights.months)))
