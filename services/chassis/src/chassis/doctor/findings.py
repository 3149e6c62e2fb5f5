"""What a look at a deployment found."""

from dataclasses import dataclass
from enum import IntEnum


class Verdict(IntEnum):
    """How bad it is; the worst one of all is the exit code."""

    FINE = 0
    WARNING = 1
    """Works now, and will not for long."""
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    said: str
    todo: str = ""
    """What to do next; empty when nothing is."""


def fine(about: str, said: str) -> Finding:
    """Return that something is as it must be."""
    return Finding(about, Verdict.FINE, said)


def warning(about: str, said: str, todo: str) -> Finding:
    """Return that something works now, and will not for long."""
    return Finding(about, Verdict.WARNING, said, todo)


def fault(about: str, said: str, todo: str) -> Finding:
    """Return that something does not work."""
    return Finding(about, Verdict.FAULT, said, todo)
