"""The book of a market: which versions of its rules were published, and from when each is in force. Pure.

It keeps dates, so that of two publications at once one is refused; what a version says is a row beside it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from ombud_rulebooks.domain.refusal import RulebookRefused
from ombud_words import CandidateId


class Version(Protocol):
    """A version of one thing, and from when it is in force. A service says what else it is."""

    @property
    def number(self) -> int: ...

    @property
    def effective_from(self) -> datetime: ...


V = TypeVar("V", bound=Version)


class Book(Protocol[V]):
    """Everything that was published in a market, in order. A service says which versions may stand beside each other."""

    @property
    def market(self) -> str: ...

    @property
    def versions(self) -> tuple[V, ...]: ...

    def placed(self, version: V) -> V:
        """Return the version as it is published next. Raises a refusal when its dates overlap with what is there."""

    def joined_by(self, version: V) -> Self:
        """Return the book with one version more."""


B = TypeVar("B", bound=Book[Any])


@dataclass(frozen=True, slots=True)
class Publish(Generic[V]):
    """Publish a version. `revision` is that of the book it was tried against; None for what was not proposed."""

    market: str
    version: V
    content: str
    """JSON text."""
    by: str
    at: datetime
    revision: int | None = None
    candidate_id: CandidateId | None = None


@dataclass(frozen=True, slots=True)
class VersionPublished(Generic[V]):
    """A version is known from now on, and in force from its date."""

    at: datetime
    market: str
    version: V
    content: str
    by: str
    candidate_id: CandidateId | None


class RulesHaveChanged(RulebookRefused):
    """Something was published in this market since the dry run; its result no longer holds."""


class EffectiveDatesOverlap(RulebookRefused):
    """A version comes into force after every other one of the same thing."""


def revision_of(book: Book[Any] | None) -> int:
    """Return how many versions a market's book has: it grows with every publication."""
    return len(book.versions) if book else 0


def in_force(versions: Sequence[V], at: datetime) -> V | None:
    """Return which of the versions of one thing, in order, is in force at an instant; None before the first."""
    place = bisect_right(versions, at, key=lambda version: version.effective_from)
    return versions[place - 1] if place else None


def decide(command: Publish[V], book: Book[V]) -> list[VersionPublished[V]]:
    """Return what happens. Raises RulesHaveChanged, and what the book refuses."""
    if command.revision is None and command.version in book.versions:
        return []
    if command.revision not in (None, revision_of(book)):
        raise RulesHaveChanged("rules of this market were published since the dry run; run it again")
    version = book.placed(command.version)
    c = command
    return [VersionPublished(c.at, c.market, version, c.content, c.by, c.candidate_id)]


def evolve(book: B, event: VersionPublished[Any]) -> B:
    """Return the book after a publication."""
    return book.joined_by(event.version)
