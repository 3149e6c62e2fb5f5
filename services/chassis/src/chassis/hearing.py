"""What was heard last of another service's matter, so that an older event, replayed or late, is not taken for news.

Events of one aggregate arrive in order, but one that was parked can be replayed after those that followed it. A projection
asks whether an event is news before it keeps what the event says. Effects that must happen whenever the event comes (a
charge, a message) do not ask.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin, Unit
from ombud_contracts import Metadata

HEARD_COLLECTION = "heard"


@dataclass(frozen=True, slots=True)
class Hear:
    """An event is heard whose place among those of its matter is this."""

    place: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WasHeard:
    """It is the newest so far."""

    place: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """The place of the newest event that was heard."""

    place: int


def decide(command: Hear, state: Heard | None) -> list[WasHeard]:
    """Return what is new; an older place, or the same, is not."""
    return [WasHeard(command.place, command.at)] if state is None or command.place > state.place else []


def evolve(_state: Heard | None, event: WasHeard) -> Heard:
    """Return the newest place."""
    return Heard(event.place)


HEARD: Kind[Hear, WasHeard, Heard] = Kind(
    collection=HEARD_COLLECTION,
    state=Heard,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("heard"),
)


def heard_id(what: str, subject: str) -> str:
    """Return the id of what was heard last about one thing, for the hint which aggregates an event will touch."""
    return f"{what}|{subject}"


async def is_news(what: str, metadata: Metadata, unit: Unit) -> bool:
    """Whether no later event of the same aggregate was heard about this; `what` names the projection.

    The sequence of an aggregate counts its events. The answer and what is kept after it are written together.
    """
    return await _is_newest(heard_id(what, metadata.subject), metadata.sequence, unit)


async def note_end(what: str, metadata: Metadata, unit: Unit) -> None:
    """Remember an event that ends what earlier ones of its aggregate say."""
    await is_news(what, metadata, unit)


async def is_ended(what: str, metadata: Metadata, unit: Unit) -> bool:
    """Whether an event was heard, and noted as an end, that came after this one of the same aggregate."""
    known = await unit.state(HEARD, heard_id(what, metadata.subject))
    return known is not None and metadata.sequence < known.place


async def is_latest(what: str, subject: str, metadata: Metadata, unit: Unit) -> bool:
    """Whether nothing that was recorded later was heard about this subject, on which several aggregates of a service act."""
    return await _is_newest(heard_id(what, subject), int(metadata.recorded_at.timestamp() * 1000), unit)


async def _is_newest(id: str, place: int, unit: Unit) -> bool:
    known = await unit.state(HEARD, id)
    if known is not None and place < known.place:
        return False
    await unit.execute(HEARD, id, Hear(place, unit.session.now()))
    return True
