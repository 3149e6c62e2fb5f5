"""The numbers of a case that both sides know: its own, its order's and its order line's. Whoever writes them gives nothing away (R-04)."""

import re
from collections.abc import Collection
from functools import lru_cache

from .folding import fold

_DIGITS = re.compile(r"\d+")
_SHORTEST = 5  # digits of a group that says which order is meant; shorter ones stand in every number
_CASES = 4_096


def digits_of(references: Collection[str]) -> frozenset[str]:
    """Return the digits of references as people quote them: all of them together, and each long group of its own."""
    return _digits_of(tuple(references)) if references else frozenset()


@lru_cache(_CASES)
def _digits_of(references: tuple[str, ...]) -> frozenset[str]:
    groups = [_DIGITS.findall(fold(reference).text) for reference in references]
    return frozenset(d for found in groups for d in ("".join(found), *found) if len(d) >= _SHORTEST)
