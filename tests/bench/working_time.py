"""Working time against `workclock` (PyPI): the same calendars, the same inputs, the same run, and the same answers.

    pip install workclock numpy
    python tests/bench/working_time.py [--json FILE] [--spans 1000000]

Prints a table of ratios (theirs divided by ours) with the bar each must reach; the raw figures are JSON. Exit code 1
when a bar is missed on a market's calendar: a zone with clock changes, and holidays.
"""

import argparse
import json
import platform
import random
import sys
import timeit
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np
from workclock import Holidays, Schedule, WorkDay

from sla_monitor.working_time.domain.batch import elapsed_many
from sla_monitor.working_time.domain.calendar import Calendar, read_calendar
from sla_monitor.working_time.domain.microseconds import DAY_SECONDS
from sla_monitor.working_time.domain.open_spans import Counted
from sla_monitor.working_time.domain.open_time import OpenTime

CALENDARS = Path(__file__).parents[2] / "services/sla-monitor/tests/data/working_time_calendars.json"
COMPARED = ("lv-office", "us-office", "es-lunch", "pl-six-day", "lv-night", "lv-24x7-holidays", "utc-office")
MARKETS = frozenset(COMPARED) - {"utc-office"}
"""The plain UTC calendar is shown and has no bar: without clock changes and holidays both sides answer at once."""
BATCHED = "lv-office"
CALL_BAR, YEAR_BAR, BATCH_BAR = 3.0, 30.0, 15.0
START = datetime(2026, 9, 15, 7, 0, 0, 123000, tzinfo=UTC)
YEAR = timedelta(days=365)
SEED = 20261124
REPEATS = 15
BATCH_REPEATS = 3
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Measured:
    """One comparison; times in microseconds per call, or per span of a batch."""

    calendar: str
    what: str
    theirs_us: float
    ours_us: float
    bar: float | None

    @property
    def ratio(self) -> float:
        return self.theirs_us / self.ours_us

    @property
    def reached(self) -> bool:
        return self.bar is None or self.ratio >= self.bar


def as_schedule(calendar: Calendar) -> Schedule:
    """The same calendar in the peer's terms."""
    rules: list[WorkDay | Holidays] = [Holidays(calendar.holidays)]
    for day, windows in enumerate(calendar.weekly):
        for window in windows:
            rules.append(WorkDay(_time(window.start_second), _time(window.end_second), days=[day]))
    return Schedule(rules, time_zone=calendar.tz)


def _time(second: int) -> time:
    minutes = second % DAY_SECONDS // 60
    return time(minutes // 60, minutes % 60)


def microseconds(call: Callable[[], object]) -> float:
    """The best repeat, in microseconds per call: what disturbs a machine only ever adds."""
    return side_by_side(call)[0]


def side_by_side(*calls: Callable[[], object]) -> list[float]:
    """Microseconds per call of each, repeats taken in turns so that a disturbance of the machine meets all of them."""
    timers = [timeit.Timer(call) for call in calls]
    numbers = [max(1, timer.autorange()[0] // 4) for timer in timers]
    best = [float("inf")] * len(timers)
    for _ in range(REPEATS):
        for place, (timer, number) in enumerate(zip(timers, numbers, strict=True)):
            best[place] = min(best[place], timer.timeit(number) / number * 1e6)
    return best


def calls_on(name: str, calendar: Calendar) -> list[Measured]:
    """Single calls with datetimes, short and over a year."""
    theirs, ours = as_schedule(calendar), OpenTime(calendar, Counted.HOURS)
    soon, later = START + timedelta(hours=29), START + YEAR
    in_a_year = int(ours.elapsed(START, later))
    for end in (soon, later):
        agree(theirs.between(START, end).total_seconds(), ours.elapsed(START, end))
    for seconds in (24 * 3600, in_a_year):
        agree(theirs.add(START, seconds=seconds), ours.add(START, seconds))
    market = name in MARKETS
    call_bar, year_bar = (CALL_BAR, YEAR_BAR) if market else (None, None)
    pairs: list[tuple[str, Callable[[], object], Callable[[], object], float | None]] = [
        ("elapsed over 29 h", lambda: theirs.between(START, soon), lambda: ours.elapsed(START, soon), call_bar),
        ("add 24 h", lambda: theirs.add(START, seconds=86_400), lambda: ours.add(START, 86_400), call_bar),
        ("elapsed over a year", lambda: theirs.between(START, later), lambda: ours.elapsed(START, later), year_bar),
        ("add a year", lambda: theirs.add(START, seconds=in_a_year), lambda: ours.add(START, in_a_year), year_bar),
    ]
    measured: list[Measured] = []
    for what, peer, own, bar in pairs:
        theirs_us, ours_us = side_by_side(peer, own)
        measured.append(Measured(name, what, theirs_us, ours_us, bar))
    return measured


def batches_on(name: str, calendar: Calendar, spans: int) -> list[Measured]:
    """Elapsed time of many spans in one call: numpy arrays, and lists of datetimes."""
    theirs, ours = as_schedule(calendar), OpenTime(calendar, Counted.HOURS)
    chance = random.Random(SEED)
    begin = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    starts = [begin + chance.randrange(2 * 365 * DAY_SECONDS) for _ in range(spans)]
    ends = [start + chance.randrange(30 * DAY_SECONDS) for start in starts]
    arrays = [np.array(column, dtype="datetime64[s]").astype("datetime64[us]") for column in (starts, ends)]
    lists = [[datetime.fromtimestamp(second, UTC) for second in column] for column in (starts, ends)]
    elapsed_many(ours, *arrays)
    peer_array, peer_us = timed(lambda: theirs.between_many(*arrays), spans)
    own_array, own_us = timed(lambda: elapsed_many(ours, *arrays), spans)
    agree(bool((peer_array.astype(np.int64) / 1e6 == own_array).all()), True)
    peer_list, peer_list_us = timed(lambda: theirs.between_many(*lists), spans)
    own_list, own_list_us = timed(lambda: elapsed_many(ours, *lists), spans)
    agree([delta.total_seconds() for delta in peer_list], own_list)
    label = f"batch of {spans:,}"
    return [
        Measured(name, f"{label}, arrays", peer_us, own_us, BATCH_BAR),
        Measured(name, f"{label}, lists of datetimes", peer_list_us, own_list_us, None),
    ]


def timed(call: Callable[[], Result], spans: int) -> tuple[Result, float]:
    """The result, and the best time in microseconds per span, of as many repeats for either side."""
    best, result = float("inf"), None
    for _ in range(BATCH_REPEATS):
        began = perf_counter()
        result = call()
        best = min(best, perf_counter() - began)
    assert result is not None
    return result, best / spans * 1e6


def agree(theirs: object, ours: object) -> None:
    """A comparison of speed means nothing when the answers differ."""
    if theirs != ours:
        sys.exit("the two sides do not answer the same")


def growth(calendar: Calendar) -> list[dict[str, object]]:
    """Our own time per call as the span grows, and what compiling costs."""
    began = perf_counter()
    ours = OpenTime(calendar, Counted.HOURS)
    ours.elapsed(START, START + YEAR)
    compiled_ms = (perf_counter() - began) * 1e3
    spans = {"1 day": 1, "1 year": 365, "10 years": 3650, "100 years": 36500}
    rows: list[dict[str, object]] = [{"what": "compile three years, ms", "value": round(compiled_ms, 2)}]
    for label, days in spans.items():
        rows.append({"what": f"elapsed over {label}, us", "value": round(over(ours, timedelta(days=days)), 3)})
    return rows


def over(ours: OpenTime, span: timedelta) -> float:
    """Microseconds of one call over a span, once the horizon is compiled."""
    end = START + span
    ours.elapsed(START, end)
    return microseconds(lambda: ours.elapsed(START, end))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the raw figures here instead of after the table")
    parser.add_argument("--spans", type=int, default=1_000_000, help="spans in a batch")
    options = parser.parse_args()
    entries = {entry["id"]: entry for entry in json.loads(CALENDARS.read_text(encoding="utf-8"))}
    calendars = {name: read_calendar(entries[name]) for name in COMPARED}
    measured = [row for name, calendar in calendars.items() for row in calls_on(name, calendar)]
    measured += batches_on(BATCHED, calendars[BATCHED], options.spans)
    print(f"{'calendar':<18}{'what':<38}{'workclock us':>13}{'ours us':>10}{'ratio':>8}{'bar':>6}")
    for row in measured:
        bar = "-" if row.bar is None else f"{row.bar:.0f}"
        mark = "" if row.reached else "  MISSED"
        print(
            f"{row.calendar:<18}{row.what:<38}{row.theirs_us:>13.3f}{row.ours_us:>10.3f}{row.ratio:>8.1f}{bar:>6}{mark}"
        )
    raw = {
        "python": platform.python_version(),
        "measured": [asdict(row) | {"ratio": round(row.ratio, 2), "reached": row.reached} for row in measured],
        "growth": growth(calendars[BATCHED]),
    }
    text = json.dumps(raw, indent=None if options.json is None else 2)
    if options.json is None:
        print(text)
    else:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if all(row.reached for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
