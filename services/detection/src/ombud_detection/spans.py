"""Findings in positions of the folded text, before they are told in positions of the text as written."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
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
_BY_STRENGTH = (Kind.EMAIL, Kind.BANK, Kind.URL, Kind.PHONE, Kind.HANDLE, Kind.PAYMENT, Kind.INVITE)
_TALK = frozenset({Kind.PAYMENT, Kind.INVITE})
_SHORTEST_TALK = 3  # what is left of a call to leave beside the data it names; less says nothing


def settle(found: Sequence[Found]) -> list[Found]:
    """Drop findings that a stronger kind already covers; merge overlapping findings of one kind.

    The result is in order and without overlaps. The work grows with n log n for n findings.
    """
    if len(found) < 2:
        return list(found)
    kept: list[Found] = []
    for kind in _BY_STRENGTH:
        own = sorted(f for f in found if f.kind is kind)
        if own:
            kept = sorted(kept + _merged(_uncovered(own, kept)))
    return kept


def _uncovered(own: list[Found], stronger: list[Found]) -> Iterator[Found]:
    """Yield what stronger findings leave of each: all, nothing, or the words of a call to leave before the datum in it."""
    ends = [s.end for s in stronger]
    for item in own:
        at = bisect_right(ends, item.start)
        if at == len(stronger) or stronger[at].start >= item.end:
            yield item
        elif item.kind in _TALK and stronger[at].start - item.start >= _SHORTEST_TALK:
            yield item._replace(end=stronger[at].start)


def _merged(own: Iterable[Found]) -> list[Found]:
    merged: list[Found] = []
    for item in sorted(own, key=lambda f: (f.start, -f.end)):
        last = merged[-1] if merged else None
        if last is not None and item.start < last.end:
            merged[-1] = last._replace(end=max(last.end, item.end), score=max(last.score, item.score))
        else:
            merged.append(item)
    return merged


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
