"""A case as billing knows it: closed or not. Nothing more is charged while it is closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from billing.refusals import CaseClosed


@dataclass(frozen=True, slots=True)
class MeetCase:
    """Billing meets the case for the first time."""

    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteClosing:
    """The case was closed, or reopened."""

    closed: bool
    at: datetime


Command = MeetCase | NoteClosing


@dataclass(frozen=True, slots=True)
class CaseMet:
    closed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosingNoted:
    closed: bool
    at: datetime


Event = CaseMet | ClosingNoted


@dataclass(frozen=True, slots=True)
class KnownCase:
    closed: bool

    def expect_open(self) -> None:
        """Raise CaseClosed when nothing more may be charged for the case."""
        if self.closed:
            raise CaseClosed("The case is closed; reopen it before charging.")


def decide(command: Command, state: KnownCase | None) -> list[Event]:
    """Return what is new."""
    match command:
        case MeetCase(closed, at):
            return [CaseMet(closed, at)] if state is None else []
        case NoteClosing(closed, at):
            return [] if state is not None and state.closed == closed else [ClosingNoted(closed, at)]
        case _:
            assert_never(command)


def evolve(_state: KnownCase | None, event: Event) -> KnownCase:
    """Return what is known after it."""
    return KnownCase(event.closed)
