"""An erasure: what a person wrote and received becomes unreadable, in steps that can be repeated, and is then reported."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.domain.refusals import UnknownErasure


@dataclass(frozen=True, slots=True)
class OrderErasure:
    """Erase a person, who is known in one role."""

    id: str
    person_id: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportErasure:
    """Everything of the person is unreadable."""

    conversations: int
    messages: int
    at: datetime


Command = OrderErasure | ReportErasure


@dataclass(frozen=True, slots=True)
class ErasureOrdered:
    """Somebody with the right asked for it."""

    id: str
    person_id: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonErased:
    """Nothing of the person can be read any more."""

    conversations: int
    messages: int
    at: datetime


Event = ErasureOrdered | PersonErased


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whom to erase, and whether it was done."""

    id: str
    person_id: str
    role: str
    ordered_at: datetime
    conversations: int = 0
    messages: int = 0
    erased_at: datetime | None = None


def decide(command: Command, state: Erasure | None) -> list[Event]:
    """Return what happens. Raises UnknownErasure."""
    if isinstance(command, OrderErasure):
        return [ErasureOrdered(command.id, command.person_id, command.role, command.at)] if state is None else []
    if state is None:
        raise UnknownErasure("there is no such erasure")
    match command:
        case ReportErasure(conversations, messages, at):
            return [PersonErased(conversations, messages, at)] if state.erased_at is None else []
        case _:
            assert_never(command)


def evolve(state: Erasure | None, event: Event) -> Erasure:
    """Return the state after a fact."""
    if isinstance(event, ErasureOrdered):
        return Erasure(event.id, event.person_id, event.role, event.at)
    assert state is not None, "an erasure is born by ErasureOrdered"
    match event:
        case PersonErased(conversations, messages, at):
            return replace(state, conversations=conversations, messages=messages, erased_at=at)
        case _:
            assert_never(event)
