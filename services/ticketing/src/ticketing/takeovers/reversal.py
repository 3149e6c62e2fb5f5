"""What followed a breach is undone when the breach is withdrawn, when the reply had come before the takeover was decided, or
when a supervisor says so (S-3); nothing else is touched."""

from collections.abc import Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.hearing import is_ended
from ombud_contracts import Metadata
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent
from ombud_contracts.market import Market
from ombud_words import DisputeId, EventId, PersonId, Role, TakeoverId, appeals
from ticketing.cases.domain import UndoTakeover
from ticketing.cases.store import CASES
from ticketing.deadlines.store import find_breach
from ticketing.takeovers.domain.commands import ReverseTakeover
from ticketing.takeovers.domain.state import Status, Takeover
from ticketing.takeovers.missed_deadline import takeovers_of_round
from ticketing.takeovers.negotiation import negotiated_takeover_id
from ticketing.takeovers.rights_breach import withdraw_warning
from ticketing.takeovers.silence import follow_silence_again
from ticketing.takeovers.store import TAKEOVERS
from ticketing.unfinished.domain import End
from ticketing.unfinished.store import note

BREACH_WITHDRAWN = "breach_withdrawn"
"""Why a takeover is reversed, or its proposal declined, when there was no missed deadline after all."""
ANSWERED_BEFORE = "answered_before"
"""Why a takeover is reversed when nothing was owed any more at the moment in which it was decided."""
NO_LONGER_OWED = frozenset({"no_reply_needed"})
"""Causes by which a breached action is no longer owed, beside its being done."""
_NOTICES = {BREACH_WITHDRAWN: "takeover_reversed"}
_NOTICE_OF_OTHERS = "takeover_taken_back"


async def undo_after_withdrawal(
    withdrawn: BreachWithdrawn, told: Metadata, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Reverse the takeover of the breach, or decline its proposal; and follow a later breach that stands.

    A withdrawal is about the breach that its clock told before it, however late it is heard.
    """
    last = await _last_before(withdrawn, told, unit)
    if last is None:
        return
    await _reverse(last.id, BREACH_WITHDRAWN, EventId(told.id), unit)
    if await is_ended(f"round|{withdrawn.round}", told, unit):
        _, breach = await find_breach(unit, withdrawn.clock_id, withdrawn.round)
        if breach is not None and "told" in breach:
            await follow_silence_again(ClockBreached.model_validate(breach["told"]), breach["event_id"], markets, unit)


async def undo_after_answer(clock: ClockEvent, since: datetime, told: Metadata, unit: Unit) -> None:
    """Reverse the takeover of a round that was decided after the reply came: it was known too late, and decides nothing."""
    await withdraw_warning(clock, unit)
    last = await _last_before(clock, told, unit)
    if last is not None and last.decision is not None and since <= last.decision.at:
        await _reverse(last.id, ANSWERED_BEFORE, EventId(told.id), unit)


async def reverse_by_decision(takeover_id: TakeoverId, reason: str, supervisor: PersonId, unit: Unit) -> Takeover:
    """Reverse a takeover because a supervisor decides so. Raises OwnDecision, TakeoverNotDecided or UnknownTakeover."""
    return await _reverse(takeover_id, reason, EventId(unit.cause.id), unit, supervisor)


async def reverse_by_rule(takeover_id: TakeoverId, reason: str, unit: Unit) -> Takeover:
    """Reverse a takeover, or decline its proposal, because what it rests on counts no longer."""
    return await _reverse(takeover_id, reason, EventId(unit.cause.id), unit)


async def _last_before(clock: ClockEvent, told: Metadata, unit: Unit) -> Takeover | None:
    """Return the last takeover of a round, or of the dispute that its clock is about, that rests on what the clock told
    before this event."""
    known = [state async for _, state in takeovers_of_round(clock, unit) if state is not None]
    of_dispute = await unit.read(TAKEOVERS, negotiated_takeover_id(DisputeId(clock.subject)))
    if of_dispute is not None and of_dispute.rests_on_clock(told.subject):
        known.append(of_dispute)
    earlier = [state for state in known if _rests_on_earlier(state, told.sequence)]
    return earlier[-1] if earlier else None


async def _reverse(
    takeover_id: TakeoverId, reason: str, by: EventId, unit: Unit, supervisor: PersonId | None = None
) -> Takeover:
    command = ReverseTakeover(
        reason=reason,
        withdrawn_by=by,
        decided_by=Role.SUPERVISOR if supervisor else Role.SYSTEM,
        decider_id=supervisor,
        at=unit.now,
    )
    before = await unit.read(TAKEOVERS, takeover_id)
    after = await unit.execute(TAKEOVERS, takeover_id, command)
    waited = appeals.waiting(before.appeals) if before is not None else None
    if waited is not None and appeals.waiting(after.appeals) is None:
        await note(after.case_id, End(waited.id, unit.now), unit)
    if after.status == Status.REVERSED and after.ended_because == reason:
        notice = _NOTICES.get(reason, _NOTICE_OF_OTHERS)
        await unit.execute(CASES, after.case_id, UndoTakeover(takeover_id, unit.now, notice))
    return after


def _rests_on_earlier(decided: Takeover, sequence: int) -> bool:
    """Tell whether a takeover rests on an event that its clock told before this one; an event's id ends with its place."""
    own = [fact for fact in decided.grounds.facts if "deadline_trace" in fact.shows]
    return all(int(fact.event_id.rpartition(":")[2]) < sequence for fact in own)
