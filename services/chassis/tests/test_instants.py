"""Instants that a request names: kept in UTC and to the millisecond, and none with which nobody can reckon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.http import EARLIEST, LATEST, Instant

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
SERVICES = Path(__file__).parents[2]


def test_an_instant_is_kept_in_utc_and_to_the_millisecond() -> None:
    kept = INSTANT.validate_python("2026-09-17T14:00:00.123456+02:00")
    assert (kept, kept.tzinfo) == (datetime(2026, 9, 17, 12, 0, 0, 123_000, tzinfo=UTC), UTC)
    with pytest.raises(ValidationError):
        INSTANT.validate_python("2026-09-17T14:00:00")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("9999-12-31T23:59:59-23:59", LATEST),
        ("9999-12-31T23:59:59Z", LATEST),
        ("0001-01-01T00:00:00+23:59", EARLIEST),
        ("0001-01-01T00:00:00Z", EARLIEST),
    ],
)
def test_at_the_ends_of_the_calendar_an_instant_can_still_be_reckoned_with(sent: str, kept: datetime) -> None:
    """INVARIANT: would break if a request were answered as a fault of ours because a zone or a day more has no date."""
    at = INSTANT.validate_python(sent)
    assert at == kept
    assert at - timedelta(days=366) < at < at + timedelta(days=366)


def test_no_route_takes_an_instant_of_its_own() -> None:
    """INVARIANT: would break if one route forgot the ends of the calendar."""
    sources = {path: path.read_text() for path in SERVICES.glob("*/src/**/*.py") if path.name != "http.py"}
    assert len(sources) > 100
    assert [str(path) for path, source in sources.items() if "AwareDatetime" in source] == []
