"""Commands that documents show to people, run as they stand there."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from document_claims import ROOT, RUN_HERE, blocks, code_of, commands

READY = ".venv/.ombud-ready"


_OUTSIDE_MAKE = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
"""A `make` below another one says which folder it enters; a person's does not."""


def run(command: str, environment: dict[str, str] | None = None, within_seconds: float = 120) -> str:
    """Run a line of shell in the repository; return what it printed. Fails with what it said on the other channel."""
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**_OUTSIDE_MAKE, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=within_seconds,
        check=False,
    )
    assert ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return ended.stdout


def without_installing(command: str) -> str:
    """Let make believe that everything is installed, as it is where this test runs."""
    return command.replace("make ", f"make -o {READY} ", 1)


@pytest.fixture
def run_folder(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A folder of its own for what is started, which is stopped whatever happens."""
    environment = {"OMBUD_RUN_FOLDER": str(tmp_path)}
    yield environment
    run(without_installing("make down"), environment)


def test_up_token_and_down_do_what_the_readme_says(run_folder: dict[str, str]) -> None:
    up, token, down = RUN_HERE
    assert "ticketing" in run(without_installing(up), run_folder)
    bearer = run(without_installing(token), run_folder).strip()
    state = json.loads((Path(run_folder["OMBUD_RUN_FOLDER"]) / "state.json").read_text())
    url = state["services"]["ticketing"]["url"]
    answer = httpx.get(f"{url}/cases", headers={"Authorization": f"Bearer {bearer}"}, timeout=10)
    assert (answer.status_code, answer.json()["cases"]) == (200, [])
    explained = explain_of("docs/sla-monitor.md", state["services"]["sla-monitor"]["url"])
    ended = subprocess.run(["bash", "-c", explained], cwd=ROOT, env=_OUTSIDE_MAKE | run_folder, capture_output=True)
    assert (ended.returncode, ended.stderr.count(b"no such clock")) == (3, 1), ended.stderr
    run(without_installing(down), run_folder)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/livez", timeout=10)


def explain_of(document: str, url: str) -> str:
    """Return the command that explains a clock of a running service, for one that does not exist."""
    (command,) = [c for c in code_of((ROOT / document).read_text()) if c.startswith("OMBUD_TOKEN=")]
    asked = command.replace("CLOCK", "clk_none").replace("URL", url)
    return asked.replace("make token", f"make -s -o {READY} token")


def test_a_moderator_sees_what_the_readme_shows() -> None:
    text = (ROOT / "docs/messaging.md").read_text()
    asked = next(c for c in commands(text) if c.startswith("echo"))
    assert json.loads(run(asked)) == json.loads(blocks(text, "json")[0])


def test_the_scores_of_the_readme_can_be_printed() -> None:
    text = (ROOT / "docs/messaging.md").read_text()
    assert "F1" in run(next(c for c in commands(text) if "--score" in c))


def test_the_document_of_the_monitor_shows_what_explain_prints() -> None:
    text = (ROOT / "docs/sla-monitor.md").read_text()
    printed = run(next(c for c in commands(text) if " explain " in c), {"COLUMNS": "80"})
    assert [line.strip() for line in printed.splitlines()] == blocks(text, "text")[0].splitlines()


def test_the_deadline_in_the_document_of_the_monitor_is_right(tmp_path: Path) -> None:
    text = (ROOT / "docs/sla-monitor.md").read_text()
    asked = [c for c in commands(text) if "question.jsonl" in c]
    ask, answer = (c.replace("question.jsonl", str(tmp_path / "question.jsonl")) for c in asked)
    run(ask)
    said = json.loads(run(answer))
    assert said["deadline"] in text
    counted = [s["seconds"] for s in said["trace"]["segments"]]
    assert all(f"{seconds:,} s" in text for seconds in counted)
