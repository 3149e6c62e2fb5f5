"""A product model and what is sought of it. Some searches stand for it: whoever is told to have bought it later is concerned as well."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import SearchId


@dataclass(frozen=True, slots=True)
class NoteModel:
    """A line or a listing of the model is told of, so that there is something to guard."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NoteSearch:
    """A search begins."""

    search_id: SearchId
    stands: bool
    """It also concerns what is told of later."""
    at: datetime


Command = NoteModel | NoteSearch


@dataclass(frozen=True, slots=True)
class ModelNoted:
    at: datetime


@dataclass(frozen=True, slots=True)
class SearchNoted:
    search_id: SearchId
    stands: bool
    at: datetime


Event = ModelNoted | SearchNoted


@dataclass(frozen=True, slots=True)
class ProductModel:
    searches: tuple[SearchId, ...] = ()
    """Those that stand for it."""
    others: tuple[SearchId, ...] = ()
    """Those that concern what was told of before them."""


def decide(command: Command, state: ProductModel | None) -> list[Event]:
    """Return what is new."""
    match command:
        case NoteModel(at):
            return [ModelNoted(at)] if state is None else []
        case NoteSearch(search_id, stands, at):
            known = state is not None and search_id in (*state.searches, *state.others)
            return [] if known else [SearchNoted(search_id, stands, at)]
        case _:
            assert_never(command)


def evolve(state: ProductModel | None, event: Event) -> ProductModel:
    """Return the state after a fact."""
    known = state or ProductModel()
    match event:
        case ModelNoted():
            return known
        case SearchNoted(search_id, True, _):
            return replace(known, searches=(*known.searches, search_id))
        case SearchNoted(search_id, _, _):
            return replace(known, others=(*known.others, search_id))
        case _:
            assert_never(event)
