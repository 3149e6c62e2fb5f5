"""Who looks at a message that waits for a check. An assignment ends by itself, so that no message is stuck with anybody."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.conversations.domain import Refusal
from ombud_words import MessageId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give the message to somebody until an instant; `overrides` takes it from whoever has it (a supervisor)."""

    message_id: MessageId
    to: PersonId
    until: datetime
    overrides: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Unassign:
    """Give the message back to the queue."""

    by: PersonId
    overrides: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDecision:
    """Somebody decides about the message; `overrides` decides whoever has it (a rule, when its time is over)."""

    message_id: MessageId
    by: PersonId
    reasons: tuple[str, ...]
    at: datetime
    overrides: bool = False


Command = Assign | Unassign | NoteDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    message_id: MessageId
    to: PersonId
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Unassigned:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    message_id: MessageId
    by: PersonId
    reasons: tuple[str, ...]
    at: datetime


Event = Assigned | Unassigned | Decided


@dataclass(frozen=True, slots=True)
class Assignment:
    message_id: MessageId
    to: PersonId | None = None
    until: datetime | None = None

    def held_at(self, at: datetime) -> PersonId | None:
        """Return who has the message at an instant, or None."""
        return self.to if self.until is not None and at < self.until else None


class AssignedToAnother(Refusal):
    """Somebody else has the message; a supervisor can take it over."""

    def __init__(self, until: datetime) -> None:
        super().__init__("This message is assigned to somebody else. Wait, or ask a supervisor to take it over.")
        self.facts = {"assigned_until": until.isoformat()}


class NotAssigned(Refusal):
    """Nobody has the message."""


def decide(command: Command, state: Assignment | None) -> list[Event]:
    """Return what happens. Raises AssignedToAnother, NotAssigned."""
    match command:
        case Assign(message_id=message_id, to=to, until=until, at=at):
            if not command.overrides:
                _expect_free(state, to, at)
            return [Assigned(message_id=message_id, to=to, until=until, at=at)]
        case Unassign(by, overrides, at):
            if state is None or state.held_at(at) is None:
                raise NotAssigned("the message is not assigned to anybody at present")
            if not overrides:
                _expect_free(state, by, at)
            return [Unassigned(at)]
        case NoteDecision(message_id=message_id, by=by, reasons=reasons, at=at):
            if not command.overrides:
                _expect_free(state, by, at)
            return [Decided(message_id=message_id, by=by, reasons=reasons, at=at)]
        case _:
            assert_never(command)


def _expect_free(state: Assignment | None, person_id: PersonId, at: datetime) -> None:
    holder = state.held_at(at) if state else None
    if state is not None and state.until is not None and holder not in (None, person_id):
        raise AssignedToAnother(state.until)


def evolve(state: Assignment | None, event: Event) -> Assignment:
    """Return the state after a fact."""
    match event:
        case Assigned(message_id=message_id, to=to, until=until):
            return Assignment(message_id, to, until)
        case Unassigned():
            assert state is not None, "only an assigned message is unassigned"
            return replace(state, to=None, until=None)
        case Decided(message_id=message_id):
            return Assignment(message_id)
        case _:
            assert_never(event)
