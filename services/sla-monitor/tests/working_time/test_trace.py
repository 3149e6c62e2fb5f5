"""Every deadline can be explained, in the same bytes each time."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sla_monitor.working_time.domain.calendar import Calendar, CalendarId, read_calendar
from sla_monitor.working_time.domain.counted_time import Mode, WorkingTime
from sla_monitor.working_time.domain.deadline_trace import trace_deadline
from sla_monitor.working_time.domain.microseconds import iso

CHRISTMAS_EVE = datetime(2026, 12, 23, 13, 0, tzinfo=UTC)


def causes(calendar: Calendar, start: datetime, seconds: int, mode: Mode) -> list[tuple[str, bool, int]]:
    trace = trace_deadline(WorkingTime(calendar), start, seconds, mode)
    return [(segment.cause, segment.counted, segment.seconds) for segment in trace.segments]


def test_working_days_name_holidays_and_weekends(riga: Calendar) -> None:
    assert causes(riga, CHRISTMAS_EVE, 86_400, Mode.WORKING_DAYS) == [
        ("working_day", True, 9 * 3600),
        ("holiday", False, 3 * 86_400),
        ("non_working_day", False, 86_400),
        ("working_day", True, 15 * 3600),
    ]


def test_business_hours_name_evenings_holidays_and_weekends(riga: Calendar) -> None:
    assert causes(riga, CHRISTMAS_EVE, 3 * 3600, Mode.BUSINESS_HOURS) == [
        ("open", True, 2 * 3600),
        ("outside_hours", False, 7 * 3600),
        ("holiday", False, 3 * 86_400),
        ("non_working_day", False, 86_400),
        ("outside_hours", False, 9 * 3600),
        ("open", True, 3600),
    ]


def test_closures_are_named() -> None:
    calendar = read_calendar(
        {
            "id": "shut",
            "tz": "UTC",
            "weekly": {"0": [["09:00", "17:00"]]},
            "closures": [["2026-09-14T10:00Z", "2026-09-14T11:00Z"]],
        }
    )
    start = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
    assert causes(calendar, start, 3600, Mode.BUSINESS_HOURS) == [
        ("open", True, 1800),
        ("closure", False, 3600),
        ("open", True, 1800),
    ]


@pytest.mark.parametrize(
    ("mode", "cause"), [(Mode.WORKING_DAYS, "holiday"), (Mode.BUSINESS_HOURS, "outside_hours")], ids=str
)
def test_a_holiday_with_windows_of_its_own_is_closed_for_days_and_open_for_hours(mode: Mode, cause: str) -> None:
    """Counted in days it stays a holiday; counted in hours, what is closed around its windows is only outside them."""
    calendar = read_calendar(
        {
            "id": "open-holiday",
            "tz": "UTC",
            "weekly": {str(day): [["09:00", "17:00"]] for day in range(5)},
            "holidays": ["2026-09-15"],
            "overrides": {"2026-09-15": [["10:00", "12:00"]]},
        }
    )
    trace = trace_deadline(WorkingTime(calendar), datetime(2026, 9, 14, 16, tzinfo=UTC), 12 * 3600, mode)
    closed = [s.cause for s in trace.segments if not s.counted and s.from_at.day == 15]
    assert closed
    assert set(closed) == {cause}


def test_modes_that_roll_say_so(riga: Calendar) -> None:
    assert causes(riga, CHRISTMAS_EVE, 86_400, Mode.ELAPSED_ROLLED) == [
        ("running", True, 86_400),
        ("rolled_by_elapsed_rolled", False, (9 + 9) * 3600 + 3 * 86_400),
    ]
    assert causes(riga, CHRISTMAS_EVE, 86_400, Mode.END_OF_NEXT_WORKING_DAY) == [
        ("day_of_start", False, 9 * 3600),
        ("holiday", False, 3 * 86_400),
        ("non_working_day", False, 86_400),
        ("working_day", True, 86_400),
    ]


def test_part_seconds_are_carried_so_that_whole_seconds_add_up(riga: Calendar) -> None:
    start = datetime(2026, 9, 18, 13, 59, 59, 700_000, tzinfo=UTC)
    trace = trace_deadline(WorkingTime(riga), start, 10, Mode.BUSINESS_HOURS)
    assert [segment.seconds for segment in trace.segments if segment.counted] == [0, 10]
    assert trace.due_by == datetime(2026, 9, 21, 6, 0, 9, 700_000, tzinfo=UTC)


def test_bytes_are_canonical(riga: Calendar) -> None:
    """Sorted keys, no spaces, UTF-8: whoever computes the same trace in another language has the same bytes."""
    told = trace_deadline(WorkingTime(riga), CHRISTMAS_EVE, 86_400, Mode.WORKING_DAYS)
    named = replace(told, calendar_id=CalendarId("rīga"))
    assert '"calendar":"rīga"'.encode() in named.to_bytes()
    plain = json.dumps(told.as_data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert told.to_bytes() == plain.encode()
    assert list(json.loads(told.to_bytes())) == sorted(told.as_data())


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_500_000, "1970-01-01T00:00:01.500Z"),
        (1_000_001, "1970-01-01T00:00:01.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_has_a_fraction_only_when_there_is_one(microseconds: int, text: str) -> None:
    assert iso(microseconds) == text


def test_the_same_question_gives_the_same_bytes(riga: Calendar) -> None:
    """INVARIANT: a trace is a function of calendar, mode, start and target; compiled state never shows in it."""
    asked_before = WorkingTime(riga)
    asked_before.deadline(datetime(1999, 1, 1, tzinfo=UTC), 10_000_000, Mode.BUSINESS_HOURS)
    fresh = trace_deadline(WorkingTime(riga), CHRISTMAS_EVE, 86_400, Mode.WORKING_DAYS).to_bytes()
    assert trace_deadline(asked_before, CHRISTMAS_EVE, 86_400, Mode.WORKING_DAYS).to_bytes() == fresh
    assert json.loads(fresh)["segments"][0] == {
        "calendar_version": 1,
        "cause": "working_day",
        "counted": True,
        "from": "2026-12-23T13:00:00Z",
        "seconds": 32_400,
        "to": "2026-12-23T22:00:00Z",
    }


@pytest.mark.rule("R-01")
def test_a_deadline_after_the_last_known_holidays_says_so(riga: Calendar) -> None:
    """R-01: the calendar knows the holidays of 2026; a deadline in 2027 may fall on one that nobody has entered."""
    late = datetime(2026, 12, 30, 13, 0, tzinfo=UTC)
    for mode in (Mode.WORKING_DAYS, Mode.BUSINESS_HOURS, Mode.END_OF_NEXT_WORKING_DAY, Mode.ELAPSED_ROLLED):
        trace = trace_deadline(WorkingTime(riga), late, 3 * 86_400, mode)
        assert trace.holidays_known_until == date(2026, 12, 31), mode
        assert trace.as_data()["holidays_known_until"] == "2026-12-31"


def test_a_deadline_that_depends_on_no_unknown_holiday_says_nothing(riga: Calendar) -> None:
    late = datetime(2026, 12, 30, 13, 0, tzinfo=UTC)
    by_clock = trace_deadline(WorkingTime(riga), late, 3 * 86_400, Mode.ELAPSED)
    known = trace_deadline(WorkingTime(riga), CHRISTMAS_EVE, 86_400, Mode.WORKING_DAYS)
    always = read_calendar({"id": "desk", "tz": "UTC", "weekly": {str(day): [["00:00", "24:00"]] for day in range(7)}})
    on_the_desk = trace_deadline(WorkingTime(always), late, 3 * 86_400, Mode.BUSINESS_HOURS)
    for trace in (by_clock, known, on_the_desk):
        assert trace.holidays_known_until is None
        assert "holidays_known_until" not in trace.as_data()
