"""Goodwill in a case: what staff gave of the platform's own money, up to the limit of the role that gives (S-2).

The limit holds for the case: what others gave before counts. A party neither offers nor accepts goodwill.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from disputes.refusals import AboveAuthority, CurrencyOfAnotherMarket
from ombud_words import BuyerId, CaseId, Currency, DecisionId, DisputeId, LineId, Market, OrderId, SellerId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What is given, to whom, by whom, and why."""

    decision_id: DecisionId
    dispute_id: DisputeId | None
    """The dispute whose decision gives it, and tells of it; None for a gift outside of a dispute."""
    case_id: CaseId
    market: Market
    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    amount_minor: int
    currency: Currency
    reason: str
    given_by: str
    giver_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveGoodwill:
    gift: Gift
    limit_minor: int | None
    """The most that this role may give in a case; None for any amount."""


@dataclass(frozen=True, slots=True)
class GoodwillGiven:
    gift: Gift

    @property
    def at(self) -> datetime:
        return self.gift.at


@dataclass(frozen=True, slots=True)
class Goodwill:
    """What was given in one case."""

    case_id: CaseId
    market: Market
    given: tuple[tuple[DecisionId, int], ...]
    """By which decision, and how much; minor units of the market's currency."""

    @property
    def total_minor(self) -> int:
        """What was given in the case so far."""
        return sum(amount for _, amount in self.given)


def expect_currency(given: str, market_currency: str) -> None:
    """Raise CurrencyOfAnotherMarket unless a gift is in the currency of its market."""
    if given != market_currency:
        raise CurrencyOfAnotherMarket(f"Goodwill in this market is in {market_currency}.")


def decide(command: GiveGoodwill, state: Goodwill | None) -> list[GoodwillGiven]:
    """Return what happens; the same decision gives once. Raises AboveAuthority."""
    gift, limit = command.gift, command.limit_minor
    if state is not None and any(decision_id == gift.decision_id for decision_id, _ in state.given):
        return []
    before = state.total_minor if state is not None else 0
    if limit is not None and before + gift.amount_minor > limit:
        raise AboveAuthority(max(0, limit - before))
    return [GoodwillGiven(gift)]


def evolve(state: Goodwill | None, event: GoodwillGiven) -> Goodwill:
    """Return the state after a gift."""
    gift = event.gift
    known = state or Goodwill(gift.case_id, gift.market, ())
    return replace(known, given=(*known.given, (gift.decision_id, gift.amount_minor)))
