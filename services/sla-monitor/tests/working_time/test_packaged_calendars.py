"""Deadlines on the packaged calendars: what people in the market would say."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ombud_contracts.market import load_markets
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules
from sla_monitor.working_time.domain.counted_time import Mode

RIGA = ZoneInfo("Europe/Riga")


@pytest.mark.rule("R-01")
@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-06-26 16:30", "2026-06-27 16:30"),  # the Saturday is worked for the bridge day of Monday the 22nd
        ("2025-05-09 16:30", "2025-05-10 16:30"),
        ("2025-11-07 16:30", "2025-11-08 16:30"),
        ("2026-01-16 16:30", "2026-01-17 16:30"),
        ("2026-06-19 16:30", "2026-06-25 16:30"),  # the bridge day itself, and Midsummer
        ("2026-09-18 16:30", "2026-09-21 16:30"),
    ],
)
def test_a_worked_saturday_of_latvia_counts(asked: str, due: str) -> None:
    """R-01: 24 working hours, on working Saturdays too."""
    calendars = read_rules(versions_of(load_markets()["lv"]))["lv"].calendars
    start = datetime.fromisoformat(asked).replace(tzinfo=RIGA)
    found = calendars.newest("lv").deadline(start.astimezone(UTC), 86_400, Mode.WORKING_DAYS)
    assert found.astimezone(RIGA).strftime("%Y-%m-%d %H:%M") == due


def test_opening_hours_of_a_worked_saturday_are_those_of_a_weekday() -> None:
    calendars = read_rules(versions_of(load_markets()["lv"]))["lv"].calendars
    start = datetime(2026, 6, 26, 16, 30, tzinfo=RIGA).astimezone(UTC)
    found = calendars.newest("lv").deadline(start, 3600, Mode.BUSINESS_HOURS)
    assert found.astimezone(RIGA).strftime("%Y-%m-%d %H:%M") == "2026-06-27 09:30"
