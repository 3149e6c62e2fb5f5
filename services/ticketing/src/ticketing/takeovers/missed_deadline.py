"""T1: a seller's reply deadline passed, and the reply is still owed. The SLA monitor tells it; the market's rule decides."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from chassis.store import Document
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent, GraceEnded
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import Market
from ombud_words import TAKES_OVER, EventId, Role, Silence, TakeoverId
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.deadlines.store import find_breach
from ticketing.takeovers.deciding import BY_RULE, Ruling, activate, grounds_for, propose
from ticketing.takeovers.domain.takeover import Fact, Segment, Status, Takeover
from ticketing.takeovers.store import TAKEOVERS


async def follow_silence(breach: ClockBreached, event_id: EventId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Carry out what a row says of silence, if the word is ticketing's and the action is still owed (S-6).

    With a grace in the policy this waits for its end, which the monitor tells by itself.
    """
    executor = EXECUTORS.get(breach.on_silence)
    waits = breach.grace_ends_at is not None and breach.grace_ends_at > unit.now
    if executor is not None and breach.still_owed and not waits:
        await executor(breach, event_id, markets, unit)


async def follow_silence_after_grace(ended: GraceEnded, markets: Mapping[str, Market], unit: Unit) -> None:
    """Carry it out after the grace of a breach that was not withdrawn. Raises NotYet when the breach is not known."""
    known, breach = await find_breach(unit, ended.clock_id, ended.round)
    if not known:
        raise NotYet(ended.clock_id)
    if breach is not None:  # else it was withdrawn: its grace means nothing
        await follow_silence(_told(breach, ended), breach["event_id"], markets, unit)


def _told(breach: Document, ended: GraceEnded) -> ClockBreached:
    """Return a breach as it was told; of one that was kept as its trace alone, what the end of its grace says."""
    if "told" in breach:
        return ClockBreached.model_validate(breach["told"])
    return ClockBreached(
        **ended.model_dump(include={"clock_id", "case_id", "kind", "owner", "round", "on_silence"}),
        due_by=ended.ended_at,
        emitted_late=False,
        still_owed=True,
        policy_version="",
        calendar_version="",
        trace=breach["trace"],
    )


async def take_over_missed_deadline(
    breach: ClockBreached, breach_id: EventId, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Take over what the seller still owes after the deadline; at most once per breach; mode and clause are the market's.

    It takes effect now, and rests on what is true now: what the seller answered since is not taken over (S-9).
    Raises NotYet for an unknown case.
    """
    if breach.owner != Role.SELLER:
        return
    case = await unit.read(CASES, breach.case_id)
    if case is None:
        raise NotYet(breach.case_id)
    takeover_id, known = await _takeover_of_breach(breach, breach_id, unit)
    decided = known is not None and known.status != Status.PROPOSED
    answered = case.answered_since(breach.due_by)
    if decided or answered or case.taken_over or case.with_platform or case.status != CaseStatus.OPEN:
        return
    market = markets[case.market]
    fact = Fact(breach_id, ("deadline_trace",))
    trigger = TAKES_OVER[Silence(breach.on_silence)]
    rule, grounds = grounds_for(market, trigger, (fact,), tuple(_segment(s) for s in breach.trace))
    if rule.mode == "automatic":
        ruling = Ruling(grounds=grounds, market=market, decided_by=Role.SYSTEM, decider_id=BY_RULE, at=unit.now)
        await activate(takeover_id, case, ruling, unit)
    else:
        await propose(takeover_id, case, grounds, Role.SYSTEM, unit.now, unit)


Executor = Callable[[ClockBreached, EventId, Mapping[str, Market], Unit], Awaitable[None]]
EXECUTORS: Mapping[str, Executor] = {Silence.TAKEOVER_MISSED_DEADLINE: take_over_missed_deadline}
"""For each word of `on_silence` that is ticketing's, what carries it out."""


async def takeovers_of_round(clock: ClockEvent, unit: Unit) -> AsyncIterator[tuple[TakeoverId, Takeover | None]]:
    """Yield the takeovers of a round in order, one for each breach, and last an id that is free."""
    number, known = 0, None
    while number == 0 or known is not None:
        number += 1
        again = (str(number),) if number > 1 else ()
        takeover_id = TakeoverId(derived_id("tko", clock.clock_id, str(clock.round), *again))
        known = await unit.read(TAKEOVERS, takeover_id)
        yield takeover_id, known


async def _takeover_of_breach(clock: ClockEvent, breach_id: EventId, unit: Unit) -> tuple[TakeoverId, Takeover | None]:
    """Return the id of the takeover that rests on a breach, and the takeover if there is one.

    A round is breached again only after its breach was withdrawn, so what rests on another breach is history.
    """
    async for takeover_id, known in takeovers_of_round(clock, unit):
        if known is None or known.rests_on(breach_id):
            return takeover_id, known
    raise AssertionError("the takeovers of a round end with one that does not exist yet")


def _segment(s: TraceSegment) -> Segment:
    return Segment(
        from_at=s.from_at,
        to_at=s.to_at,
        counted=s.counted,
        seconds=s.seconds,
        cause=s.cause,
        calendar_version=s.calendar_version,
    )
