"""A search over the order lines and listings of a model, a page at a time. It remembers where it is, and decides about no case."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ombud_words import CaseId, EventId, SearchId, SellerId, Trigger


class Phase(StrEnum):
    """What is looked through."""

    LINES = "lines"
    LISTINGS = "listings"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for, and why."""

    search_id: SearchId
    model: str
    trigger: Trigger
    told_by: EventId
    """The event that began it: a recall, a brand notice, or a verdict."""
    shows: tuple[str, ...]
    """Kinds of fact that this event shows of every piece; none where a person must look at each."""
    markets: tuple[str, ...]
    seller_id: SellerId | None = None
    """None: whoever sold the model."""
    origin: CaseId | None = None
    """The case whose verdict began it."""


@dataclass(frozen=True, slots=True)
class BeginSearch:
    sought: Sought
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A page was looked through: where the next one begins, and how many of it are concerned."""

    phase: Phase
    after: str
    concerned: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawSearch:
    """What began it counts no longer: what followed is undone, a page at a time."""

    at: datetime


Command = BeginSearch | Advance | WithdrawSearch


@dataclass(frozen=True, slots=True)
class SearchBegun:
    sought: Sought
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAdvanced:
    phase: Phase
    after: str
    concerned: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SearchWithdrawn:
    at: datetime


Event = SearchBegun | SearchAdvanced | SearchWithdrawn


@dataclass(frozen=True, slots=True)
class Search:
    sought: Sought
    phase: Phase = Phase.LINES
    after: str = ""
    """The last id that was looked at in this phase."""
    concerned: int = 0
    withdrawn: bool = False
    """What began it counts no longer."""


def decide(command: Command, state: Search | None) -> list[Event]:
    """Return what happens; a search begins once, and one that is over stays so."""
    match command:
        case BeginSearch(sought, at):
            return [] if state is not None else [SearchBegun(sought, at)]
        case Advance():
            if state is None or state.phase == Phase.OVER:
                return []
            told = SearchAdvanced(phase=command.phase, after=command.after, concerned=command.concerned, at=command.at)
            return [told]
        case WithdrawSearch(at):
            return [] if state is None or state.withdrawn else [SearchWithdrawn(at)]
        case _:
            assert_never(command)


def evolve(state: Search | None, event: Event) -> Search:
    """Return the state after a fact."""
    match event:
        case SearchBegun(sought, _):
            return Search(sought)
        case SearchAdvanced(phase=phase, after=after, concerned=concerned):
            assert state is not None, "a search begins before it advances"
            return replace(state, phase=phase, after=after, concerned=state.concerned + concerned)
        case SearchWithdrawn():
            assert state is not None, "a search begins before it is withdrawn"
            return Search(state.sought, withdrawn=True)
        case _:
            assert_never(event)
