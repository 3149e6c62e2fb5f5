"""`ombud-sla`: when would this be due (`deadline`, from calendars alone), and why is it due then (`explain`)?"""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfoNotFoundError

from rich.console import Console

from sla_monitor.explaining.reading import (
    TOKEN,
    ClockNotFound,
    ClockUnreadable,
    NotSignedIn,
    ServiceUnreachable,
    fetch_clock,
    read_clock,
)
from sla_monitor.explaining.terminal import explain
from sla_monitor.working_time.domain import (
    CalendarUnreadable,
    SlaRefused,
    WorkingTime,
    compiled,
    iso,
    micros,
    read_calendar,
    read_mode,
    trace_deadline,
)

ANSWERED, SOME_REFUSED, CALENDARS_UNUSABLE, NOT_FOUND, NOT_SIGNED_IN, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_CODES: dict[type[SlaRefused], int] = {
    ClockNotFound: NOT_FOUND,
    NotSignedIn: NOT_SIGNED_IN,
    ServiceUnreachable: UNREACHABLE,
}
_LONGEST_LINE = 10_000
_KEYS = ("calendar", "mode", "start", "minutes")


class QuestionUnreadable(SlaRefused):
    """A line is not a question; the message says what is missing."""


class CalendarUnknown(SlaRefused):
    """The question names a calendar that the file does not have."""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the command line; 0 when all was answered, 1 when a line was refused, 2 when nothing could be asked, and for a
    clock of a running service: 3 not found, 4 not signed in, 5 not reachable."""
    options = _parser().parse_args(arguments)
    try:
        return _explain(options, environment.get(TOKEN)) if options.command == "explain" else _deadline(options)
    except SlaRefused as refused:
        return _fail(str(refused), _CODES.get(type(refused), CALENDARS_UNUSABLE))
    except UnicodeDecodeError:
        return _fail("a file is not UTF-8 text")
    except BrokenPipeError:
        sys.stderr.close()
        return ANSWERED
    except OSError as problem:
        return _fail(f"cannot read a file: {problem.strerror}")
    except KeyboardInterrupt:
        return INTERRUPTED


def _deadline(options: argparse.Namespace) -> int:
    calendars = read_calendars(options.calendars)
    with _questions(options.questions) as questions:
        return answer(questions, calendars, sys.stdout, sys.stderr)


def _explain(options: argparse.Namespace, token: str | None) -> int:
    clock = fetch_clock(options.url, options.clock, token) if options.url else read_clock(options.clock)
    try:
        explain(clock, Console(highlight=False, soft_wrap=True))
    except ZoneInfoNotFoundError:
        raise ClockUnreadable("this machine does not know the clock's time zone") from None
    return ANSWERED


@contextmanager
def _questions(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8") as questions:
        yield questions


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ombud-sla", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    deadline = commands.add_parser(
        "deadline",
        help="deadline and trace for each question",
        description='One question a line: {"calendar": …, "mode": …, "start": ISO instant with offset, "minutes": …}. '
        "One answer a line: the deadline, and the segments whose counted seconds add up to the target.",
    )
    deadline.add_argument("--calendars", type=Path, required=True, help="JSON list or TOML file of calendars")
    deadline.add_argument("questions", nargs="?", default="-", help="file of JSON lines (default: standard input)")
    shown = commands.add_parser(
        "explain",
        help="why a clock is due when it is",
        description="Prints the trace of a clock: of a running service with --url and an access token in "
        f"{TOKEN}, otherwise of a file with the JSON of GET /clocks/{{id}}. "
        "Exit codes: 0 printed, 2 unreadable, 3 not found, 4 not signed in, 5 not reachable.",
    )
    shown.add_argument("clock", help="the clock's id, or without --url a file (- for standard input)")
    shown.add_argument("--url", help="where the monitor listens, such as http://127.0.0.1:8004")
    return parser


def _fail(message: str, code: int = CALENDARS_UNUSABLE) -> int:
    print(f"ombud-sla: {message}", file=sys.stderr)
    return code


def read_calendars(path: Path) -> Mapping[str, WorkingTime]:
    """Calendars by id; of several versions of one the newest. Raises OSError and the refusals of calendars."""
    text = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text).get("calendars") if path.suffix == ".toml" else json.loads(text)
    except ValueError:
        raise CalendarUnreadable("the calendars file is neither JSON nor TOML") from None
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise CalendarUnreadable("the calendars file holds no list of calendars")
    calendars = sorted((read_calendar(entry) for entry in data), key=lambda calendar: calendar.version)
    return {calendar.id: compiled(calendar) for calendar in calendars}


def answer(questions: Iterable[str], calendars: Mapping[str, WorkingTime], out: TextIO, err: TextIO) -> int:
    """Write an answer for every question, in order; a refused line goes to `err` with its number."""
    code = ANSWERED
    for number, result in enumerate(_answers(questions, calendars), start=1):
        if isinstance(result, SlaRefused):
            print(f"line {number}: {result}", file=err)
            code = SOME_REFUSED
        elif result:
            print(result, file=out)
    out.flush()
    return code


def _answers(questions: Iterable[str], calendars: Mapping[str, WorkingTime]) -> Iterator[str | SlaRefused]:
    for line in questions:
        try:
            yield _answer(line, calendars) if line.strip() else ""
        except SlaRefused as refused:
            yield refused


def _answer(line: str, calendars: Mapping[str, WorkingTime]) -> str:
    name, mode, start, seconds = _question(line)
    working = calendars.get(name)
    if working is None:
        raise CalendarUnknown("no such calendar in the file")
    trace = trace_deadline(working, start, seconds, read_mode(mode))
    data = {"deadline": iso(micros(trace.due_by)), "trace": trace.as_data()}
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _question(line: str) -> tuple[str, str, datetime, int]:
    try:
        data = json.loads(line) if len(line) <= _LONGEST_LINE else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise QuestionUnreadable(f"a question is one JSON object with {', '.join(_KEYS)}")
    name, mode, start, minutes = (data.get(key) for key in _KEYS)
    if not (isinstance(name, str) and isinstance(mode, str) and isinstance(start, str)):
        raise QuestionUnreadable("calendar, mode and start are texts")
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes < 1e9:
        raise QuestionUnreadable("minutes is a number above 0")
    try:
        began = datetime.fromisoformat(start)
    except ValueError:
        raise QuestionUnreadable("start is an ISO 8601 instant with an offset") from None
    return name, mode, began, round(minutes * 60)


if __name__ == "__main__":
    sys.exit(main())
