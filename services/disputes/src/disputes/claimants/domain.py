"""A buyer as a claimant in a market: on which step messaging says that they stand, and which dispute they opened under its
limit last."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import CLAIMS_LIMITED, DisputeId


@dataclass(frozen=True, slots=True)
class NoteStep:
    """Where the buyer stands now; None for nowhere."""

    step: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenUnderLimit:
    """A dispute is opened as the limit asks: two at once write the same claimant, so that the second sees the first."""

    dispute_id: DisputeId
    at: datetime


Command = NoteStep | OpenUnderLimit


@dataclass(frozen=True, slots=True)
class StepNoted:
    step: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedUnderLimit:
    dispute_id: DisputeId
    at: datetime


Event = StepNoted | OpenedUnderLimit


@dataclass(frozen=True, slots=True)
class Claimant:
    step: str | None = None
    opened_last: DisputeId | None = None
    """Under the limit."""

    @property
    def limited(self) -> bool:
        """Tell whether a claim comes with its evidence, and one at a time."""
        return self.step == CLAIMS_LIMITED


def decide(command: Command, state: Claimant | None) -> list[Event]:
    """Return what is new."""
    match command:
        case NoteStep(step, at):
            return [] if state is not None and state.step == step else [StepNoted(step, at)]
        case OpenUnderLimit(dispute_id, at):
            return [OpenedUnderLimit(dispute_id, at)]
        case _:
            assert_never(command)


def evolve(state: Claimant | None, event: Event) -> Claimant:
    """Return the state after a fact."""
    before = state or Claimant()
    match event:
        case StepNoted(step, _):
            return replace(before, step=step)
        case OpenedUnderLimit(dispute_id, _):
            return replace(before, opened_last=dispute_id)
        case _:
            assert_never(event)
