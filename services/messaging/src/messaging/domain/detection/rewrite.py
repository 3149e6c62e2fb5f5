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


def shown_span(start: int, end: int, findings: Sequence[Finding], *, language: str = "en") -> tuple[int, int]:
    """Return where a span of the text as written stands in its safe rewrite; a bound inside a finding is that of its mark."""
    merged = _merged(findings, language)
    return _shown(start, merged, to_end=False), _shown(end, merged, to_end=True)


def _shown(position: int, merged: Sequence[tuple[int, int, str]], *, to_end: bool) -> int:
    shift = 0
    for start, end, mark in merged:
        if position <= start:
            break
        if position < end:
            return start + shift + (len(mark) if to_end else 0)
        shift += len(mark) - (end - start)
    return position + shift


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
