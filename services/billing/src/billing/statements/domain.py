"""A seller as billing knows it: the languages that the marketplace registered for each market, the preferred one first."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from ombud_words import Market


@dataclass(frozen=True, slots=True)
class NoteSeller:
    """The marketplace registered the seller in a market, or says something new of the registration."""

    market: Market
    languages: tuple[str, ...]
    at: datetime


Command = NoteSeller
SellerNoted = NoteSeller
Event = SellerNoted


@dataclass(frozen=True, slots=True)
class KnownSeller:
    languages: dict[Market, tuple[str, ...]] = field(default_factory=dict)
    """Market → its languages, the preferred one first."""

    def speaks(self, market: Market | None) -> tuple[str, ...]:
        """Return the languages of a market, or of the first market in which the seller is registered."""
        if market is not None:
            return self.languages.get(market, ())
        return next((self.languages[name] for name in sorted(self.languages)), ())


def decide(command: Command, state: KnownSeller | None) -> list[Event]:
    """Return what is new."""
    known = state.languages.get(command.market) if state is not None else None
    return [] if known == command.languages else [command]


def evolve(state: KnownSeller | None, event: Event) -> KnownSeller:
    """Return what is known after it."""
    known = state or KnownSeller()
    return replace(known, languages={**known.languages, event.market: event.languages})
