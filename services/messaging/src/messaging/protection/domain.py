"""An erasure: what a person wrote and received becomes unreadable, in steps that can be repeated, and is then reported."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.conversations.domain.refusals import UnknownErasure


@dataclass(frozen=True, slots=True)
class OrderErasure:
    """Erase a person, who is known in one role."""

    id: str
    person_id: str
    role: str
    at: datetime
    known_in: tuple[str, ...] = ()
    """Markets in which the person has conversations: whoever may see the erasure works in all of them."""


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
    known_in: tuple[str, ...] = ()


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
    known_in: tuple[str, ...] = ()
    """Empty where the person was in no market, or in unknown ones."""


def decide(command: Command, state: Erasure | None) -> list[Event]:
    """Return what happens. Raises UnknownErasure."""
    if isinstance(command, OrderErasure):
        c = command
        return [ErasureOrdered(c.id, c.person_id, c.role, c.at, c.known_in)] if state is None else []
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
        return Erasure(event.id, event.person_id, event.role, event.at, known_in=event.known_in)
    assert state is not None, "an erasure is born by ErasureOrdered"
    match event:
        case PersonErased(conversations, messages, at):
            return replace(state, conversations=conversations, messages=messages, erased_at=at)
        case _:
            assert_never(event)
