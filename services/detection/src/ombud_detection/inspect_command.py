"""`ombud-inspect`: tries the detectors on a file of JSON lines, and scores them against labelled ones. It stores and sends nothing.

Nothing of a text ever goes to standard error: a bad line is named by its number.
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ombud_detection import (
    AutomationVerdict,
    Finding,
    PolicyRow,
    SellerReply,
    TextTooLong,
    ThreadMessage,
    action_for,
    automated_reply,
    inspect,
    inspect_thread,
    language_of,
    rows_from,
    trace_of,
)

Json = Mapping[str, object]
BAD_INPUT = 2


class BadLine(ValueError):
    """A line that is not what the mode needs; the message says what is missing, never what stood there."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose: whose message it is, and the policy tried (None: the shipped one)."""

    role: str
    policy: tuple[PolicyRow, ...] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 2 when a line or an option was bad."""
    parsed = _parser().parse_args(arguments)
    mode = next((name for name in ("thread", "replies", "language") if getattr(parsed, name)), "text")
    try:
        policy = rows_from(tomllib.loads(Path(parsed.policy).read_text(encoding="utf-8"))) if parsed.policy else None
        options = Options(parsed.role, policy)
        if parsed.score:
            return _score(parsed.score, mode, options)
        lines: Iterable[bytes] = Path(parsed.file).read_bytes().splitlines() if parsed.file else sys.stdin.buffer
        return _run(lines, mode, options)
    except BrokenPipeError:
        return 0  # the reader has seen enough
    except OSError as error:
        return _fail(f"cannot read a file: {error.strerror}")
    except (tomllib.TOMLDecodeError, ValueError) as error:
        return _fail(f"the policy file is not usable: {type(error).__name__}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ombud-inspect", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", help="JSON lines; standard input when absent")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--thread", action="store_true", help="each line is a thread: id, lang, market, messages of from and text"
    )
    modes.add_argument(
        "--replies",
        action="store_true",
        help="each line is a seller's replies: id, lang, messages of asked, text, latency_s, …",
    )
    modes.add_argument("--language", action="store_true", help="each line is id, text, expected")
    parser.add_argument(
        "--score", metavar="FILE", help="print precision, recall and F1 against the labels of FILE, in the chosen mode"
    )
    parser.add_argument("--role", default="seller", help="whose message it is, for the policy (default: seller)")
    parser.add_argument("--policy", metavar="TOML", help="policy rows to try instead of the shipped ones")
    return parser


def _run(lines: Iterable[bytes], mode: str, options: Options) -> int:
    failed = False
    for number, row in _rows(lines):
        if isinstance(row, BadLine):
            failed = True
            _fail(f"line {number}: {row}")
            continue
        try:
            print(json.dumps(_answer(row, mode, options), ensure_ascii=False))
        except BadLine as error:
            failed = True
            _fail(f"line {number}: {error}")
    return BAD_INPUT if failed else 0


def _fail(message: str) -> int:
    print(f"ombud-inspect: {message}", file=sys.stderr)
    return BAD_INPUT


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, Json | BadLine]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, BadLine("not JSON in UTF-8")
            continue
        yield number, row if isinstance(row, dict) else BadLine("not a JSON object")


def _text(row: Json, key: str, default: str | None = None) -> str:
    value = row.get(key, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadLine(f'"{key}" must be a string')
    return value


def _identity(row: Json) -> str | int:
    value = row.get("id")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadLine('"id" must be a string or a number')
    return value


def _number(row: Json, key: str) -> float:
    value = row.get(key, 0)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadLine(f'"{key}" must be a number')
    return float(value)


def _messages(row: Json) -> list[Json]:
    value = row.get("messages")
    if not isinstance(value, list) or not all(isinstance(m, dict) for m in value):
        raise BadLine('"messages" must be a list of objects')
    return value


def _spans(findings: Iterable[Finding]) -> list[list[object]]:
    return [[f.start, f.end, f.kind.value] for f in findings]


def inspect_line(row: Json, options: Options) -> dict[str, object]:
    """Answer one message: its spans in code points, what the policy does, and why."""
    identity, text, market = _identity(row), _text(row, "text"), _text(row, "market", "")
    try:
        findings = inspect(text, language=_text(row, "lang", "") or None, market=market)
    except TextTooLong:
        return {"id": identity, "spans": [], "action": "hold", "reasons": ["text-too-long"]}
    decision = action_for(findings, role=options.role, market=market, rows=options.policy)
    reasons = [f"{reason.rule}: {reason.policy}" for reason in decision.reasons]
    return {"id": identity, "spans": _spans(findings), "action": decision.action.value, "reasons": reasons}


def inspect_thread_line(row: Json) -> dict[str, object]:
    """Answer one thread: whether it leaks, where that can be known, and the spans of each message."""
    identity = _identity(row)
    messages = [ThreadMessage(_text(m, "from", "seller"), _text(m, "text")) for m in _messages(row)]
    try:
        result = inspect_thread(messages, language=_text(row, "lang", "") or None, market=_text(row, "market", ""))
    except TextTooLong:
        return {"id": identity, "leak": None, "complete_at_message": None, "messages": [], "reasons": ["text-too-long"]}
    told = [{"i": i, "spans": _spans(findings)} for i, findings in enumerate(result.messages)]
    return {"id": identity, "leak": result.leak, "complete_at_message": result.complete_at_message, "messages": told}


def inspect_replies_line(row: Json) -> dict[str, object]:
    """Answer one seller's replies: each against all the others, and the seller by the majority."""
    identity, language = _identity(row), _text(row, "lang", "") or None
    replies = [_reply(m) for m in _messages(row)]
    traces = [trace_of(reply, language=language) for reply in replies]
    told = []
    for index, reply in enumerate(replies):
        verdict = automated_reply(reply, traces[:index] + traces[index + 1 :], language=language)
        told.append(
            {
                "auto": verdict.verdict is AutomationVerdict.AUTOMATED,
                "reasons": list(verdict.reasons),
                "score": verdict.score,
            }
        )
    automatic = sum(bool(t["auto"]) for t in told)
    label = "auto" if told and automatic * 2 >= len(told) else "individual"
    return {"id": identity, "label": label, "messages": told}


def _reply(row: Json) -> SellerReply:
    headers = row.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise BadLine('"headers" must be an object of strings')
    return SellerReply(
        buyer=_text(row, "buyer", ""),
        asked=_text(row, "asked", ""),
        text=_text(row, "text"),
        latency_seconds=_number(row, "latency_s"),
        hour=int(_number(row, "hour")),
        channel=_text(row, "channel", "chat"),
        headers=headers,
    )


def inspect_language_line(row: Json) -> dict[str, object]:
    """Answer one reply: its language, and whether that is surely not the expected one."""
    verdict = language_of(_text(row, "text"), _text(row, "expected"))
    return {
        "id": _identity(row),
        "lang": verdict.language,
        "mismatch": verdict.mismatch,
        "reasons": list(verdict.reasons),
    }


def _answer(row: Json, mode: str, options: Options) -> dict[str, object]:
    match mode:
        case "thread":
            return inspect_thread_line(row)
        case "replies":
            return inspect_replies_line(row)
        case "language":
            return inspect_language_line(row)
        case _:
            return inspect_line(row, options)


@dataclass(slots=True)
class Tally:
    """Counts of one group: right and wrong, positive and negative."""

    counts: Counter[tuple[bool, bool]]

    def row(self, name: str) -> str:
        hit, false, missed = self.counts[True, True], self.counts[False, True], self.counts[True, False]
        quiet = self.counts[False, False]
        precision = _percent(hit, hit + false) if hit + missed else "-"
        recall = _percent(hit, hit + missed)
        f1 = _percent(2 * hit, 2 * hit + false + missed) if hit + missed else "-"
        total = hit + false + missed + quiet
        return f"{name:<24}{total:>7}{precision:>10}{recall:>9}{f1:>8}{_percent(false, false + quiet):>14}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def _score(path: str, mode: str, options: Options) -> int:
    groups: dict[str, Tally] = {}
    failed = False
    for number, row in _rows(Path(path).read_bytes().splitlines()):
        try:
            if isinstance(row, BadLine):
                raise row
            truth, said, names = _judge(row, mode, options)
        except BadLine as error:
            failed = True
            _fail(f"line {number}: {error}")
            continue
        for name in ("all", *names):
            groups.setdefault(name, Tally(Counter())).counts[truth, said] += 1
    print(f"{'group':<24}{'n':>7}{'precision':>10}{'recall':>9}{'F1':>8}{'false alarms':>14}")
    for name in sorted(groups, key=lambda n: (n != "all", n)):
        print(groups[name].row(name))
    return BAD_INPUT if failed else 0


def _judge(row: Json, mode: str, options: Options) -> tuple[bool, bool, list[str]]:
    """Return (what the label says, what the detector says, the groups the row belongs to)."""
    answer = _answer(row, mode, options)
    if mode == "language":
        return (
            bool(row.get("mismatch")),
            bool(answer["mismatch"]),
            [f"lang {_text(row, 'lang', 'und')}", f"type {_text(row, 'type', '-')}"],
        )
    label = _text(row, "label")
    if mode == "replies":
        hard = "hard" if row.get("hard") else "plain"
        return label == "auto", answer["label"] == "auto", [hard, f"lang {_text(row, 'lang', 'und')}"]
    said = bool(answer["leak"]) if mode == "thread" else bool(answer["spans"])
    if label == "leak":
        group = f"leak {_text(row, 'obfuscation', 'none')}"
    else:
        group = "clean hard" if row.get("hard_negative") else "clean"
    return label == "leak", said, [group, f"lang {_text(row, 'lang', 'und')}"]


if __name__ == "__main__":
    sys.exit(main())
