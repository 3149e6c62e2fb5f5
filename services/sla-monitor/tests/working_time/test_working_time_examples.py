"""Working time at the edges: the worked examples, and the table of product section 3."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.working_time.domain.calendar import Calendar, read_calendar
from sla_monitor.working_time.domain.counted_time import Mode, working_time

DATA = Path(__file__).parent.parent / "data"
CALENDARS = {
    entry["id"]: read_calendar(entry) for entry in json.loads((DATA / "working_time_calendars.json").read_text())
}
EXAMPLES = [json.loads(line) for line in (DATA / "working_time.jsonl").read_text().splitlines()]
RIGA = ZoneInfo("Europe/Riga")


def test_the_examples_are_all_there() -> None:
    assert (len(EXAMPLES), len(CALENDARS)) == (178, 30)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_example(example: dict[str, object]) -> None:
    working = working_time(CALENDARS[str(example["cal"])])
    start = datetime.fromisoformat(str(example["start"]))
    if example["op"] == "elapsed":
        assert working.elapsed(start, datetime.fromisoformat(str(example["end"]))) == example["expected"]
    else:
        minutes = example["minutes"]
        assert isinstance(minutes, int)
        assert working.add(start, minutes * 60) == datetime.fromisoformat(str(example["expected"]))


# Buyer's message, then the deadline of 24 working hours: business_hours, working_days, elapsed (product section 3).
TABLE = """
2026-09-15 10:00 | 2026-09-18 10:00 | 2026-09-16 10:00 | 2026-09-16 10:00
2026-09-18 16:30 | 2026-09-23 16:30 | 2026-09-21 16:30 | 2026-09-19 16:30
2026-09-19 12:00 | 2026-09-23 17:00 | 2026-09-22 00:00 | 2026-09-20 12:00
2026-11-17 16:30 | 2026-11-23 16:30 | 2026-11-19 16:30 | 2026-11-18 16:30
2026-12-23 15:00 | 2026-12-30 15:00 | 2026-12-28 15:00 | 2026-12-24 15:00
2026-10-23 16:30 | 2026-10-28 16:30 | 2026-10-26 16:30 | 2026-10-24 16:30
2026-10-24 12:00 | 2026-10-28 17:00 | 2026-10-27 00:00 | 2026-10-25 11:00
"""


def table_cells() -> Iterator[tuple[str, Mode, str]]:
    for row in TABLE.strip().splitlines():
        start, *expected = (cell.strip() for cell in row.split("|"))
        modes = (Mode.BUSINESS_HOURS, Mode.WORKING_DAYS, Mode.ELAPSED)
        yield from ((start, mode, due) for mode, due in zip(modes, expected, strict=True))


@pytest.mark.parametrize(("start", "mode", "due"), list(table_cells()))
def test_24_working_hours_in_riga(riga: Calendar, start: str, mode: Mode, due: str) -> None:
    began = datetime.fromisoformat(start).replace(tzinfo=RIGA)
    assert working_time(riga).deadline(began, 86_400, mode) == datetime.fromisoformat(due).replace(tzinfo=RIGA)


def due_in_riga(calendar: Calendar, start: str, seconds: int, mode: Mode) -> str:
    began = datetime.fromisoformat(start).replace(tzinfo=RIGA)
    return working_time(calendar).deadline(began, seconds, mode).astimezone(RIGA).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-09-18 16:30", 86_400, "2026-09-22 00:00"),
        ("2026-09-19 12:00", 86_400, "2026-09-22 00:00"),
        ("2026-09-15 10:00", 1, "2026-09-17 00:00"),
        ("2026-09-15 10:00", 2 * 86_400, "2026-09-18 00:00"),
        ("2026-12-23 15:00", 86_400, "2026-12-29 00:00"),
    ],
)
def test_end_of_next_working_day_is_the_midnight_that_ends_it(
    riga: Calendar, start: str, seconds: int, due: str
) -> None:
    assert due_in_riga(riga, start, seconds, Mode.END_OF_NEXT_WORKING_DAY) == due


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-09-14 10:00", "2026-09-15 10:00"),
        ("2026-09-18 16:30", "2026-09-21 09:00"),
        ("2026-09-14 17:00", "2026-09-15 17:00"),
        ("2026-09-14 17:01", "2026-09-16 09:00"),
        ("2026-12-23 15:00", "2026-12-28 09:00"),
    ],
)
def test_elapsed_rolled_falls_on_a_working_moment_and_closing_time_is_one(riga: Calendar, start: str, due: str) -> None:
    assert due_in_riga(riga, start, 86_400, Mode.ELAPSED_ROLLED) == due


def test_reversed_spans_are_negative_in_every_mode(riga: Calendar) -> None:
    monday, thursday = (datetime(2026, 9, day, 10, tzinfo=UTC) for day in (14, 17))
    working = working_time(riga)
    for mode in Mode:
        assert working.elapsed(thursday, monday, mode) == -working.elapsed(monday, thursday, mode) < 0


def test_a_day_with_a_clock_change_has_the_hours_it_really_has() -> None:
    around_the_clock = read_calendar(
        {"id": "daily", "tz": "Europe/Riga", "weekly": {str(day): [["00:00", "24:00"]] for day in range(7)}}
    )
    working = working_time(around_the_clock)
    midnight, next_midnight = (datetime(2026, 3, day, tzinfo=RIGA) for day in (29, 30))
    assert working.elapsed(midnight, next_midnight, Mode.WORKING_DAYS) == 23 * 3600
    midnight, next_midnight = (datetime(2026, 10, day, tzinfo=RIGA) for day in (25, 26))
    assert working.elapsed(midnight, next_midnight, Mode.WORKING_DAYS) == 25 * 3600
