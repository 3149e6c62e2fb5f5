"""What one run pays to one seller: begun when the run is told, advanced a page of charges at a time, then done."""

from dataclasses import dataclass, replace
from datetime import datetime

from ombud_words import Currency, Market, PayoutId, RunId, SellerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Whom a run pays, and up to when it takes what was posted."""

    payout_id: PayoutId
    run_id: RunId
    seller_id: SellerId
    market: Market
    currency: Currency
    run_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePayout:
    """A page of charges was taken or paid back."""

    run: Run
    taken_minor: int
    repaid_minor: int
    charges: int
    more: bool
    at: datetime


Command = AdvancePayout
PayoutAdvanced = AdvancePayout
Event = PayoutAdvanced


@dataclass(frozen=True, slots=True)
class Payout:
    run: Run
    taken_minor: int = 0
    repaid_minor: int = 0
    charges: int = 0
    done: bool = False


def decide(command: Command, state: Payout | None) -> list[Event]:
    """Return what happens: nothing after the last page."""
    return [] if state is not None and state.done else [command]


def evolve(state: Payout | None, event: Event) -> Payout:
    """Return the state after a page."""
    known = state or Payout(event.run)
    return replace(
        known,
        taken_minor=known.taken_minor + event.taken_minor,
        repaid_minor=known.repaid_minor + event.repaid_minor,
        charges=known.charges + event.charges,
        done=not event.more,
    )
