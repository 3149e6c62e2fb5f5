"""Findings in positions of the folded text, before they are told in positions of the text as written."""

from collections.abc import Iterable
from typing import NamedTuple

from .finding import Finding, Kind
from .folding import Folded


class Found(NamedTuple):
    """A finding whose span is in the folded text."""

    start: int
    end: int
    kind: Kind
    rule: str
    score: float


# Where two findings overlap, the kind named first here explains the text better and stays.
_STRENGTH = {
    kind: rank
    for rank, kind in enumerate((Kind.EMAIL, Kind.BANK, Kind.URL, Kind.PHONE, Kind.HANDLE, Kind.PAYMENT, Kind.INVITE))
}


def settle(found: Iterable[Found]) -> list[Found]:
    """Drop findings that a stronger kind already covers; merge overlapping findings of one kind."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda f: (_STRENGTH[f.kind], f.start, -f.end)):
        clash = next((k for k in kept if item.start < k.end and k.start < item.end), None)
        if clash is None:
            kept.append(item)
        elif clash.kind is item.kind:
            kept[kept.index(clash)] = Found(
                min(clash.start, item.start),
                max(clash.end, item.end),
                clash.kind,
                clash.rule,
                max(clash.score, item.score),
            )
        elif item.kind in (Kind.INVITE, Kind.PAYMENT) and item.start < clash.start and clash.start - item.start >= 3:
            kept.append(Found(item.start, clash.start, item.kind, item.rule, item.score))
    return sorted(kept)


def written(found: Iterable[Found], folded: Folded) -> tuple[Finding, ...]:
    """Translate spans to the text as written; blanks and closing punctuation at the edges are not part of a finding."""
    findings = []
    for item in found:
        start, end = folded.span(item.start, item.end)
        while end > start and folded.original[end - 1] in " ,;:\n\t":
            end -= 1
        while start < end and folded.original[start] in " ,;:\n\t":
            start += 1
        if start < end:
            findings.append(Finding(start, end, item.kind, item.rule, round(item.score, 3)))
    return tuple(sorted(findings))
