"""Writes the text the recipient may see: every finding replaced by a neutral mark, the rest untouched."""

from collections.abc import Sequence

from .finding import Finding
from .ruledata import rule_file, table_of, text_of


def safe_rewrite(text: str, findings: Sequence[Finding], *, language: str = "en") -> str:
    """Replace each finding's span by the mark of `rules/marks.toml` in the reader's language; overlapping spans become one mark."""
    pieces: list[str] = []
    position = 0
    for start, end, mark in _merged(findings, language):
        pieces += [text[position:start], mark]
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _merged(findings: Sequence[Finding], language: str) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for finding in sorted(findings):
        if merged and finding.start < merged[-1][1]:
            start, end, mark = merged[-1]
            merged[-1] = (start, max(end, finding.end), mark)
        else:
            merged.append((finding.start, finding.end, _mark(finding, language)))
    return merged


def _mark(finding: Finding, language: str) -> str:
    marks = rule_file("marks.toml")
    words = table_of(marks, language) or table_of(marks, "en")
    return f"[{text_of(words, finding.kind)}]"
