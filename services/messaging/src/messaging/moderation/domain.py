"""Who looks at a message that waits for a check. An assignment ends by itself, so that no message is stuck with anybody."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.conversations.domain.refusals import AssignedToAnother, NotAssigned


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the message to somebody until an instant; `overrides` takes it from whoever has it (a supervisor)."""

    message_id: str
    to: str
    until: datetime
    overrides: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Unassign:
    """Give the message back to the queue."""

    by: str
    overrides: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteDecision:
    """Somebody decides about the message."""

    message_id: str
    by: str
    reasons: tuple[str, ...]
    at: datetime


Command = Assign | Unassign | NoteDecision


@dataclass(frozen=True, slots=True)
class Assigned:
    message_id: str
    to: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Unassigned:
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    message_id: str
    by: str
    reasons: tuple[str, ...]
    at: datetime


Event = Assigned | Unassigned | Decided


@dataclass(frozen=True, slots=True)
class Assignment:
    message_id: str
    to: str | None = None
    until: datetime | None = None

    def held_at(self, at: datetime) -> str | None:
        """Return who has the message at an instant, or None."""
        return self.to if self.until is not None and at < self.until else None


def decide(command: Command, state: Assignment | None) -> list[Event]:
    """Return what happens. Raises AssignedToAnother, NotAssigned."""
    match command:
        case Assign(message_id, to, until, overrides, at):
            if not overrides:
                _expect_free(state, to, at)
            return [Assigned(message_id, to, until, at)]
        case Unassign(by, overrides, at):
            if state is None or state.held_at(at) is None:
                raise NotAssigned("nobody has the message at present")
            if not overrides:
                _expect_free(state, by, at)
            return [Unassigned(at)]
        case NoteDecision(message_id, by, reasons, at):
            _expect_free(state, by, at)
            return [Decided(message_id, by, reasons, at)]
        case _:
            assert_never(command)


def _expect_free(state: Assignment | None, person_id: str, at: datetime) -> None:
    holder = state.held_at(at) if state else None
    if state is not None and state.until is not None and holder not in (None, person_id):
        raise AssignedToAnother(state.until)


def evolve(state: Assignment | None, event: Event) -> Assignment:
    """Return the state after a fact."""
    match event:
        case Assigned(message_id, to, until, _):
            return Assignment(message_id, to, until)
        case Unassigned():
            assert state is not None, "only an assigned message is unassigned"
            return replace(state, to=None, until=None)
        case Decided(message_id):
            return Assignment(message_id)
        case _:
            assert_never(event)
