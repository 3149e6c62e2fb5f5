"""A product model, and the searches that stand for it: whoever is told to have bought it later is concerned as well."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ombud_words import SearchId


@dataclass(frozen=True, slots=True)
class NoteModel:
    """A line or a listing of the model is told of, so that there is something to guard."""

    at: datetime


@dataclass(frozen=True, slots=True)
class StandFor:
    """A search begins that also concerns what is told of later."""

    search_id: SearchId
    at: datetime


Command = NoteModel | StandFor


@dataclass(frozen=True, slots=True)
class ModelNoted:
    at: datetime


@dataclass(frozen=True, slots=True)
class SearchStands:
    search_id: SearchId
    at: datetime


Event = ModelNoted | SearchStands


@dataclass(frozen=True, slots=True)
class ProductModel:
    searches: tuple[SearchId, ...] = ()


def decide(command: Command, state: ProductModel | None) -> list[Event]:
    """Return what is new."""
    match command:
        case NoteModel(at):
            return [ModelNoted(at)] if state is None else []
        case StandFor(search_id, at):
            return [] if state is not None and search_id in state.searches else [SearchStands(search_id, at)]
        case _:
            assert_never(command)


def evolve(state: ProductModel | None, event: Event) -> ProductModel:
    """Return the state after a fact."""
    known = state or ProductModel()
    match event:
        case ModelNoted():
            return known
        case SearchStands(search_id, _):
            return ProductModel((*known.searches, search_id))
        case _:
            assert_never(event)
