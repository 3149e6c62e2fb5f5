"""Commands that documents show to people, run as they stand there. Those that start Ombud: `tests/journeys/test_up.py`."""

import json
from pathlib import Path

from document_claims import ROOT, blocks, commands
from shown_commands import run


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
