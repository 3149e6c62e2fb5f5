"""What a calendar may say, and what its words mean at the edges."""

from datetime import UTC, datetime, timedelta

import pytest

from sla_monitor.working_time.domain.calendar import (
    Calendar,
    CalendarUnreadable,
    CalendarWithoutOpenTime,
    UnknownTimeZone,
    Window,
    read_calendar,
)
from sla_monitor.working_time.domain.counted_time import (
    CompiledCalendars,
    Mode,
    TargetNotPositive,
    UnknownMode,
    read_mode,
    working_time,
)
from sla_monitor.working_time.domain.microseconds import NaiveInstant, micros
from sla_monitor.working_time.domain.open_spans import Counted
from sla_monitor.working_time.domain.open_time import NoMoreOpenTime, OpenTime, OutsideSupportedTime

OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}
NIGHT = {str(day): [["22:00", "06:00"]] for day in range(5)}


def calendar(**fields: object) -> Calendar:
    return read_calendar({"id": "test", "tz": "UTC", "weekly": OFFICE} | fields)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(calendar_: Calendar, start: str, end: str, mode: Mode = Mode.BUSINESS_HOURS) -> float:
    return working_time(calendar_).elapsed(at(start), at(end), mode) / 3600


def test_a_calendar_without_open_time_is_refused() -> None:
    with pytest.raises(CalendarWithoutOpenTime):
        calendar(weekly={})


def test_a_calendar_whose_only_opening_is_closed_again_is_refused() -> None:
    only = calendar(
        weekly={}, overrides={"2026-05-02": [["10:00", "14:00"]]}, closures=[["2026-05-02T09:00Z", "2026-05-02T15:00Z"]]
    )
    with pytest.raises(CalendarWithoutOpenTime):
        working_time(only)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", "", "/etc/localtime"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises((UnknownTimeZone, CalendarUnreadable)):
        calendar(tz=zone)


@pytest.mark.parametrize(
    "broken",
    [
        {"weekly": {"7": [["09:00", "17:00"]]}},
        {"weekly": {"0": [["9:00", "17:00"]]}},
        {"weekly": {"0": [["09:00", "25:00"]]}},
        {"weekly": {"0": [["09:00", "09:00"]]}},
        {"weekly": {"0": ["09:00-17:00"]}},
        {"weekly": "always"},
        {"holidays": ["18 November"]},
        {"holidays": "2026-11-18"},
        {"overrides": {"2026-13-01": []}},
        {"closures": [["2026-03-10T12:00Z", "2026-03-10T11:00Z"]]},
        {"closures": [["noon", "later"]]},
        {"closures": [["2026-03-10T12:00:00.5Z", "2026-03-10T13:00Z"]]},
        {"version": 0},
        {"version": True},
        {"id": ""},
        {"tz": None},
    ],
    ids=str,
)
def test_an_unreadable_calendar_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(CalendarUnreadable):
        calendar(**broken)


def test_closures_count_to_the_second() -> None:
    shut = calendar(closures=[["2026-03-10T11:20:05Z", "2026-03-10T11:20:06Z"]])
    assert working_time(shut).elapsed(at("2026-03-10 09:00"), at("2026-03-10 17:00")) == 8 * 3600 - 1
    assert working_time(shut).add(at("2026-03-10 11:20:04"), 2) == at("2026-03-10 11:20:07")


def test_a_closure_without_an_offset_is_local_time() -> None:
    shut = calendar(tz="Europe/Riga", closures=[["2026-03-10T16:00", "2026-03-10T19:00"]])
    assert hours(shut, "2026-03-10 00:00", "2026-03-11 00:00") == 7


def test_a_holiday_closes_its_date_also_for_the_night_shift_of_the_evening_before() -> None:
    nights = calendar(weekly=NIGHT, holidays=["2026-09-16"])
    assert hours(nights, "2026-09-15 12:00", "2026-09-16 12:00") == 2
    assert hours(nights, "2026-09-16 12:00", "2026-09-17 12:00") == 6


def test_an_override_gives_a_date_hours_of_its_own_and_opens_a_holiday() -> None:
    special = calendar(holidays=["2026-12-24"], overrides={"2026-12-24": [["09:00", "12:00"]], "2026-12-23": []})
    assert hours(special, "2026-12-24 00:00", "2026-12-25 00:00") == 3
    assert hours(special, "2026-12-23 00:00", "2026-12-24 00:00") == 0


def test_a_holiday_is_no_working_day_even_with_a_special_opening() -> None:
    special = calendar(holidays=["2026-12-24"], overrides={"2026-12-24": [["09:00", "12:00"]]})
    assert hours(special, "2026-12-24 00:00", "2026-12-25 00:00", Mode.WORKING_DAYS) == 0


def test_a_special_opening_makes_a_saturday_a_whole_working_day() -> None:
    special = calendar(overrides={"2026-05-02": [["10:00", "14:00"]]})
    assert hours(special, "2026-05-02 00:00", "2026-05-03 00:00", Mode.WORKING_DAYS) == 24


def test_a_day_closed_for_all_its_hours_is_no_working_day_and_a_closure_stops_the_others() -> None:
    shut = calendar(closures=[["2026-03-10T08:00Z", "2026-03-10T18:00Z"], ["2026-03-11T10:00Z", "2026-03-11T12:00Z"]])
    assert hours(shut, "2026-03-10 00:00", "2026-03-11 00:00", Mode.WORKING_DAYS) == 0
    assert hours(shut, "2026-03-11 00:00", "2026-03-12 00:00", Mode.WORKING_DAYS) == 22


def test_overlapping_windows_count_once() -> None:
    twice = calendar(weekly={"0": [["09:00", "13:00"], ["12:00", "17:00"], ["17:00", "18:00"]]})
    assert hours(twice, "2026-09-14 00:00", "2026-09-15 00:00") == 9


def test_a_deadline_beyond_the_last_opening_is_refused() -> None:
    once = working_time(calendar(weekly={}, overrides={"2026-05-02": [["10:00", "14:00"]]}))
    assert once.add(at("2026-05-01 00:00"), 4 * 3600) == at("2026-05-02 14:00")
    for too_much in (4 * 3600 + 1, 4 * 3600 + 0.000001):
        with pytest.raises(NoMoreOpenTime):
            once.add(at("2026-05-01 00:00"), too_much)
    with pytest.raises(NoMoreOpenTime):
        once.add(at("2026-05-03 00:00"), -4 * 3600 - 1)


def test_a_target_of_many_years_is_reached_without_a_table_that_holds_them_all() -> None:
    working = working_time(calendar(tz="UTC", weekly={"0": [["09:00", "10:00"]]}))
    assert working.add(at("2026-01-05 00:00"), 3600 * 521) == datetime(2035, 12, 24, 10, tzinfo=UTC)


def test_the_first_instant_that_is_counted_in_seconds_is_open_like_any_other() -> None:
    assert OpenTime(calendar(tz="UTC", weekly={day: [["00:00", "24:00"]] for day in "0123456"}), Counted.HOURS).is_open(
        0
    )


def test_a_zone_that_changes_its_offset_in_the_last_hours_of_a_year_is_followed() -> None:
    """Nepal's clocks went forward a quarter of an hour as 1986 began there, at 18:30 UTC of the day before."""
    nights = calendar(tz="Asia/Kathmandu", weekly={day: [["23:00", "24:00"], ["00:00", "01:00"]] for day in "0123456"})
    began = datetime(1985, 12, 31, 17, 30, tzinfo=UTC)
    assert working_time(nights).elapsed(began, began + timedelta(hours=3)) == 105 * 60


def test_times_outside_1900_to_2199_are_refused() -> None:
    working = working_time(calendar())
    with pytest.raises(OutsideSupportedTime):
        working.elapsed(at("1850-01-01"), at("1850-01-02"))
    with pytest.raises(OutsideSupportedTime):
        working.elapsed(at("2300-01-01"), at("2300-01-02"))
    with pytest.raises(OutsideSupportedTime, match="1900 to 2199"):
        OpenTime(calendar(), Counted.HOURS).counted(micros(at("2500-01-01")))
    with pytest.raises(NoMoreOpenTime):
        working.add(at("2026-01-01"), 3600 * 24 * 365 * 200)


def test_a_naive_instant_and_a_target_of_zero_are_refused() -> None:
    working = working_time(calendar())
    with pytest.raises(NaiveInstant):
        working.deadline(datetime(2026, 1, 1), 60, Mode.ELAPSED)  # noqa: DTZ001 - a naive time is the case
    many, naive = [at("2026-01-05")] * 600, datetime(2026, 1, 6)  # noqa: DTZ001 - a naive time is the case
    with pytest.raises(NaiveInstant):
        working.elapsed_many(many, [*many[1:], naive], Mode.BUSINESS_HOURS)
    for seconds in (0, -60):
        with pytest.raises(TargetNotPositive):
            working.deadline(at("2026-01-01"), seconds, Mode.WORKING_DAYS)


def test_a_window_is_open_for_a_second_at_least_and_a_day_at_most() -> None:
    assert Window(10, 11).end_second == 11
    assert Window(0, 86_400).start_second == 0
    for start, end in ((10, 10), (11, 10), (0, 86_401), (-1, 10), (86_400, 86_500)):
        with pytest.raises(CalendarUnreadable):
            Window(start, end)


def test_an_unknown_mode_is_refused() -> None:
    assert read_mode("elapsed_rolled") is Mode.ELAPSED_ROLLED
    with pytest.raises(UnknownMode):
        read_mode("working_hours")


def test_compiled_calendars_are_bounded_and_never_stale() -> None:
    """INVARIANT: the store keeps at most its size, the latest used, and never answers for other content."""
    kept = CompiledCalendars(size=2)
    first, second, third = (calendar(id=name) for name in "abc")
    assert kept.get(first) is kept.get(first)
    kept.get(second)
    again = kept.get(first)
    kept.get(third)
    assert len(kept) == 2
    assert kept.get(first) is again
    other = calendar(id="a", holidays=["2026-09-14"])
    assert kept.get(other).elapsed(at("2026-09-14"), at("2026-09-15")) == 0


def test_an_instant_that_happens_twice_is_open_twice_only_where_its_reading_is() -> None:
    early = calendar(tz="America/New_York", weekly={"6": [["01:30", "05:00"]]})
    assert hours(early, "2026-11-01 00:00", "2026-11-02 00:00") == 4
    assert hours(early, "2026-03-08 00:00", "2026-03-09 00:00") == 2.5


def test_counting_back_lands_on_the_opening() -> None:
    working = working_time(calendar())
    assert working.add(at("2026-09-15 12:00"), -3 * 3600) == at("2026-09-15 09:00")
    assert working.add(at("2026-09-15 12:00"), -4 * 3600) == at("2026-09-14 16:00")
    assert working.add(at("2026-09-15 12:00"), -3600, Mode.ELAPSED) == at("2026-09-15 12:00") - timedelta(hours=1)


def test_a_day_whose_only_opening_is_left_out_by_a_clock_change_does_not_work() -> None:
    """Clocks in Casablanca went from 02:00 to 03:00 on 22 March 2026; a minute open from 02:00 on was not there."""
    only = calendar(tz="Africa/Casablanca", weekly={"6": [["02:00", "02:01"]], "1": [["00:00", "00:01"]]})
    due = working_time(only).add(at("2026-03-22T02:00"), 60, Mode.WORKING_DAYS)
    assert due == at("2026-03-23T23:01")
