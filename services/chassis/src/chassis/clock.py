"""The time. Domain code never asks for it: an instant arrives inside a command."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware UTC instant with millisecond precision, which is what MongoDB keeps."""


def to_milliseconds(at: datetime) -> datetime:
    """Return the instant in UTC, cut to milliseconds."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
