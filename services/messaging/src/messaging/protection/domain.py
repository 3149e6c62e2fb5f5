"""An erasure: what a person wrote and received becomes unreadable, in steps that can be repeated, and is then reported."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.conversations.domain import Refusal
from ombud_words import ErasureId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderErasure:
    """Erase a person, who is known in one role."""

    id: ErasureId
    person_id: PersonId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrdered:
    """Somebody with the right asked for it."""

    id: ErasureId
    person_id: PersonId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Whom to erase, and whether it was done."""

    id: ErasureId
    person_id: PersonId
    role: str
    ordered_at: datetime
    conversations: int = 0
    messages: int = 0
    erased_at: datetime | None = None
    known_in: tuple[str, ...] = ()
    """Empty where the person was in no market, or in unknown ones."""


class UnknownErasure(Refusal):
    """There is no such erasure."""


def decide(command: Command, state: Erasure | None) -> list[Event]:
    """Return what happens. Raises UnknownErasure."""
    if isinstance(command, OrderErasure):
        return [_ordered(command)] if state is None else []
    if state is None:
        raise UnknownErasure("there is no such erasure")
    match command:
        case ReportErasure(conversations, messages, at):
            return [PersonErased(conversations, messages, at)] if state.erased_at is None else []
        case _:
            assert_never(command)


def _ordered(c: OrderErasure) -> ErasureOrdered:
    return ErasureOrdered(id=c.id, person_id=c.person_id, role=c.role, at=c.at, known_in=c.known_in)


def evolve(state: Erasure | None, event: Event) -> Erasure:
    """Return the state after a fact."""
    if isinstance(event, ErasureOrdered):
        return Erasure(
            id=event.id, person_id=event.person_id, role=event.role, ordered_at=event.at, known_in=event.known_in
        )
    assert state is not None, "an erasure is born by ErasureOrdered"
    match event:
        case PersonErased(conversations, messages, at):
            return replace(state, conversations=conversations, messages=messages, erased_at=at)
        case _:
            assert_never(event)
