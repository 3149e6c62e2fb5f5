"""A seller's account, as far as clocks need it: in which markets it sells, and when it was last seen.

The two are told on topics without a common order; both write this aggregate, so that neither misses the other.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never


@dataclass(frozen=True, slots=True)
class RegisterIn:
    """The seller may sell in a market."""

    market: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteSeen:
    """The seller looked at Discussions (R-06)."""

    at: datetime


AccountCommand = RegisterIn | NoteSeen


@dataclass(frozen=True, slots=True)
class RegisteredIn:
    """The seller sells in a market from now on."""

    market: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SellerSeen:
    """The seller looked at Discussions."""

    at: datetime


AccountEvent = RegisteredIn | SellerSeen


@dataclass(frozen=True, slots=True)
class Account:
    """The markets of a seller, and the last look that is known."""

    markets: tuple[str, ...] = ()
    seen_at: datetime | None = None


def decide(command: AccountCommand, state: Account | None) -> list[AccountEvent]:
    """Events that follow from a command; what is known already changes nothing."""
    account = state or Account()
    match command:
        case RegisterIn(market, at):
            return [] if market in account.markets else [RegisteredIn(market, at)]
        case NoteSeen(at):
            return [] if account.seen_at is not None and at <= account.seen_at else [SellerSeen(at)]
        case _:
            assert_never(command)


def evolve(state: Account | None, event: AccountEvent) -> Account:
    """The state after an event; it never refuses."""
    account = state or Account()
    match event:
        case RegisteredIn(market, _):
            return replace(account, markets=(*account.markets, market))
        case SellerSeen(at):
            return replace(account, seen_at=at)
        case _:
            assert_never(event)
