"""`ombud-sla explain`: a trace in a terminal, from a file and from a running service, with clear errors."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console

from sla_monitor.clocks.views import ClockView
from sla_monitor.explaining.cli import ANSWERED, CALENDARS_UNUSABLE, NOT_FOUND, NOT_SIGNED_IN, UNREACHABLE, main
from sla_monitor.explaining.describe import moments, target_of
from sla_monitor.explaining.examples import example_clocks
from sla_monitor.explaining.terminal import BAR_CHARACTERS, explain

EXAMPLES = example_clocks()
PAUSED = EXAMPLES["paused-resolution"]


def printed(clock: ClockView, terminal: bool = False) -> str:
    out = io.StringIO()
    explain(clock, Console(file=out, force_terminal=terminal, width=100, highlight=False, _environ={}))
    return out.getvalue()


# -- What it says -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_all_that_the_picture_shows(name: str) -> None:
    clock = EXAMPLES[name]
    (round_,), text = clock.rounds, printed(clock)
    assert all(moment.text in text for moment in moments(round_, clock.as_of))
    assert f": {round_.on_silence.replace('_', ' ')}" in text
    assert target_of(round_) in text
    rows = [line for line in text.splitlines() if " yes " in line or " no " in line]
    assert len(rows) == len(round_.trace.segments)


def test_the_running_sum_ends_at_the_target() -> None:
    rows = [line.split() for line in printed(PAUSED).splitlines() if " yes " in line or " no " in line]
    sums = [row[row.index("yes" if "yes" in row else "no") + 1] for row in rows]
    assert sums[0] == "48:45"
    assert sums[-1] == "240:00"


def test_the_bar_shows_the_time_in_proportion() -> None:
    (bar,) = [line for line in printed(PAUSED).splitlines() if line.startswith("███")]
    assert len(bar) == BAR_CHARACTERS
    assert [bar.count(sign) for sign in "█=o/·x"] == [34, 7, 1, 3, 14, 1]


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b[" not in printed(PAUSED)
    assert "\x1b[" in printed(PAUSED, terminal=True)


def test_what_comes_from_data_is_not_taken_for_styles() -> None:
    round_ = PAUSED.rounds[0].model_copy(update={"owner": "[red]me[/red]"})
    hostile = PAUSED.model_copy(update={"title": "[blink]", "case_id": "[/]", "rounds": [round_]})
    text = printed(hostile)
    assert "[blink]" in text
    assert "[red]me[/red]" in text


# -- From a file ------------------------------------------------------------------------------------------------------------


def test_a_file_or_standard_input_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clock.json"
    file.write_text(PAUSED.model_dump_json(), encoding="utf-8")
    assert main(["explain", str(file)]) == ANSWERED
    from_file = capsys.readouterr().out
    command = [sys.executable, "-m", "sla_monitor.explaining.cli", "explain", "-"]
    piped = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=True, timeout=60)
    assert piped.stdout.decode() == from_file
    assert "First resolution of the case" in from_file


def broken(**changes: object) -> str:
    return json.dumps(json.loads(PAUSED.model_dump_json()) | changes)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"clock_id": 1}', broken(time_zone="Mars/Olympus"), broken(rounds=1)])
def test_what_is_no_clock_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "clock.json"
    file.write_text(text)
    assert main(["explain", str(file)]) == CALENDARS_UNUSABLE
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(tmp_path / "none")]) == CALENDARS_UNUSABLE
    assert capsys.readouterr().err == "ombud-sla: cannot read a file: No such file or directory\n"


# -- From a service ---------------------------------------------------------------------------------------------------------


class Service(BaseHTTPRequestHandler):
    """Answers like the monitor: one clock, for one token."""

    def do_GET(self) -> None:
        known = self.path == f"/clocks/{PAUSED.clock_id}"
        allowed = self.headers["Authorization"] == "Bearer good"
        self.send_response(500 if self.path == "/clocks/clk_broken" else 401 if not allowed else 200 if known else 404)
        self.end_headers()
        self.wfile.write(PAUSED.model_dump_json().encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("clock", "token", "code", "says"),
    [
        (PAUSED.clock_id, "good", ANSWERED, ""),
        ("clk_other", "good", NOT_FOUND, "no such clock"),
        ("../admin", "good", NOT_FOUND, "not the id of a clock"),
        (PAUSED.clock_id, "bad", NOT_SIGNED_IN, "does not accept the token"),
        (PAUSED.clock_id, "", NOT_SIGNED_IN, "set OMBUD_TOKEN"),
        ("clk_broken", "good", UNREACHABLE, "status 500"),
    ],
)
def test_a_running_service_is_asked_with_the_token_of_the_environment(
    url: str,
    capsys: pytest.CaptureFixture[str],
    clock: str,
    token: str,
    code: int,
    says: str,
) -> None:
    assert main(["explain", clock, "--url", url], {"OMBUD_TOKEN": token}) == code
    said = capsys.readouterr()
    assert says in said.err
    assert ("First resolution" in said.out) == (code == ANSWERED)
    assert token not in said.err or not token


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "nowhere", "http://[", "http://\u2603.invalid:1"])
def test_a_service_that_does_not_answer_is_said_in_one_line(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", PAUSED.clock_id, "--url", address], {"OMBUD_TOKEN": "good"}) == UNREACHABLE
    assert capsys.readouterr().err.count("\n") == 1


def test_it_warns_when_the_holidays_up_to_the_deadline_are_not_known() -> None:
    (round_,) = PAUSED.rounds
    beyond = round_.trace.model_copy(update={"holidays_known_until": date(2026, 12, 31)})
    clock = PAUSED.model_copy(update={"rounds": [round_.model_copy(update={"trace": beyond})]})
    assert "Holidays after 2026-12-31 are not known yet" in printed(clock)
    assert "are not known yet" not in printed(PAUSED)
