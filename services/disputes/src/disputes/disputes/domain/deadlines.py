"""By when something is owed in a dispute, as its clocks say: nothing is counted here (S-5)."""

from dataclasses import replace

from disputes.disputes.domain.commands import ForgetDeadline, NoteDeadline
from disputes.disputes.domain.events import Deadline, DeadlineForgotten, DeadlineNoted
from disputes.disputes.domain.state import Dispute

ESCALATION_WINDOW = "escalation_window"
"""The clock at whose end a negotiation lapses."""


def note(state: Dispute, c: NoteDeadline) -> list[DeadlineNoted]:
    """Return what is new; what a clock does not say again stays."""
    known = state.deadline(c.kind, c.round)
    said = Deadline(
        kind=c.kind,
        round=c.round,
        owner=c.owner,
        verdict=c.verdict,
        due_by=c.due_by or (known.due_by if known else None),
        on_silence=c.on_silence or (known.on_silence if known else None),
    )
    return [DeadlineNoted(said, c.at)] if said != known else []


def forget(state: Dispute, c: ForgetDeadline) -> list[DeadlineForgotten]:
    """Return what is gone."""
    return [DeadlineForgotten(c.kind, c.round, c.at)] if state.deadline(c.kind, c.round) else []


def noted(state: Dispute, deadline: Deadline) -> Dispute:
    """Return the state after a clock said something."""
    others = _without(state, deadline.kind, deadline.round)
    lapses_at = state.lapses_at
    if deadline.kind == ESCALATION_WINDOW:
        lapses_at = deadline.due_by or lapses_at
    return replace(state, deadlines=(*others, deadline), lapses_at=lapses_at)


def forgotten(state: Dispute, kind: str, round: int) -> Dispute:
    """Return the state after a round turned out never to have been."""
    lapses_at = None if kind == ESCALATION_WINDOW else state.lapses_at
    return replace(state, deadlines=_without(state, kind, round), lapses_at=lapses_at)


def _without(state: Dispute, kind: str, round: int) -> tuple[Deadline, ...]:
    return tuple(d for d in state.deadlines if (d.kind, d.round) != (kind, round))
