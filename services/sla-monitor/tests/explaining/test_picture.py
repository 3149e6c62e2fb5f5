"""The picture of a trace: whole, honest, safe to show, readable on a phone and without colours."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.views import ClockView
from sla_monitor.explaining.describe import STRETCHES, Moment, Stretch, moments, stretches
from sla_monitor.explaining.examples import RIGA, at_riga, example_clocks, example_rules, view_of
from sla_monitor.explaining.picture import MOST_ROUNDS, WIDTH, draw
from sla_monitor.explaining.picture.days import Day, Fold, rows_of
from sla_monitor.explaining.picture.style import PATTERNS, STYLE
from sla_monitor.rules.domain.signal import Signal

EXAMPLES = example_clocks()
RULES = example_rules()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=sorted(EXAMPLES))
def example(request: pytest.FixtureRequest) -> ClockView:
    return EXAMPLES[request.param]


def drawn(clock: ClockView) -> ElementTree.Element:
    return ElementTree.fromstring(draw(clock))


def texts(picture: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def looks(picture: ElementTree.Element) -> Iterator[list[str]]:
    yield from (element.get("class", "").split() for element in picture.iter() if "class" in element.attrib)


# -- What it shows --------------------------------------------------------------------------------------------------------


def test_every_moment_is_numbered_in_the_picture_and_named_in_the_list(example: ClockView) -> None:
    picture, (round_,) = drawn(example), example.rounds
    named = moments(round_, example.as_of)
    for number, moment in enumerate(named, start=1):
        assert texts(picture).count(str(number)) >= 2, "once at its day, once in the list"
        assert f": {moment.text}" in " ".join(texts(picture))
    assert [m.sort for m in named].count("deadline") == 1


def test_a_running_round_shows_now_and_what_is_still_to_count() -> None:
    clock = EXAMPLES["reply-over-a-holiday"]
    assert "Thu 19 Nov 08:45: now" in texts(drawn(clock))
    assert [s.sort for s in stretches(clock.rounds[0], clock.as_of)] == ["counted", "holiday", "counted", "left"]


def test_a_late_answer_shows_what_came_after_the_deadline() -> None:
    clock = EXAMPLES["late-reply"]
    late = list(stretches(clock.rounds[0], clock.as_of))[-1]
    assert (late.sort, late.from_at, late.to_at) == ("late", clock.rounds[0].due_by, clock.rounds[0].settled_at)
    assert "Tue 20 Oct 11:20: done late (qualifying reply)" in " ".join(texts(drawn(clock)))


def test_an_answer_in_time_leaves_the_rest_uncounted() -> None:
    told = [
        Fact("e1", Signal.BUYER_MESSAGE, at_riga("2026-09-15 10:00")),
        Fact("e2", Signal.QUALIFYING_REPLY, at_riga("2026-09-15 12:30")),
    ]
    clock = view_of("reply", told, "2026-09-20 10:00", RULES)
    assert [s.sort for s in stretches(clock.rounds[0], clock.as_of)] == ["counted", "left"]
    assert "Ended after 2 h 30 min of counted time" in texts(drawn(clock))
    assert not [line for line in texts(drawn(clock)) if "now" in line], "an ended round has no now"


def test_pauses_and_credits_are_told_apart_and_named_with_their_cause() -> None:
    clock = EXAMPLES["paused-resolution"]
    sorts = {s.sort for s in stretches(clock.rounds[0], clock.as_of)}
    assert {"paused", "credited", "holiday"} <= sorts
    assert "Thu 12 Nov 06:00 to 18:00: outage" in texts(drawn(clock))


def test_a_clock_that_owed_nothing_yet_is_a_picture_too() -> None:
    told = [Fact("e1", Signal.OTHER_REPLY, at_riga("2026-09-15 10:00"))]
    assert texts(drawn(view_of("reply", told, "2026-09-15 11:00", RULES)))[0] == "reply"


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001 - local times, made aware below
    kind=st.sampled_from(["reply", "first_resolution", "contest_window", "platform_reply", "refund_after_receipt"]),
    hours=st.integers(-5, 3000),
    answered=st.booleans(),
)
def test_stretches_have_no_gaps_and_what_counts_is_the_target(
    start: datetime, kind: str, hours: int, answered: bool
) -> None:
    """INVARIANT: the picture is the trace; would break if cutting at now or at the answer lost or doubled time."""
    row = RULES.policies.in_force(kind, 1_790_000_000_000_000)  # type: ignore[arg-type]
    began = start.replace(microsecond=0, tzinfo=RIGA).astimezone(UTC)
    end = began + timedelta(hours=hours)
    told = [Fact("e1", min(row.starts), began)]
    if kind == "platform_reply":
        told = [Fact("e1", Signal.TAKEOVER_ACTIVATED, began)]
    if answered and end > began:
        told.append(Fact("e2", min(row.satisfies), end))
    clock = view_of(kind, told, end.astimezone(RIGA).replace(tzinfo=None).isoformat(), RULES)
    for round_ in clock.rounds:
        parts = list(stretches(round_, clock.as_of))
        assert all(a.to_at == b.from_at for a, b in pairwise(parts))
        assert parts[0].from_at == round_.started_at
        counted = sum((s.to_at - s.from_at).total_seconds() for s in parts if s.sort in ("counted", "left"))
        assert counted == round_.trace.target_seconds
        assert max(p.to_at for p in parts) == max(round_.due_by, round_.settled_at or clock.as_of)
    ElementTree.fromstring(draw(clock))


# -- Days -----------------------------------------------------------------------------------------------------------------


def test_ninety_days_fit_on_one_screen() -> None:
    told = [Fact("e1", Signal.CHARGE_NOTIFIED, at_riga("2026-09-15 10:00"))]
    clock = view_of("contest_window", told, "2026-11-20 10:00", RULES)
    height = float(drawn(clock).get("viewBox", "").split()[3])
    assert height < 680
    assert "… Wed 16 Sep to Thu 19 Nov: 1561 h counted" in texts(drawn(clock)), "65 days, one of 25 hours"


def test_a_day_that_the_clock_change_made_longer_says_so() -> None:
    begin = datetime(2026, 10, 24, 12, tzinfo=UTC)
    end = begin + timedelta(days=2)
    mark = Moment(end, "deadline", "deadline")
    rows = list(rows_of([Stretch(begin, end, "counted", "running")], [(1, mark)], RIGA))
    assert [row.label for row in rows] == ["Sat 24 Oct", "Sun 25 Oct 25 h", "Mon 26 Oct"]


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Pacific/Apia", datetime(2011, 12, 28, tzinfo=UTC)),  # has no 30 December
        ("America/Santiago", datetime(2026, 9, 4, tzinfo=UTC)),  # has no midnight on the 6th
        ("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC)),  # half an hour
        ("Asia/Kathmandu", datetime(2026, 4, 3, tzinfo=UTC)),
    ],
)
def test_days_follow_each_other_without_gaps_in_odd_zones(zone: str, begin: datetime) -> None:
    end = begin + timedelta(days=5)
    marks = [(n, Moment(begin + timedelta(days=n), "warning", "")) for n in range(6)]
    stretch = Stretch(begin, end, "counted", "running")
    days = [row for row in rows_of([stretch], marks, ZoneInfo(zone)) if isinstance(row, Day)]
    assert all(a.end == b.start for a, b in pairwise(days))
    assert (days[0].start <= begin, days[-1].end >= end) == (True, True)
    assert sum(day.seconds["counted"] for day in days) == 5 * 86_400


def test_days_that_differ_are_not_folded_into_one_line() -> None:
    begin = at_riga("2026-09-14 00:00")
    day = timedelta(days=1)
    parts = [
        Stretch(begin, begin + 4 * day, "counted", "running"),
        Stretch(begin + 4 * day, begin + 4.5 * day, "paused", "information_requested"),
        Stretch(begin + 4.5 * day, begin + 8 * day, "counted", "running"),
    ]
    rows = [type(row) for row in rows_of(parts, [], RIGA)]
    assert rows == [Fold, Day, Fold]


# -- On a phone, for everybody ----------------------------------------------------------------------------------------------


def test_it_is_as_wide_as_a_phone_and_its_text_is_large_enough_and_inside(example: ClockView) -> None:
    picture = drawn(example)
    assert picture.get("viewBox", "").split()[:3] == ["0", "0", str(WIDTH)]
    assert WIDTH == 360
    sizes = [int(size) for size in re.findall(r"(?:font:|font-size:)(\d+)px", STYLE)]
    assert min(sizes) >= 12
    wide = {"title": 9.0, "strong": 7.6, "text": 7.0, "quiet": 6.6}
    for text in picture.iter(f"{SVG}text"):
        if (style := text.get("class", "")) in wide:
            assert float(text.get("x", 0)) + wide[style] * len(text.text or "") <= WIDTH, text.text


@pytest.mark.parametrize("minutes", [0, 10, 300, 479, 480, 481])
def test_marks_of_one_day_do_not_cover_each_other(minutes: int) -> None:
    began = at_riga("2026-09-15 06:00")
    told = [Fact("e1", Signal.TAKEOVER_ACTIVATED, began)]
    as_of = (began + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()
    picture = drawn(view_of("platform_reply", told, as_of, RULES))
    marks = [e for e in picture.iter() if "mark" in e.get("class", "").split()]
    centres = [
        (float(m.get("cx") or float(m.get("x", 0)) + 9), float(m.get("cy") or float(m.get("y", 0)) + 9)) for m in marks
    ]
    apart = [abs(x - u) >= 18 or abs(y - v) >= 18 for i, (x, y) in enumerate(centres) for u, v in centres[i + 1 :]]
    assert all(apart)


def test_every_look_in_use_is_in_the_legend_and_has_a_pattern_of_its_own(example: ClockView) -> None:
    """Not by colour alone: WCAG 2.2, 1.4.1."""
    picture = drawn(example)
    used = {sort for look in looks(picture) for sort in STRETCHES if "bar" in look and sort in look}
    assert {STRETCHES[sort] for sort in used} <= set(texts(picture))
    patterned = {str(pattern.id) for pattern in PATTERNS}
    assert set(STRETCHES) - patterned == {"counted", "closed"}, "solid and empty"
    assert len({str(pattern.elements) for pattern in PATTERNS}) == len(PATTERNS)


def test_it_is_described_for_those_who_do_not_see_it(example: ClockView) -> None:
    picture = drawn(example)
    title, described = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert picture.get("role") == "img"
    assert title is not None
    assert described is not None
    assert picture.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
    assert all(m.text in (described.text or "") for m in moments(example.rounds[0], example.as_of))


def test_both_light_and_dark_give_every_colour(example: ClockView) -> None:
    assert STYLE in draw(example).decode()
    light, dark = (set(re.findall(r"(--\w+):#", sheet)) for sheet in STYLE.split("@media (prefers-color-scheme:dark)"))
    assert light == dark == set(re.findall(r"var\((--\w+)\)", STYLE))


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_and_signs_stand_out_from_the_page(scheme: int) -> None:
    """WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for what carries meaning (1.4.11)."""
    colours = dict(re.findall(r"(--\w+):(#\w+)", STYLE.split("@media (prefers-color-scheme:dark)")[scheme]))
    page = luminance(colours.pop("--page"))
    for name, colour in colours.items():
        lighter, darker = sorted((page, luminance(colour)), reverse=True)
        least = 4.5 if name in ("--ink", "--quiet", "--late", "--done") else 3
        assert (lighter + 0.05) / (darker + 0.05) >= least, name


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- Safe, and always the same ----------------------------------------------------------------------------------------------


def test_the_same_view_gives_the_same_bytes(example: ClockView) -> None:
    again = ClockView.model_validate_json(example.model_dump_json())
    assert draw(again) == draw(example)


def test_it_runs_nothing_and_refers_to_nothing_outside(example: ClockView) -> None:
    source = draw(example).decode()
    named = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(source).iter()}
    assert named <= {"svg", "title", "desc", "style", "defs", "pattern", "path", "rect", "circle", "line", "text"}
    assert re.findall(r"https?://[^\"]+", source) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\bon\w+=|href|@import|url\((?!#)", source)


HOSTILE = '</title><script>alert(1)</script><img src=x onerror="a()">&amp;\'"'


def test_what_comes_from_data_is_text_and_never_markup(example: ClockView) -> None:
    """INVARIANT: would break if a text reached the picture unescaped; the library does not escape."""
    round_ = example.rounds[0]
    segments = [s.model_copy(update={"cause": HOSTILE, "sort": "paused"}) for s in round_.trace.segments]
    hostile = round_.model_copy(
        update={
            "owner": HOSTILE,
            "on_silence": HOSTILE,
            "settled_by": HOSTILE,
            "verdict": HOSTILE,
            "trace": round_.trace.model_copy(update={"mode": HOSTILE, "segments": segments}),
        }
    )
    picture = drawn(example.model_copy(update={"title": HOSTILE, "rounds": [hostile]}))
    assert {element.tag.removeprefix(SVG) for element in picture.iter()}.isdisjoint({"script", "img"})
    assert "<script>alert(1)</script>" in " ".join(texts(picture))


def test_many_rounds_are_drawn_from_the_newest(example: ClockView) -> None:
    many = [example.rounds[0].model_copy(update={"number": n}) for n in range(1, 12)]
    shown = texts(drawn(example.model_copy(update={"rounds": many})))
    assert [line for line in shown if line.startswith("Round 11,")]
    assert not [line for line in shown if line.startswith(f"Round {11 - MOST_ROUNDS},")]
    assert f"{11 - MOST_ROUNDS} earlier rounds are not drawn." in shown
