"""T1: a seller's reply deadline passed, and the reply is still owed. The SLA monitor tells it; the market's rule decides."""

from collections.abc import AsyncIterator, Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import Market
from ombud_words import TAKES_OVER, EventId, Role, Silence, TakeoverId
from ticketing.cases.store import CASES
from ticketing.takeovers.costs import costs_shown
from ticketing.takeovers.deciding import Finding, follow_rule
from ticketing.takeovers.domain.grounds import Fact, Segment
from ticketing.takeovers.domain.state import UNDECIDED, Takeover
from ticketing.takeovers.store import TAKEOVERS


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
    takeover_id, known = await takeover_of_breach(breach, breach_id, unit)
    decided = known is not None and known.status not in UNDECIDED
    if decided or case.answered_since(breach.due_by):
        return
    found = Finding(
        takeover_id=takeover_id,
        case=case,
        trigger=TAKES_OVER[Silence(breach.on_silence)],
        facts=(Fact(breach_id, ("deadline_trace",)),),
        trace=tuple(segment(s) for s in breach.trace),
        costs=await costs_shown(breach.clock_id, breach.round, unit),
    )
    await follow_rule(found, markets[case.market], unit)


async def takeovers_of_round(clock: ClockEvent, unit: Unit) -> AsyncIterator[tuple[TakeoverId, Takeover | None]]:
    """Yield the takeovers of a round in order, one for each breach, and last an id that is free."""
    number, known = 0, None
    while number == 0 or known is not None:
        number += 1
        again = (str(number),) if number > 1 else ()
        takeover_id = TakeoverId(derived_id("tko", clock.clock_id, str(clock.round), *again))
        known = await unit.read(TAKEOVERS, takeover_id)
        yield takeover_id, known


async def takeover_of_breach(clock: ClockEvent, breach_id: EventId, unit: Unit) -> tuple[TakeoverId, Takeover | None]:
    """Return the id of the takeover that rests on a breach, and the takeover if there is one.

    A round is breached again only after its breach was withdrawn, so what rests on another breach is history.
    """
    async for takeover_id, known in takeovers_of_round(clock, unit):
        if known is None or known.rests_on(breach_id):
            return takeover_id, known
    raise AssertionError("the takeovers of a round end with one that does not exist yet")


def segment(s: TraceSegment) -> Segment:
    """Return a stretch of a deadline as a decision keeps it."""
    return Segment(
        from_at=s.from_at,
        to_at=s.to_at,
        counted=s.counted,
        seconds=s.seconds,
        cause=s.cause,
        calendar_version=s.calendar_version,
    )
