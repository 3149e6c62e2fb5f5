"""How billing keeps the decisions that charges rest on."""

from billing.decisions.domain import (
    Command,
    Decision,
    Event,
    KnownDecision,
    NoteDecision,
    TakeDecisionBack,
    decide,
    evolve,
)
from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from ombud_words import DecisionId

_ROWS, _TAKEN_BACK_ROWS = "decisions", "decisions_taken_back"
"""Where decisions stood before each of them had a version; they are read until the decision is used again."""
DECISIONS: Kind[Command, Event, KnownDecision] = Kind(
    collection="known_decisions",
    state=KnownDecision,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("decision"),
)
DECISION_INDEXES: Indexes = {DECISIONS.collection: [], _ROWS: [Index(("case_id", 1))], _TAKEN_BACK_ROWS: []}


async def known_decision(unit: Unit, decision_id: DecisionId) -> KnownDecision | None:
    """Return what is known of a decision, which must still be so at commit; None when nobody told of it."""
    if await unit.read(DECISIONS, decision_id) is not None:
        return await unit.guard(DECISIONS, decision_id)
    row = await unit.find_one(_ROWS, {"_id": decision_id})
    state: KnownDecision | None = None
    if row is not None:
        fields = {name: row[name] for name in Decision.__dataclass_fields__ if name in row}
        decision = Decision(id=decision_id, **fields)
        state = await unit.execute(DECISIONS, decision_id, NoteDecision(decision, unit.now))
    if await unit.find_one(_TAKEN_BACK_ROWS, {"_id": decision_id}) is not None:
        state = await unit.execute(DECISIONS, decision_id, TakeDecisionBack(unit.now))
    return state
