"""What clocks say of the rounds of a case, kept so that each side sees who owes what by when (R-34)."""

from typing import Any

from chassis.aggregate import Unit
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, RoundSuperseded
from ombud_contracts.rounds import BREACHED, RUNNING, said_of_round
from ombud_words import CaseId, Role
from ticketing.deadlines.news import is_news_of_round
from ticketing.deadlines.readers import readers_of
from ticketing.deadlines.store import forget_round, keep_round, list_deadlines
from ticketing.queue.store import note_due


async def note_deadline(received: Received, unit: Unit) -> None:
    """Keep what a clock said of a round of a case; clocks of accounts and of order lines are not about a case."""
    clock = received.event
    if not isinstance(clock, ClockEvent) or received.metadata.case_id is None:
        return
    if isinstance(clock, RoundSuperseded):
        if await is_news_of_round(clock, received, unit):
            forget_round(unit, clock.clock_id, clock.round)
            await show_next_due(clock.case_id, unit)
        return
    said = _said(clock, received)
    if said is not None and await is_news_of_round(clock, received, unit):
        keep_round(unit, clock.clock_id, clock.round, _head(clock, received) | said)
        await show_next_due(clock.case_id, unit)


async def show_next_due(case_id: CaseId, unit: Unit) -> None:
    """Show in the queue when something of a case is due next; clocks that one party does not see are left out."""
    told = [d for d in await list_deadlines(unit, case_id, Role.BUYER) if Role.SELLER in d["visible_to"]]
    running = [d["due_by"] for d in told if d["verdict"] == RUNNING and d.get("due_by") is not None]
    note_due(unit, case_id, min(running, default=None), any(d["verdict"] == BREACHED for d in told))


def _said(clock: ClockEvent, received: Received) -> dict[str, Any] | None:
    said = said_of_round(clock)
    match clock:
        case ClockBreached():
            kept = {"event_id": received.metadata.id, "told": clock.model_dump(mode="json")}
            return {**(said or {}), "breach": kept}
        case BreachWithdrawn():
            return {**(said or {}), "breach": None}
        case _:
            return said


def _head(clock: ClockEvent, received: Received) -> dict[str, Any]:
    return {
        "case_id": clock.case_id,
        "kind": clock.kind,
        "owner": str(clock.owner),
        "visible_to": list(readers_of(received)),
    }
