"""Instants as whole microseconds since 1970-01-01 UTC: the only arithmetic the domain does on time."""

from datetime import UTC, datetime, timedelta

from sla_monitor.working_time.domain.refusal import SlaRefused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY_SECONDS = 86_400
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Instants that people may name."""


class NaiveInstant(SlaRefused):
    """A time without a zone names no instant."""


class InstantOutOfRange(SlaRefused):
    """The instant lies outside the years that rules are made for."""


def micros(at: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exactly. Raises NaiveInstant."""
    if at.tzinfo is None:
        raise NaiveInstant("an instant needs a time zone or offset")
    since = at - EPOCH
    return (since.days * DAY_SECONDS + since.seconds) * SECOND + since.microseconds


def instant(us: int) -> datetime:
    """The aware UTC datetime of `us` microseconds since the epoch, exactly."""
    return EPOCH + timedelta(0, us // SECOND, us % SECOND)


def iso(us: int) -> str:
    """RFC 3339 in UTC with `Z`, and with the fraction only when there is one (milliseconds, else microseconds)."""
    at = instant(us)
    fraction = us % SECOND
    precision = "seconds" if fraction == 0 else "milliseconds" if fraction % 1000 == 0 else "microseconds"
    return at.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def within_years(at: datetime) -> datetime:
    """An instant in UTC, cut to milliseconds. Raises InstantOutOfRange."""
    if not EARLIEST <= at <= LATEST:
        raise InstantOutOfRange("an instant must be between the years 2000 and 2100")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
