"""`ombud-sla deadline`: questions in, deadlines and traces out, clear refusals."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sla_monitor.explaining.cli import ANSWERED, CALENDARS_UNUSABLE, SOME_REFUSED, answer, main, read_calendars

CALENDARS = Path(__file__).parents[1] / "data" / "working_time_calendars.json"
QUESTION = {"calendar": "lv-office", "mode": "business_hours", "start": "2025-03-29T12:05:00Z", "minutes": 30}


def asked(*lines: str) -> tuple[int, list[dict[str, object]], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    code = answer(lines, read_calendars(CALENDARS), out, err)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue().splitlines()


def test_a_question_is_answered_with_deadline_and_trace() -> None:
    code, (reply,), problems = asked(json.dumps(QUESTION))
    assert (code, problems) == (ANSWERED, [])
    assert reply["deadline"] == "2025-03-31T06:30:00Z"
    trace = reply["trace"]
    assert isinstance(trace, dict)
    assert sum(segment["seconds"] for segment in trace["segments"] if segment["counted"]) == 1800


def test_every_example_that_adds_is_answered_by_the_command() -> None:
    examples = [json.loads(line) for line in (CALENDARS.parent / "working_time.jsonl").read_text().splitlines()]
    adding = [example for example in examples if example["op"] == "add"]
    lines = [
        json.dumps({"calendar": e["cal"], "mode": "business_hours", "start": e["start"], "minutes": e["minutes"]})
        for e in adding
    ]
    run = subprocess.run(
        [sys.executable, "-m", "sla_monitor.explaining.cli", "deadline", "--calendars", str(CALENDARS)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    replies = [json.loads(line)["deadline"] for line in run.stdout.splitlines()]
    assert replies == [example["expected"] for example in adding]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"calendar": "mars"}, "no such calendar in the file"),
        ({"mode": "lunar"}, "a mode is one of"),
        ({"start": "yesterday"}, "start is an ISO 8601 instant"),
        ({"start": "2025-03-29T12:05:00"}, "an instant needs a time zone"),
        ({"minutes": 0}, "minutes is a number above 0"),
        ({"minutes": "30"}, "minutes is a number above 0"),
        ({"minutes": True}, "minutes is a number above 0"),
        ({"minutes": 1e300}, "minutes is a number above 0"),
        ({"minutes": 0.001}, "a target is at least one second"),
        ({"start": "1066-10-14T09:00:00Z"}, "1900 to 2199"),
        ({"start": None}, "calendar, mode and start are texts"),
    ],
    ids=str,
)
def test_a_refused_question_is_named_by_its_line_and_the_others_are_answered(
    change: dict[str, object], problem: str
) -> None:
    code, replies, problems = asked(json.dumps(QUESTION), json.dumps(QUESTION | change), json.dumps(QUESTION))
    assert (code, len(replies)) == (SOME_REFUSED, 2)
    assert len(problems) == 1
    assert problems[0].startswith("line 2: ")
    assert problem in problems[0]


@pytest.mark.parametrize("line", ["{", "[]", "30", "[" * 100_000, '{"start": "' + "9" * 20_000 + '"}'])
def test_a_line_that_is_no_question_is_refused_without_being_repeated(line: str) -> None:
    code, replies, problems = asked(line)
    assert (code, replies) == (SOME_REFUSED, [])
    assert problems == ["line 1: a question is one JSON object with calendar, mode, start, minutes"]


def test_empty_lines_are_passed_over() -> None:
    assert asked("", "\n") == (ANSWERED, [], [])


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"id": "x", "tz": "UTC", "weekly": {}}]', '[{"id": "x"}]'])
def test_unusable_calendars_are_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    broken = tmp_path / "calendars.json"
    broken.write_text(content)
    assert main(["deadline", "--calendars", str(broken)]) == CALENDARS_UNUSABLE
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_a_missing_file_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadline", "--calendars", str(tmp_path / "none.json")]) == CALENDARS_UNUSABLE
    assert capsys.readouterr().err == "ombud-sla: cannot read a file: No such file or directory\n"


def test_calendars_can_be_toml_and_the_newest_version_answers(tmp_path: Path) -> None:
    file = tmp_path / "calendars.toml"
    entry = '[[calendars]]\nid = "x"\ntz = "UTC"\nversion = {}\nholidays = [{}]\n[calendars.weekly]\n0 = [["09:00", "17:00"]]\n'
    file.write_text(entry.format(2, "2026-09-14") + entry.format(1, ""))
    calendars = read_calendars(file)
    assert (list(calendars), calendars["x"].calendar.version) == (["x"], 2)
