"""T1: a seller's reply deadline passed, and the reply is still owed. The SLA monitor tells it; the market's rule decides."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent, GraceEnded
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import Market
from ombud_words import EventId, Role, TakeoverId, Trigger
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.deadlines.store import find_breach
from ticketing.takeovers.deciding import BY_RULE, Ruling, activate, grounds_for, propose
from ticketing.takeovers.domain.takeover import Fact, Segment, Status, Takeover
from ticketing.takeovers.store import TAKEOVERS

SELLERS_REPLY = "reply"
"""The clock whose breach is trigger T1."""
TAKES_OVER = "takeover_missed_deadline"
"""What a row of the clock's policy says when silence leads to this takeover (S-6); another word does not."""


async def take_over_after_breach(
    breach: ClockBreached, event_id: EventId, at: datetime, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Take over what is still owed; mode and clause are the market's.

    With a grace in the policy the takeover waits for its end, which the monitor tells by itself.
    """
    if not breach.still_owed or (breach.grace_ends_at is not None and breach.grace_ends_at > at):
        return
    await take_over_missed_deadline(breach, event_id, breach.trace, at, markets, unit)


async def take_over_after_grace(ended: GraceEnded, at: datetime, markets: Mapping[str, Market], unit: Unit) -> None:
    """Take over after the grace of a breach that was not withdrawn. Raises NotYet when the breach is not known."""
    known, breach = await find_breach(unit, ended.clock_id, ended.round)
    if not known:
        raise NotYet(ended.clock_id)
    if breach is None:
        return  # it was withdrawn: its grace means nothing
    trace = [TraceSegment.model_validate(segment) for segment in breach["trace"]]
    await take_over_missed_deadline(ended, breach["event_id"], trace, at, markets, unit)


async def take_over_missed_deadline(
    clock: ClockBreached | GraceEnded,
    breach_id: EventId,
    trace: Sequence[TraceSegment],
    at: datetime,
    markets: Mapping[str, Market],
    unit: Unit,
) -> None:
    """Take over what the seller still owes after the deadline and its grace; at most once per breach.

    `breach_id` is the event of the breach, `trace` how its deadline was counted. Raises NotYet for an unknown case.
    """
    if clock.kind != SELLERS_REPLY or clock.owner != Role.SELLER or clock.on_silence != TAKES_OVER:
        return
    case = await unit.read(CASES, clock.case_id)
    if case is None:
        raise NotYet(clock.case_id)
    takeover_id, known = await _takeover_of_breach(clock, breach_id, unit)
    decided = known is not None and known.status != Status.PROPOSED
    if decided or case.taken_over or case.with_platform or case.status != CaseStatus.OPEN:
        return
    market = markets[case.market]
    fact = Fact(breach_id, ("deadline_trace",))
    rule, grounds = grounds_for(market, Trigger.MISSED_DEADLINE, (fact,), tuple(_segment(s) for s in trace))
    if rule.mode == "automatic":
        ruling = Ruling(grounds=grounds, market=market, decided_by=Role.SYSTEM, decider_id=BY_RULE, at=at)
        await activate(takeover_id, case, ruling, unit)
    else:
        await propose(takeover_id, case, grounds, Role.SYSTEM, at, unit)


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
