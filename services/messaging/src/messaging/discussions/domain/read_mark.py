"""How far a person has read a conversation. A mark never goes back."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MarkRead:
    """The person has read up to a message."""

    case_id: str
    role: str
    person_id: str
    position: int
    at: datetime


Command = MarkRead


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    case_id: str
    role: str
    person_id: str
    position: int
    at: datetime


Event = ReadUpTo


@dataclass(frozen=True, slots=True)
class ReadMark:
    case_id: str
    role: str
    person_id: str
    position: int = 0


def decide(command: Command, state: ReadMark | None) -> list[Event]:
    """Return what happens; nothing when as much or more was read before."""
    if state is not None and command.position <= state.position:
        return []
    return [ReadUpTo(command.case_id, command.role, command.person_id, command.position, command.at)]


def evolve(state: ReadMark | None, event: Event) -> ReadMark:
    """Return the state after a fact."""
    before = state or ReadMark(event.case_id, event.role, event.person_id)
    return replace(before, position=event.position)
