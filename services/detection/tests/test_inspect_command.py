"""`ombud-inspect`: JSON lines in, JSON lines out; bad lines are named by number and never echoed."""

import json
from pathlib import Path

import pytest
from labelled_texts import DATA

from ombud_detection.inspect_command import main


def lines(path: Path, *rows: object) -> str:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows),
        encoding="utf-8",
    )
    return str(path)


def test_spans_action_and_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lines(
        tmp_path / "in",
        {"id": "a", "text": "call +44 7700 900123", "lang": "en", "market": "uk"},
        {"id": "b", "text": "hello", "lang": "en", "market": "uk"},
    )
    assert main([file]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["spans"] == [[5, 20, "phone"]]
    assert first["action"] != "allow"
    assert first["reasons"]
    assert second == {"id": "b", "spans": [], "action": "allow", "reasons": []}


def test_another_policy_can_be_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[[row]]\nid = "all"\nsentence = "Everything is only flagged."\naction = "flag"\n', encoding="utf-8"
    )
    file = lines(tmp_path / "in", {"id": 1, "text": "call +44 7700 900123", "lang": "en", "market": "uk"})
    assert main([file, "--policy", str(policy), "--role", "buyer"]) == 0
    assert json.loads(capsys.readouterr().out)["action"] == "flag"


def test_a_bad_line_is_named_by_number_and_not_echoed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lines(tmp_path / "in", '{"secret": "29123456"', {"id": 1}, [1], {"id": 2, "text": "hi"})
    assert main([file]) == 2
    told = capsys.readouterr()
    assert [json.loads(line)["id"] for line in told.out.splitlines()] == [2]
    assert told.err.count("line ") == 3
    assert "secret" not in told.err
    assert "29123456" not in told.err


def test_a_text_too_long_is_held_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lines(tmp_path / "in", {"id": 1, "text": "a@" * 50_000, "lang": "en", "market": "uk"})
    assert main([file]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": 1, "spans": [], "action": "hold", "reasons": ["text-too-long"]}


def test_a_thread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages = [
        {"i": 0, "from": "seller", "text": "601"},
        {"i": 1, "from": "buyer", "text": "?"},
        {"i": 2, "from": "seller", "text": "234 567"},
    ]
    file = lines(tmp_path / "in", {"id": "t", "lang": "pl", "market": "pl", "messages": messages})
    assert main(["--thread", file]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["leak"], told["complete_at_message"]) == (True, 2)
    assert told["messages"][2] == {"i": 2, "spans": [[0, 7, "phone"]]}


def test_replies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = {
        "buyer": "b",
        "asked": "When?",
        "text": "Automatic reply, please do not reply.",
        "latency_s": 1,
        "hour": 3,
        "channel": "email",
        "headers": {"Auto-Submitted": "auto-replied"},
    }
    file = lines(tmp_path / "in", {"id": "s", "lang": "en", "messages": [message]})
    assert main(["--replies", file]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["label"] == "auto"
    assert told["messages"][0]["auto"] is True
    assert "header.auto-submitted" in told["messages"][0]["reasons"]


def test_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lines(tmp_path / "in", {"id": "l", "text": "Wir schicken es morgen früh", "expected": "lv"})
    assert main(["--language", file]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["lang"], told["mismatch"]) == ("de", True)


@pytest.mark.parametrize(
    ("mode", "name"),
    [([], "leaks_dev"), (["--thread"], "threads"), (["--replies"], "replies"), (["--language"], "language")],
)
def test_scores_are_printed_as_a_table(mode: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*mode, "--score", str(DATA / f"{name}.jsonl")]) == 0
    header, overall, *groups = capsys.readouterr().out.splitlines()
    assert header.split() == ["group", "n", "precision", "recall", "F1", "false", "alarms"]
    assert overall.startswith("all ")
    assert len(groups) >= 2


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none")]) == 2
    assert "cannot read" in capsys.readouterr().err
