"""The rule book of a market: which versions of its enforcement policy were published, and from when each is in force.

It keeps dates, so that of two publications at once one is refused; what a version says is a row beside it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.domain.refusals import EffectiveDatesOverlap, RulesHaveChanged


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish a version. `revision` is that of the book it was tried against."""

    market: str
    number: int
    effective_from: datetime
    content: str
    """JSON text."""
    by: str
    candidate_id: str
    revision: int
    at: datetime


BookCommand = Publish


@dataclass(frozen=True, slots=True)
class VersionPublished:
    """A version is known from now on, and in force from its date."""

    published: Publish
    at: datetime


BookEvent = VersionPublished


@dataclass(frozen=True, slots=True)
class Book:
    """The dates of everything that was published in a market, in order."""

    market: str
    effective_from: tuple[datetime, ...] = ()

    @property
    def revision(self) -> int:
        """Grows with every publication."""
        return len(self.effective_from)


def decide(command: BookCommand, state: Book | None) -> list[BookEvent]:
    """Return what happens. Raises RulesHaveChanged, EffectiveDatesOverlap."""
    match command:
        case Publish():
            return _publish(command, state or Book(command.market))
        case _:
            assert_never(command)


def _publish(command: Publish, book: Book) -> list[BookEvent]:
    if command.revision != book.revision:
        raise RulesHaveChanged("rules of this market were published since the dry run; run it again")
    refuse_overlapping(book, command.effective_from)
    return [VersionPublished(command, command.at)]


def refuse_overlapping(book: Book, effective_from: datetime) -> None:
    """Return when a date follows that of every other version. Raises EffectiveDatesOverlap."""
    if book.effective_from and effective_from <= book.effective_from[-1]:
        last = book.effective_from[-1].isoformat()
        raise EffectiveDatesOverlap(f"effective_from lies after that of the version before it ({last})")


def evolve(state: Book | None, event: BookEvent) -> Book:
    """Return the state after a fact."""
    book = state or Book(event.published.market)
    return replace(book, effective_from=(*book.effective_from, event.published.effective_from))
