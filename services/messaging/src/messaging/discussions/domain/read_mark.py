"""How far a person has read a conversation. A mark never goes back."""

from dataclasses import dataclass, replace
from datetime import datetime

from ombud_words import CaseId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRead:
    """The person has read up to a message."""

    case_id: CaseId
    role: str
    person_id: PersonId
    position: int
    at: datetime


Command = MarkRead


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUpTo:
    case_id: CaseId
    role: str
    person_id: PersonId
    position: int
    at: datetime


Event = ReadUpTo


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMark:
    case_id: CaseId
    role: str
    person_id: PersonId
    position: int = 0


def decide(command: Command, state: ReadMark | None) -> list[Event]:
    """Return what happens; nothing when as much or more was read before."""
    if state is not None and command.position <= state.position:
        return []
    return [
        ReadUpTo(
            case_id=command.case_id,
            role=command.role,
            person_id=command.person_id,
            position=command.position,
            at=command.at,
        )
    ]


def evolve(state: ReadMark | None, event: Event) -> ReadMark:
    """Return the state after a fact."""
    before = state or ReadMark(case_id=event.case_id, role=event.role, person_id=event.person_id)
    return replace(before, position=event.position)
