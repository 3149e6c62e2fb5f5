"""The stretch of what happened that a dry run judges, and the instants that people may name. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ombud_rulebooks.domain.refusal import RulebookRefused

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class InstantOutOfRange(RulebookRefused):
    """The instant lies outside the years that rules are made for."""


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant until just before another."""

    from_at: datetime
    to_at: datetime


def within_years(at: datetime) -> datetime:
    """Return an instant in UTC, cut to milliseconds. Raises InstantOutOfRange."""
    if not EARLIEST <= at <= LATEST:
        raise InstantOutOfRange("an instant must be between the years 2000 and 2100")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
