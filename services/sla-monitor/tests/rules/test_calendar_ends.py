"""A year before the holidays of a calendar in use end, somebody is told to publish the next ones."""

from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from riga_rules import riga_calendar, rules_of

from chassis.testing import FixedClock
from sla_monitor.rules.jobs import NOTICE, CalendarEnds, ending_within

DAY = 86_400
NOON = datetime(2025, 12, 30, 12, tzinfo=UTC)
ENDS_2026, ENDS_2027 = riga_calendar(), riga_calendar(2, ["2026-12-24", "2027-01-01"])


def ends(now: datetime, *, next_year_too: bool = False) -> CalendarEnds:
    calendars = [ENDS_2026, ENDS_2027] if next_year_too else [ENDS_2026]
    return CalendarEnds({"lv": rules_of(*calendars)}, FixedClock(now))


def test_nothing_is_said_while_the_holidays_are_known_for_more_than_a_year() -> None:
    assert ends(NOON).look() == []
    assert REGISTRY.get_sample_value("ombud_sla_calendar_known_seconds") == 366 * DAY


def test_the_calendar_is_named_a_year_before_its_data_end(caplog: pytest.LogCaptureFixture) -> None:
    assert ends(NOON + timedelta(days=1)).look() == [("lv", ENDS_2026)]
    assert "publish a later version" in caplog.text
    assert REGISTRY.get_sample_value("ombud_sla_calendar_known_seconds") == 365 * DAY


def test_a_later_version_with_more_years_ends_the_warning() -> None:
    assert ends(NOON + timedelta(days=1), next_year_too=True).look() == []


def test_a_calendar_without_holidays_never_ends() -> None:
    always = riga_calendar(1, [])
    assert ending_within([always], date(2099, 1, 1), NOTICE) == []
