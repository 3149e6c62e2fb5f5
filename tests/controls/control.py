"""What a control is: a mechanism, the lines that take it out, and the tests that must notice.

A line is named by its text, so that a control fails loudly when the code moved on without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that stands exactly once in a file, and what stands there when the mechanism is gone."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Control:
    """A mechanism, how it is taken out, and the tests of which at least one must then fail."""

    name: str
    cuts: Sequence[Cut]
    tests: Sequence[str]


def guard(of: str, name: str, path: str, old: str, new: str, *tests: str) -> Control:
    """Return the control of one guard among those of a part: a single cut."""
    return Control(f"{of}: {name}", [Cut(path, old, new)], tests)
