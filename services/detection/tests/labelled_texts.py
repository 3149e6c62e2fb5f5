"""Reads the labelled texts beside the tests."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of `data/<name>.jsonl`."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]


def f1(judged: Iterable[tuple[bool, bool]]) -> float:
    """Return F1 of (truth, said) pairs, between 0 and 1."""
    counts = Counter(judged)
    hit, wrong = counts[True, True], counts[False, True] + counts[True, False]
    return 2 * hit / (2 * hit + wrong)


def share(judged: Iterable[bool]) -> float:
    """Return the share of true values."""
    values = list(judged)
    return sum(values) / len(values)
