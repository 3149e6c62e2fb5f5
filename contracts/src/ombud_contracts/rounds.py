"""What an event of a clock says of its round: for services that show by when something is owed, and count nothing (S-5)."""

from typing import Any

from ombud_contracts.events.sla_monitor import (
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockPaused,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    ClockWaived,
    DeadlineMoved,
)

RUNNING = "RUNNING"
"""It is owed, and the deadline lies ahead."""
BREACHED = "BREACHED"
"""The deadline has passed, and what was owed still is."""


def said_of_round(clock: ClockEvent) -> dict[str, Any] | None:
    """Return what changes of a round: its `verdict`, and where it is told `due_by` and `on_silence`; None when nothing does."""
    match clock:
        case ClockStarted(due_by=due_by, on_silence=on_silence):
            return {"verdict": RUNNING, "due_by": due_by, "on_silence": on_silence}
        case ClockSatisfied(verdict=verdict, due_by=due_by):
            return {"verdict": verdict, "due_by": due_by}
        case ClockPaused(until_at_most=until):
            return {"verdict": "PAUSED", "due_by": until}
        case ClockResumed(due_by=due_by) | DeadlineMoved(due_by=due_by) | ClockContinued(due_by=due_by):
            return {"verdict": RUNNING, "due_by": due_by}
        case ClockWaived():
            return {"verdict": "WAIVED"}
        case ClockVoided():
            return {"verdict": "VOID"}
        case ClockBreached(due_by=due_by):
            return {"verdict": BREACHED, "due_by": due_by}
        case BreachWithdrawn():
            return {"verdict": RUNNING}
        case _:
            return None
