"""What ticketing does when somebody stays silent: one executor for each word of `on_silence` that is its own (S-6)."""

from collections.abc import Awaitable, Callable, Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.store import Document
from ombud_contracts.events.sla_monitor import ClockBreached, GraceEnded
from ombud_contracts.market import Market
from ombud_words import EventId, Silence
from ticketing.deadlines.store import find_breach
from ticketing.promises.promising import break_promise
from ticketing.takeovers.locked_device import count_as_locked
from ticketing.takeovers.missed_deadline import take_over_missed_deadline
from ticketing.takeovers.negotiation import end_impasse
from ticketing.takeovers.proposals import activate_undecided, let_lapse
from ticketing.takeovers.rights_breach import remind, take_over_after_reminder

Executor = Callable[[ClockBreached, EventId, Mapping[str, Market], Unit], Awaitable[None]]
EXECUTORS: Mapping[str, Executor] = {
    Silence.TAKEOVER_MISSED_DEADLINE: take_over_missed_deadline,
    Silence.TAKEOVER_RIGHTS_BREACH: take_over_after_reminder,
    Silence.TAKEOVER_IMPASSE: end_impasse,
    Silence.TAKEOVER_PROPOSAL_LAPSES: let_lapse,
    Silence.TAKEOVER_PROPOSAL_TAKES_EFFECT: activate_undecided,
    Silence.DEVICE_COUNTS_AS_LOCKED: count_as_locked,
    Silence.PROMISE_MARKED_BROKEN_AND_BUYER_TOLD: break_promise,
}
"""For each word of `on_silence` that is ticketing's, what carries it out."""
REMINDERS: Mapping[str, Executor] = {Silence.TAKEOVER_RIGHTS_BREACH: remind}
"""What happens at the breach already, where the row gives grace before it is carried out."""


async def follow_silence(breach: ClockBreached, event_id: EventId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Carry out what a row says of silence, if the word is ticketing's and the action is still owed (S-6).

    With a grace in the policy this waits for its end, which the monitor tells by itself; some words remind before, also where
    the breach is heard after it.
    """
    if breach.grace_ends_at is not None and breach.on_silence in REMINDERS:
        await _follow(REMINDERS, breach, event_id, markets, unit)
    else:
        await follow_silence_again(breach, event_id, markets, unit)


async def follow_silence_again(
    breach: ClockBreached, event_id: EventId, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Follow a breach of which was reminded, where that was due; it waits as long as its grace lasts."""
    waits = breach.grace_ends_at is not None and breach.grace_ends_at > unit.now
    await _follow(REMINDERS if waits else EXECUTORS, breach, event_id, markets, unit)


async def follow_silence_after_grace(ended: GraceEnded, markets: Mapping[str, Market], unit: Unit) -> None:
    """Carry it out after the grace of a breach that was not withdrawn. Raises NotYet when the breach is not known."""
    known, breach = await find_breach(unit, ended.clock_id, ended.round)
    if not known:
        raise NotYet(ended.clock_id)
    if breach is not None:  # else it was withdrawn: its grace means nothing
        await _follow(EXECUTORS, _told(breach, ended), breach["event_id"], markets, unit)


async def _follow(
    table: Mapping[str, Executor],
    breach: ClockBreached,
    event_id: EventId,
    markets: Mapping[str, Market],
    unit: Unit,
) -> None:
    executor = table.get(breach.on_silence)
    if executor is not None and breach.still_owed:
        await executor(breach, event_id, markets, unit)


def _told(breach: Document, ended: GraceEnded) -> ClockBreached:
    """Return a breach as it was told; of one that was kept as its trace alone, what the end of its grace says."""
    if "told" in breach:
        return ClockBreached.model_validate(breach["told"])
    return ClockBreached(
        **ended.model_dump(include={"clock_id", "case_id", "kind", "subject", "about", "owner", "round", "on_silence"}),
        due_by=ended.ended_at,
        emitted_late=False,
        still_owed=True,
        policy_version="",
        calendar_version="",
        trace=breach["trace"],
    )
