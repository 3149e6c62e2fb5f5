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
STANDING_COLLECTION = "standing"


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


@dataclass(frozen=True, slots=True)
class Note:
    """One of several aggregates that act on a subject begins or ends to stand."""

    subject: str
    stands: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The aggregates that stand."""

    subjects: tuple[str, ...] = ()


def note(command: Note, state: Standing | None) -> list[Note]:
    """Return what changes."""
    known = state is not None and (command.subject in state.subjects) is command.stands
    return [] if known else [command]


def noted(state: Standing | None, event: Note) -> Standing:
    """Return what stands after it."""
    others = tuple(s for s in (state.subjects if state else ()) if s != event.subject)
    return Standing((*others, event.subject) if event.stands else others)


STANDING: Kind[Note, Note, Standing] = Kind(
    collection=STANDING_COLLECTION,
    state=Standing,
    decide=note,
    evolve=noted,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("standing"),
)


def heard_id(what: str, subject: str) -> str:
    """Return the id of what was heard last about one thing, for the hint which aggregates an event will touch."""
    return f"{what}|{subject}"


async def is_news(what: str, metadata: Metadata, unit: Unit) -> bool:
    """Whether no later event of the same aggregate was heard about this; `what` names the projection.

    The sequence of an aggregate counts its events. The answer and what is kept after it are written together.
    """
    id = heard_id(what, metadata.subject)
    known = await unit.read(HEARD, id)
    if known is not None and metadata.sequence < known.place:
        return False
    await unit.execute(HEARD, id, Hear(metadata.sequence, unit.now))
    return True


async def note_end(what: str, metadata: Metadata, unit: Unit) -> None:
    """Remember an event that ends what earlier ones of its aggregate say."""
    await is_news(what, metadata, unit)


async def is_ended(what: str, metadata: Metadata, unit: Unit) -> bool:
    """Whether an event was heard, and noted as an end, that came after this one of the same aggregate.

    What is decided on the answer holds at commit: an end that is noted meanwhile conflicts with it.
    """
    id = heard_id(what, metadata.subject)
    if await unit.read(HEARD, id) is None:
        await unit.execute(HEARD, id, Hear(0, unit.now))  # before the first place, so that there is something to guard
    return metadata.sequence < (await unit.guard(HEARD, id)).place


async def any_stands(what: str, subject: str, metadata: Metadata, unit: Unit, *, begins: bool) -> bool | None:
    """Whether any of the aggregates that act on a subject stands after this event of one, such as a takeover of a case.

    Returns None when a later event of the same aggregate was heard. No clock is asked: an aggregate begins and ends for
    itself, so one that is told late neither ends another nor stands again.
    """
    if not await is_news(what, metadata, unit):
        return None
    command = Note(metadata.subject, begins, unit.now)
    standing = await unit.execute(STANDING, heard_id(what, subject), command)
    return bool(standing.subjects)
