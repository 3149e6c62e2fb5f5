"""Working time against a walk over every minute, written here from the rule alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla_monitor.working_time.domain.batch import elapsed_many
from sla_monitor.working_time.domain.calendar import Calendar, CalendarId, Closure, Window
from sla_monitor.working_time.domain.counted_time import Mode, WorkingTime
from sla_monitor.working_time.domain.deadline_trace import trace_deadline
from sla_monitor.working_time.domain.open_spans import Counted
from sla_monitor.working_time.domain.open_time import OpenTime

MINUTE, MICROSECOND = timedelta(minutes=1), timedelta(microseconds=1)
CHANGES = {
    "Europe/Riga": [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)],
    "America/Sao_Paulo": [datetime(2017, 10, 15, 3, tzinfo=UTC), datetime(2018, 2, 18, 2, tzinfo=UTC)],
    "Australia/Lord_Howe": [datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)],
    "Pacific/Apia": [datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2012, 4, 1, 3, tzinfo=UTC)],
    "Europe/Dublin": [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    "Africa/Casablanca": [datetime(2026, 2, 15, 2, tzinfo=UTC), datetime(2026, 3, 22, 2, tzinfo=UTC)],
    "Asia/Kathmandu": [datetime(1985, 12, 31, 18, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)],
    "Pacific/Kwajalein": [datetime(1993, 8, 21, 12, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)],
    "UTC": [datetime(2026, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)],
}

minutes_of_day = st.integers(0, 1439)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = 60 * draw(minutes_of_day)
        found.append(Window(start, start + 60 * draw(st.integers(1, 1440))))
    return tuple(sorted(found))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar, and an instant within two days of a change of its zone's clock."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    about = draw(st.sampled_from(CHANGES[zone])) + MINUTE * draw(st.integers(-2880, 2880))
    day = about.date()
    near = st.integers(-4, 4).map(lambda days: day + timedelta(days))
    shut = [about + MINUTE * draw(st.integers(-3000, 3000)) for _ in range(draw(st.integers(0, 2)))]
    weekly = draw(st.tuples(*[windows()] * 7))
    assume(any(weekly))
    calendar = Calendar(
        id=CalendarId("drawn"),
        version=1,
        zone=zone,
        weekly=weekly,
        holidays=draw(st.frozensets(near, max_size=2)),
        overrides=draw(st.dictionaries(near, windows(), max_size=2)),
        closures=tuple(Closure(at, at + MINUTE * draw(st.integers(1, 2000))) for at in shut),
    )
    return calendar, about


def within_decades(calendar: Calendar, seconds: int) -> int:
    """A target that a calendar open for a minute a week can also reach before the supported years end."""
    longest = max(window.end_second - window.start_second for windows in calendar.weekly for window in windows)
    return 1 + seconds % (longest * 2000)


def in_windows_of(calendar: Calendar, day: date, second: int) -> bool:
    return any(window.start_second <= second < window.end_second for window in calendar.windows_on(day))


def in_closure(calendar: Calendar, at: datetime) -> bool:
    return any(closure.start_at <= at < closure.end_at for closure in calendar.closures)


def opens_at(calendar: Calendar, at: datetime) -> bool:
    """The rule of opening hours, for one minute: its local reading lies in a window, its date is no holiday."""
    there = at.astimezone(ZoneInfo(calendar.zone))
    day, second = there.date(), there.hour * 3600 + there.minute * 60
    if in_closure(calendar, at) or (day in calendar.holidays and day not in calendar.overrides):
        return False
    return in_windows_of(calendar, day, second) or in_windows_of(calendar, day - timedelta(1), second + 86_400)


def works_at(calendar: Calendar, working: Callable[[date], bool], at: datetime) -> bool:
    """The rule of working days, for one minute."""
    return working(at.astimezone(ZoneInfo(calendar.zone)).date()) and not in_closure(calendar, at)


def working_day(calendar: Calendar, day: date) -> bool:
    """Some opening that starts on the date and is not wholly closed, and no holiday."""
    if day in calendar.holidays or not calendar.windows_on(day):
        return False
    zone = ZoneInfo(calendar.zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for minute in range(-2160, 4320):
        at = noon + MINUTE * minute
        there = at.astimezone(zone)
        second = (there.date() - day).days * 86_400 + there.hour * 3600 + there.minute * 60
        if second >= 0 and in_windows_of(calendar, day, second) and not in_closure(calendar, at):
            return True
    return False


def minutes_walked(calendar: Calendar, kind: Counted, start: datetime, minutes: int) -> list[bool]:
    moments = (start + MINUTE * n for n in range(minutes))
    if kind is Counted.HOURS:
        return [opens_at(calendar, at) for at in moments]
    working = cache(lambda day: working_day(calendar, day))
    return [works_at(calendar, working, at) for at in moments]


@pytest.mark.parametrize("kind", list(Counted))
@given(situation=situations(), minutes=st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_elapsed_is_what_a_walk_over_every_minute_counts(
    kind: Counted, situation: tuple[Calendar, datetime], minutes: int
) -> None:
    """INVARIANT: no minute is lost or won at midnight, at a clock change, in a skipped day or beside a closure."""
    calendar, start = situation
    walked = minutes_walked(calendar, kind, start, minutes)
    elapsed = OpenTime(calendar, kind).elapsed(start, start + MINUTE * minutes)
    assert elapsed == 60 * sum(walked)


@pytest.mark.parametrize("kind", list(Counted))
@given(situation=situations(), target=st.integers(1, 900))
@settings(max_examples=60, deadline=None)
def test_a_deadline_is_the_first_minute_at_which_the_walk_has_counted_the_target(
    kind: Counted, situation: tuple[Calendar, datetime], target: int
) -> None:
    """INVARIANT: a deadline on closing time is that closing time, not the next opening."""
    calendar, start = situation
    walked = minutes_walked(calendar, kind, start, 3000)
    assume(sum(walked) >= target)
    counted = 0
    for minute, is_open in enumerate(walked, start=1):
        counted += is_open
        if counted == target:
            assert OpenTime(calendar, kind).add(start, target * 60) == start + MINUTE * minute
            return


@given(situation=situations(), days=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_end_of_a_working_day_is_where_the_walk_leaves_that_day(
    situation: tuple[Calendar, datetime], days: int
) -> None:
    """INVARIANT: end_of_next_working_day is the local midnight after the n-th date in which a minute counts."""
    calendar, start = situation
    zone, walked = ZoneInfo(calendar.zone), minutes_walked(calendar, Counted.WORKING_DAYS, start, 9 * 1440)
    dates = [(start + MINUTE * n).astimezone(zone).date() for n in range(len(walked))]
    worked = sorted({day for day, counts in zip(dates, walked, strict=True) if counts and day > dates[0]})
    assume(len(worked) > days)  # the last one may reach beyond the walk
    leaves = next(n for n, day in enumerate(dates) if day > worked[days - 1])
    due_by = WorkingTime(calendar).deadline(start, days * 86_400, Mode.END_OF_NEXT_WORKING_DAY)
    assert due_by == start + MINUTE * leaves


@given(situation=situations(), minutes=st.integers(1, 900))
@settings(max_examples=60, deadline=None)
def test_a_rolled_deadline_is_the_first_working_moment_that_the_walk_meets(
    situation: tuple[Calendar, datetime], minutes: int
) -> None:
    """INVARIANT: elapsed_rolled ends in an opening or exactly at a closing, never later than the next opening."""
    calendar, start = situation
    walked = minutes_walked(calendar, Counted.HOURS, start, minutes + 3000)
    moments = range(minutes, len(walked))
    assume(any(walked[n] for n in moments))
    rolled = next(n for n in moments if walked[n] or walked[n - 1])
    due_by = WorkingTime(calendar).deadline(start, minutes * 60, Mode.ELAPSED_ROLLED)
    assert due_by == start + MINUTE * rolled


instants = st.integers(0, 50 * 365 * 86_400 * 1_000_000).map(
    lambda us: datetime(1995, 1, 1, tzinfo=UTC) + us * MICROSECOND
)
to_the_millisecond = instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


@given(situation=situations(), start=to_the_millisecond, seconds=st.integers(1, 40_000_000))
@settings(max_examples=100, deadline=None)
def test_elapsed_undoes_add(situation: tuple[Calendar, datetime], start: datetime, seconds: int) -> None:
    """INVARIANT: elapsed(a, add(a, n)) == n, and backwards, for whole seconds from any millisecond."""
    open_time, seconds = OpenTime(situation[0], Counted.HOURS), within_decades(situation[0], seconds)
    assert open_time.elapsed(start, open_time.add(start, seconds)) == seconds
    assert open_time.elapsed(start, open_time.add(start, -seconds)) == -seconds
    assert open_time.add(start, 0) == start


@given(situation=situations(), moments=st.lists(instants, min_size=3, max_size=3))
@settings(max_examples=100, deadline=None)
def test_elapsed_is_additive_and_monotone(situation: tuple[Calendar, datetime], moments: list[datetime]) -> None:
    """INVARIANT: spans add up exactly to the microsecond, and a later end never counts less."""
    open_time = OpenTime(situation[0], Counted.HOURS)
    a, b, c = sorted(moments)
    whole, parts = open_time.elapsed(a, c), (open_time.elapsed(a, b), open_time.elapsed(b, c))
    assert round(whole * 1_000_000) == sum(round(part * 1_000_000) for part in parts)
    assert 0 <= parts[0] <= whole
    assert open_time.elapsed(c, a) == -whole


@given(situation=situations(), start=instants, seconds=st.lists(st.integers(1, 3_000_000), min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_longer_target_is_never_due_earlier(
    situation: tuple[Calendar, datetime], start: datetime, seconds: list[int]
) -> None:
    """INVARIANT: deadlines are monotone in the target, in every mode."""
    working = WorkingTime(situation[0])
    assume(any(situation[0].opens_on(date(2026, 3, day)) for day in range(1, 29)))
    for mode in Mode:
        targets = sorted(within_decades(situation[0], target) for target in seconds)
        deadlines = [working.deadline(start, target, mode) for target in targets]
        assert deadlines == sorted(deadlines)
        assert deadlines[0] > start


@given(situation=situations(), offset=st.integers(0, 999), seconds=st.integers(1, 400_000), mode=st.sampled_from(Mode))
@settings(max_examples=150, deadline=None)
def test_the_trace_of_a_deadline_adds_up_to_its_target(
    situation: tuple[Calendar, datetime], offset: int, seconds: int, mode: Mode
) -> None:
    """INVARIANT: a trace is without gaps, ends at the deadline, and its counted seconds are exactly the target."""
    calendar, about = situation
    assume(any(calendar.opens_on(about.date() + timedelta(day)) for day in range(5, 12)))
    start = about + timedelta(milliseconds=offset)
    working, seconds = WorkingTime(calendar), within_decades(calendar, seconds)
    trace = trace_deadline(working, start, seconds, mode)
    segments = trace.segments
    assert trace.due_by == working.deadline(start, seconds, mode)
    assert (segments[0].from_at, segments[-1].to_at) == (start, trace.due_by)
    assert all(one.to_at == other.from_at for one, other in pairwise(segments))
    assert sum(segment.seconds for segment in segments if segment.counted) == trace.target_seconds
    if mode is not Mode.END_OF_NEXT_WORKING_DAY:
        assert trace.target_seconds == seconds
    for segment in segments:
        really = working.elapsed(segment.from_at, segment.to_at, mode)
        assert not segment.counted or really == (segment.to_at - segment.from_at).total_seconds()


@given(situation=situations(), moments=st.lists(instants, min_size=2, max_size=8, unique=True))
@settings(max_examples=60, deadline=None)
def test_answers_do_not_depend_on_what_was_asked_before(
    situation: tuple[Calendar, datetime], moments: list[datetime]
) -> None:
    """INVARIANT: the compiled horizon grows on demand and never shows in a result."""
    calendar = situation[0]
    asked_before = OpenTime(calendar, Counted.HOURS)
    for one, other in pairwise(moments):
        assert asked_before.elapsed(one, other) == OpenTime(calendar, Counted.HOURS).elapsed(one, other)
        assert asked_before.add(one, 7200) == OpenTime(calendar, Counted.HOURS).add(one, 7200)


@given(situation=situations(), moments=st.lists(instants, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_the_batch_form_gives_what_single_calls_give(
    situation: tuple[Calendar, datetime], moments: list[datetime]
) -> None:
    """INVARIANT: plain loop, numpy on datetimes and numpy on arrays agree exactly with `elapsed`."""
    np = pytest.importorskip("numpy")
    open_time = OpenTime(situation[0], Counted.HOURS)
    starts, ends = moments * 60, moments[::-1] * 60
    single = [open_time.elapsed(start, end) for start, end in zip(starts, ends, strict=True)]
    assert elapsed_many(open_time, starts, ends) == single
    assert elapsed_many(open_time, starts[:5], ends[:5]) == single[:5]
    as_array = [
        np.array([at.replace(tzinfo=None) for at in column], dtype="datetime64[us]") for column in (starts, ends)
    ]
    assert elapsed_many(open_time, *as_array).tolist() == single


def test_the_batch_form_starts_right_when_the_grid_begins_before_a_closing() -> None:
    """The grid's first cell reaches back over a closing that lies before every instant asked for."""
    pytest.importorskip("numpy")
    weekly = tuple((Window(32_400, 64_800),) for _ in range(7))
    open_time = OpenTime(Calendar(CalendarId("grid"), 1, "UTC", weekly), Counted.HOURS)
    starts = [datetime(2026, 1, 1, 18, 1, tzinfo=UTC)] * 600
    ends = [datetime(2026, 1, 2, 18, 0, tzinfo=UTC)] * 600
    assert elapsed_many(open_time, starts, ends) == [32_400.0] * 600


@given(offsets=st.lists(st.tuples(st.integers(0, 2000), st.integers(-1, 1)), min_size=20, max_size=30))
@settings(max_examples=30, deadline=None)
def test_the_batch_form_is_exact_at_openings_and_closings(offsets: list[tuple[int, int]]) -> None:
    """INVARIANT: a microsecond before, at and after the edge of a window the batch agrees with the single call."""
    pytest.importorskip("numpy")
    weekly = tuple((Window(32_400, 61_200), Window(64_800, 72_000)) for _ in range(7))
    open_time = OpenTime(Calendar(CalendarId("grid"), 1, "Europe/Riga", weekly), Counted.HOURS)
    begin = datetime(2026, 1, 1, 7, tzinfo=UTC)
    moments = [begin + timedelta(hours=hours) + MICROSECOND * micros for hours, micros in offsets] * 30
    starts, ends = moments, moments[1:] + moments[:1]
    assert elapsed_many(open_time, starts, ends) == list(map(open_time.elapsed, starts, ends))
