"""What was paid for an order line, and by whom to whom."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import BuyerId, Currency, Market, SellerId


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLine:
    market: Market
    seller_id: SellerId
    buyer_id: BuyerId
    currency: Currency
    paid_minor: int
    """The price of all pieces, and shipping."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """The marketplace says what was bought."""

    line: BoughtLine
    at: datetime


@dataclass(frozen=True, slots=True)
class LineNoted:
    line: BoughtLine
    at: datetime


def decide(command: NoteLine, state: BoughtLine | None) -> list[LineNoted]:
    """Return what is new."""
    return [] if state == command.line else [LineNoted(command.line, command.at)]


def evolve(_state: BoughtLine | None, event: LineNoted) -> BoughtLine:
    """Return what is known after it."""
    return event.line
