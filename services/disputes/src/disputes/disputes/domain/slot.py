"""A slot per order line, reason family and side: at most one live dispute is in it (section 5).

What ended is opened again for a new fact only, which staff names or a system has shown since; what was withdrawn can be opened again once (casework, section 4), and what
lapsed by a deadline that had not passed, as if it had not ended.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from disputes.refusals import DisputeAlreadyLive, DisputeEndedBefore
from ombud_words import DisputeId

_WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Occupy:
    dispute_id: DisputeId
    at: datetime
    new_fact: str | None = None
    """The kind of fact for which staff opens again what has ended."""
    shown_since: datetime | None = None
    """Since when a system shows a fact that the dispute rests on: it is new where what ended here had ended before."""


@dataclass(frozen=True, slots=True)
class Free:
    dispute_id: DisputeId
    stage: str
    """In which it ended."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ForgetEnd:
    """The last dispute here ended by a deadline that had not passed (S-3)."""

    dispute_id: DisputeId
    at: datetime


Command = Occupy | Free | ForgetEnd


@dataclass(frozen=True, slots=True)
class Occupied:
    dispute_id: DisputeId
    at: datetime


@dataclass(frozen=True, slots=True)
class Freed:
    dispute_id: DisputeId
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndForgotten:
    dispute_id: DisputeId
    at: datetime


Event = Occupied | Freed | EndForgotten


@dataclass(frozen=True, slots=True)
class Slot:
    dispute_id: DisputeId | None
    ended_id: DisputeId | None = None
    """The last dispute that ended in this slot."""
    ended_stage: str | None = None
    ended_at: datetime | None = None
    """When that was; None for what ended before this was kept."""
    withdrawn: int = 0
    """How often a dispute was withdrawn here."""
    end_forgotten: bool = False
    """The next one needs no new fact, and may be opened after the reason's window: it could have been escalated until then."""


def decide(command: Command, state: Slot | None) -> list[Event]:
    """Return what happens. Raises DisputeAlreadyLive or DisputeEndedBefore."""
    live = state.dispute_id if state else None
    match command:
        case Occupy(dispute_id, at, new_fact, shown_since):
            if live == dispute_id:
                return []
            if live is not None:
                raise DisputeAlreadyLive(live)
            if new_fact is None and state is not None and not _ended_before(state, shown_since):
                _expect_not_final(state)
            return [Occupied(dispute_id, at)]
        case Free(dispute_id, stage, at):
            return [Freed(dispute_id, stage, at)] if live == dispute_id else []
        case ForgetEnd(dispute_id, at):
            ended = live is None and state is not None and state.ended_id == dispute_id
            return [EndForgotten(dispute_id, at)] if ended else []
        case _:
            assert_never(command)


def _ended_before(state: Slot, shown_since: datetime | None) -> bool:
    return shown_since is not None and state.ended_at is not None and state.ended_at < shown_since


def _expect_not_final(state: Slot) -> None:
    if state.ended_id is None or state.ended_stage is None:
        return
    if state.ended_stage != _WITHDRAWN or state.withdrawn > 1:
        raise DisputeEndedBefore(state.ended_id, state.ended_stage)


def evolve(state: Slot | None, event: Event) -> Slot:
    """Return the state after a fact."""
    before = state or Slot(None)
    match event:
        case Occupied(dispute_id, _):
            return replace(before, dispute_id=dispute_id, end_forgotten=False)
        case Freed(dispute_id, stage, at):
            withdrawn = before.withdrawn + (stage == _WITHDRAWN)
            return Slot(None, ended_id=dispute_id, ended_stage=stage, ended_at=at, withdrawn=withdrawn)
        case EndForgotten():
            return Slot(None, withdrawn=before.withdrawn, end_forgotten=True)
        case _:
            assert_never(event)
