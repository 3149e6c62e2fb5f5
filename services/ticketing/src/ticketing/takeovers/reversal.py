"""What followed a breach is undone when the breach is withdrawn (S-3); nothing else is touched."""

from chassis.aggregate import Unit
from ombud_contracts import Metadata
from ombud_contracts.events.sla_monitor import BreachWithdrawn
from ombud_words import EventId, Role
from ticketing.cases.domain import UndoTakeover
from ticketing.cases.store import CASES
from ticketing.takeovers.domain.takeover import ReverseTakeover, Status, Takeover
from ticketing.takeovers.missed_deadline import SELLERS_REPLY, takeovers_of_round
from ticketing.takeovers.store import TAKEOVERS

BREACH_WITHDRAWN = "breach_withdrawn"
"""Why a takeover is reversed, or its proposal declined, when there was no missed deadline after all."""


async def undo_after_withdrawal(withdrawn: BreachWithdrawn, told: Metadata, unit: Unit) -> None:
    """Reverse the takeover of the breach, or decline its proposal.

    A withdrawal is about the breach that its clock told before it, however late it is heard.
    """
    if withdrawn.kind != SELLERS_REPLY:
        return
    known = [state async for _, state in takeovers_of_round(withdrawn, unit) if state is not None]
    withdrawn_from = [state for state in known if _rests_on_earlier(state, told.sequence)]
    if not withdrawn_from:
        return
    last = withdrawn_from[-1]
    command = ReverseTakeover(
        reason=BREACH_WITHDRAWN, withdrawn_by=EventId(told.id), decided_by=Role.SYSTEM, at=told.recorded_at
    )
    after = await unit.execute(TAKEOVERS, last.id, command)
    if after.status == Status.REVERSED:
        await unit.execute(CASES, last.case_id, UndoTakeover(last.id, told.recorded_at))


def _rests_on_earlier(decided: Takeover, sequence: int) -> bool:
    """Tell whether a takeover rests on an event that its clock told before this one; an event's id ends with its place."""
    return all(int(fact.event_id.rpartition(":")[2]) < sequence for fact in decided.grounds.facts)
