"""A clock's trace as a picture: an SVG readable on a phone, in light and dark, without colours too.

Pure: the same view gives the same bytes. It has no script and refers to nothing outside itself.
"""

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

import svg

from sla_monitor.clocks.views import ClockView, RoundView
from sla_monitor.explaining.describe import (
    STRETCHES,
    Moment,
    StretchSort,
    duration,
    local,
    moments,
    silence_of,
    span,
    stops,
    stretches,
    target_of,
    verdict_of,
    words,
    zone_of,
)
from sla_monitor.explaining.picture.days import Day, Fold, rows_of
from sla_monitor.explaining.picture.style import PATTERNS, STYLE

MEDIA_TYPE = "image/svg+xml"
MOST_ROUNDS = 6
"""The newest are drawn; a picture of more would not be read."""
MOST_STOPS = 20
"""A round with more pauses than this is read as JSON."""
WIDTH, MARGIN = 360, 12
BAR_LEFT, BAR_RIGHT = 94, WIDTH - MARGIN
BAR_HEIGHT, LANE, LINE = 16, 20, 18
_CHARACTERS = {"title": 36, "strong": 42, "text": 48, "quiet": 50}
"""How many fit on a line at the sizes of the style sheet."""


def draw(clock: ClockView) -> bytes:
    """Return the picture of a clock's newest rounds, UTF-8. Raises ZoneInfoNotFoundError."""
    sheet = _Sheet()
    sheet.write(clock.title, "title")
    sheet.write(f"Local times of {clock.time_zone}; read {local(clock.as_of, zone_of(clock))}.", "quiet")
    shown = clock.rounds[-MOST_ROUNDS:]
    if len(shown) < len(clock.rounds):
        sheet.write(f"{len(clock.rounds) - len(shown)} earlier rounds are not drawn.", "quiet")
    sorts: dict[StretchSort, None] = {}
    for round_ in shown:
        _draw_round(sheet, clock, round_)
        sorts |= dict.fromkeys(stretch.sort for stretch in stretches(round_, clock.as_of))
    _draw_legend(sheet, [sort for sort in STRETCHES if sort in sorts])
    described = " ".join(_described(clock, round_) for round_ in shown) or "Nothing was owed yet."
    return _document(sheet, f"Trace of the clock: {clock.title}", described)


class _Sheet:
    """A page that grows downwards."""

    def __init__(self) -> None:
        self.y = MARGIN
        self.elements: list[svg.Element] = []

    def add(self, *elements: svg.Element) -> None:
        self.elements += elements

    def write(self, text: str, style: str, left: int = MARGIN) -> None:
        for line in wrap(text, _CHARACTERS[style] - (left - MARGIN) // 7):
            self.y += LINE
            self.add(_text(left, self.y - 4, line, style))


def _text(x: float, y: float, text: str, style: str) -> svg.Text:
    return svg.Text(x=x, y=y, text=escape(text), class_=[style])


def _document(sheet: _Sheet, title: str, described: str) -> bytes:
    height = sheet.y + MARGIN
    picture = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, WIDTH, height),
        extra={"role": "img", "aria-labelledby": "title described"},
        elements=[
            svg.Title(id="title", text=escape(title)),
            svg.Desc(id="described", text=escape(described)),
            svg.Style(text=STYLE),
            svg.Defs(elements=list(PATTERNS)),
            svg.Rect(x=0, y=0, width=WIDTH, height=height, class_=["page"]),
            *sheet.elements,
        ],
    )
    return f"{picture}\n".encode()


def _described(clock: ClockView, round_: RoundView) -> str:
    """The round for somebody who cannot see the picture."""
    zone = zone_of(clock)
    told = "; ".join(f"{local(m.at, zone)} {m.text}" for m in moments(round_, clock.as_of))
    return f"Round {round_.number}, owed by {words(round_.owner)}: {verdict_of(round_)}. {told}."


def _draw_round(sheet: _Sheet, clock: ClockView, round_: RoundView) -> None:
    zone = zone_of(clock)
    sheet.y += 6
    sheet.write(f"Round {round_.number}, owed by {words(round_.owner)}: {verdict_of(round_)}", "strong")
    sheet.write(f"Due {local(round_.due_by, zone)}: {target_of(round_)}", "text")
    if round_.counted_seconds is not None:
        sheet.write(f"Ended after {duration(round_.counted_seconds)} of counted time", "text")
    sheet.write(silence_of(round_), "text")
    numbered = list(enumerate(moments(round_, clock.as_of), start=1))
    _draw_scale(sheet)
    for row in rows_of(list(stretches(round_, clock.as_of)), numbered, zone):
        if isinstance(row, Fold):
            _draw_fold(sheet, row)
        else:
            _draw_day(sheet, row)
    sheet.y += 6
    for number, moment in numbered:
        _draw_moment(sheet, number, moment, local(moment.at, zone))
    for stop in stops(round_)[:MOST_STOPS]:
        _draw_swatch(sheet, stop.sort, f"{span(stop, zone)}: {words(stop.cause)}")


def _draw_scale(sheet: _Sheet) -> None:
    sheet.y += LINE
    for hour in (0, 6, 12, 18, 24):
        label = svg.Text(x=_x(hour / 24), y=sheet.y - 2, text=str(hour), class_=["quiet", "middle"])
        sheet.add(label)


def _draw_day(sheet: _Sheet, day: Day) -> None:
    lanes = _lanes(day.marks)
    sheet.y += LANE * (max(lanes, default=-1) + 1) + 6
    top = sheet.y
    sheet.add(_text(MARGIN, top + 13, day.label, "text"))
    middle = top + BAR_HEIGHT / 2
    sheet.add(svg.Line(x1=BAR_LEFT, x2=BAR_RIGHT, y1=middle, y2=middle, class_=["outside"]))
    for begin, end, sort in day.pieces:
        wide = max(round(_x(end) - _x(begin), 2), 0.5)
        sheet.add(svg.Rect(x=_x(begin), y=top, width=wide, height=BAR_HEIGHT, class_=["bar", sort]))
    heights = [top - LANE * (lane + 1) + 9 for lane in lanes]
    for (place, _number, _moment), y in zip(day.marks, heights, strict=True):
        sheet.add(svg.Line(x1=_x(place), x2=_x(place), y1=y, y2=top + BAR_HEIGHT, class_=["stem"]))
    for (place, number, moment), y in zip(day.marks, heights, strict=True):
        sheet.add(*_mark(_inside(_x(place)), y, number, moment))  # over the stems of higher ones
    sheet.y = top + BAR_HEIGHT


def _draw_fold(sheet: _Sheet, fold: Fold) -> None:
    sheet.y += LINE + 4
    sheet.add(_text(MARGIN, sheet.y - 4, f"… {fold.label}", "quiet"))


def _draw_moment(sheet: _Sheet, number: int, moment: Moment, at: str) -> None:
    sheet.add(*_mark(MARGIN + 9, sheet.y + 10, number, moment))
    sheet.write(f"{at}: {moment.text}", "text", left=MARGIN + 26)
    sheet.y += 4


def _mark(x: float, y: float, number: int, moment: Moment) -> Iterator[svg.Element]:
    """A numbered sign: the deadline is a square, the rest are circles; the list beside says what each number is."""
    kind = ["mark", moment.sort]
    if moment.sort == "deadline":
        yield svg.Rect(x=x - 9, y=y - 9, width=18, height=18, rx=2, class_=kind)
    else:
        yield svg.Circle(cx=x, cy=y, r=9, class_=kind)
    yield svg.Text(x=x, y=y + 4, text=str(number), class_=["number", moment.sort])


def _draw_legend(sheet: _Sheet, sorts: Sequence[StretchSort]) -> None:
    sheet.y += 8
    for sort in sorts:
        _draw_swatch(sheet, sort, STRETCHES[sort])


def _draw_swatch(sheet: _Sheet, sort: StretchSort, text: str) -> None:
    sheet.add(svg.Rect(x=MARGIN, y=sheet.y + 4, width=18, height=13, class_=["bar", sort]))
    sheet.write(text, "text", left=MARGIN + 26)


def _lanes(marks: Sequence[tuple[float, int, Moment]]) -> list[int]:
    """The lane of each mark above its day, so that no two cover each other."""
    ends: list[float] = []
    lanes = []
    for place, _number, _moment in marks:
        x = _inside(_x(place))
        lane = next((n for n, end in enumerate(ends) if end <= x - 9), len(ends))
        ends[lane : lane + 1] = [x + 10]
        lanes.append(lane)
    return lanes


def _inside(x: float) -> float:
    return min(max(x, BAR_LEFT + 9), BAR_RIGHT - 9)


def _x(share: float) -> float:
    return round(BAR_LEFT + share * (BAR_RIGHT - BAR_LEFT), 2)
