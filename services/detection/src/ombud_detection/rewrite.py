"""Writes the text the recipient may see: every finding replaced by a neutral mark, the rest untouched."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from .finding import Finding
from .ruledata import rule_file, table_of, text_of


@dataclass(frozen=True, slots=True)
class SafeRewrite:
    """A text as its reader may see it, and where the spans of the text as written stand in it."""

    text: str
    _hidden: tuple[tuple[int, int, str], ...]
    _shifts: tuple[int, ...]
    """How far the text after each mark has moved, by the number of marks before it."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of the text as written stands; a bound inside a finding is that of its mark."""
        return self._shown(start, to_end=False), self._shown(end, to_end=True)

    def _shown(self, position: int, *, to_end: bool) -> int:
        passed = bisect_right(self._hidden, position, key=lambda hidden: hidden[1])
        if passed < len(self._hidden):
            start, _, mark = self._hidden[passed]
            if start < position:
                return start + self._shifts[passed] + (len(mark) if to_end else 0)
        return position + self._shifts[passed]


def safe_rewrite(text: str, findings: Sequence[Finding], *, language: str = "en") -> SafeRewrite:
    """Replace each finding's span by the mark of `rules/marks.toml` in the reader's language; overlapping spans become one mark."""
    hidden = tuple(_merged(findings, language))
    pieces: list[str] = []
    shifts = [0]
    position = 0
    for start, end, mark in hidden:
        pieces += [text[position:start], mark]
        position = end
        shifts.append(shifts[-1] + len(mark) - (end - start))
    pieces.append(text[position:])
    return SafeRewrite("".join(pieces), hidden, tuple(shifts))


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
