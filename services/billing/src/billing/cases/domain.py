"""A case as billing knows it: whose it is, and closed or not. Nothing more is charged while it is closed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from billing.refusals import CaseClosed
from ombud_words import Market, SellerId


@dataclass(frozen=True, slots=True)
class MeetCase:
    """Billing meets the case for the first time."""

    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteClosing:
    """The case was closed, or reopened."""

    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOpening:
    """The case was opened in a market, or moved to another counterpart."""

    market: Market | None
    """None keeps the market that was told before."""
    seller_id: SellerId | None
    """The seller who is a party; None when the platform owes the answer."""
    at: datetime


Command = MeetCase | NoteClosing | NoteOpening


@dataclass(frozen=True, slots=True)
class CaseMet:
    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosingNoted:
    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningNoted:
    market: Market | None
    seller_id: SellerId | None
    at: datetime


Event = CaseMet | ClosingNoted | OpeningNoted


@dataclass(frozen=True, slots=True)
class KnownCase:
    closed: bool = False
    market: Market | None = None
    """None until its opening is told, and for a case that was opened before billing kept it."""
    seller_id: SellerId | None = None

    def expect_open(self) -> None:
        """Raise CaseClosed when nothing more may be charged for the case."""
        if self.closed:
            raise CaseClosed("The case is closed; reopen it before charging.")


def decide(command: Command, state: KnownCase | None) -> list[Event]:
    """Return what is new."""
    match command:
        case MeetCase(closed, at):
            return [CaseMet(closed, at)] if state is None else []
        case NoteClosing(closed, at):
            return [] if state is not None and state.closed == closed else [ClosingNoted(closed, at)]
        case NoteOpening():
            return _note_opening(command, state or KnownCase())
        case _:
            assert_never(command)


def _note_opening(command: NoteOpening, known: KnownCase) -> list[Event]:
    market = command.market or known.market
    if (known.market, known.seller_id) == (market, command.seller_id):
        return []
    return [OpeningNoted(market=market, seller_id=command.seller_id, at=command.at)]


def evolve(state: KnownCase | None, event: Event) -> KnownCase:
    """Return what is known after it."""
    known = state or KnownCase()
    match event:
        case CaseMet(closed, _) | ClosingNoted(closed, _):
            return replace(known, closed=closed)
        case OpeningNoted(market=market, seller_id=seller_id):
            return replace(known, market=market, seller_id=seller_id)
        case _:
            assert_never(event)
