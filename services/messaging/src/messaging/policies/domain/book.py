"""The enforcement policy of a market in versions: its book, and what is proposed and tried as the next one."""

from dataclasses import dataclass, replace
from datetime import datetime

import ombud_rulebooks.domain as rulebooks
from messaging.policies.domain.trial import Change
from ombud_rulebooks.domain import EffectiveDatesOverlap


@dataclass(frozen=True, slots=True)
class Version:
    """A market's rows as a whole, which replace those of the version before."""

    number: int
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """The dates of everything that was published in a market, in order."""

    market: str
    effective_from: tuple[datetime, ...] = ()

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version, numbered from 1."""
        return tuple(Version(number, at) for number, at in enumerate(self.effective_from, start=1))

    def placed(self, version: Version) -> Version:
        """Return the version with the next number. Raises EffectiveDatesOverlap."""
        if self.effective_from and version.effective_from <= self.effective_from[-1]:
            last = self.effective_from[-1].isoformat()
            raise EffectiveDatesOverlap(f"effective_from must be after that of the version before it ({last})")
        return replace(version, number=len(self.effective_from) + 1)

    def joined_by(self, version: Version) -> "Book":
        """Return the book with one version more."""
        return replace(self, effective_from=(*self.effective_from, version.effective_from))


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(rulebooks.DryRun):
    """Messages of a window, judged again by what was found in them."""

    from_at: datetime
    to_at: datetime
    cursor: tuple[str, str] | None = None
    """The last message's instant (ISO) and id."""
    messages: int = 0
    changed: int = 0
    """Messages that something else would become of."""
    changes: tuple[Change, ...] = ()

    @property
    def judged_span(self) -> tuple[datetime, datetime]:
        """From when, and to when, messages were sent."""
        return self.from_at, self.to_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(rulebooks.Candidate):
    """Rows that were proposed as the next version of a market's own."""

    number: int
    """The version that it would be."""
    effective_from: datetime
    run: DryRun | None = None

    def as_version(self) -> Version:
        """Return the version that it would be: messages that are sent from then on would be judged by it."""
        return Version(self.number, self.effective_from)
