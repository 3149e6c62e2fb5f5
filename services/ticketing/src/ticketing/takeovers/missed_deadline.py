"""Stories over several aggregates: a missed deadline becomes a takeover, a withdrawn breach undoes it; closing a case
concludes it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts import Metadata
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import Market, TakeoverRule
from ombud_contracts.vocabulary import ChargeKind, Role, Trigger
from ticketing.domain import takeover
from ticketing.domain.case import (
    Case,
    CloseCase,
    HandContactBack,
    OpenCase,
    ReopenCase,
    Status,
    TakeContactOver,
    UndoTakeover,
)
from ticketing.domain.refusals import FactMissing, TriggerNotForPeople, UnknownCase, UnknownTakeover
from ticketing.domain.slot import Free, Occupy, TakeBack
from ticketing.domain.takeover import (
    ActivateTakeover,
    ConcludeTakeover,
    Fact,
    Grounds,
    HandBack,
    ProposeTakeover,
    ReverseTakeover,
    Segment,
    Takeover,
)
from ticketing.store import CASES, SLOTS, TAKEOVERS, slot_id

ANNOUNCED_CHARGES = (ChargeKind.HANDLING_FEE,)
"""What a takeover costs the seller by itself; refunds and labels follow from the decision of a dispute."""
SELLERS_REPLY = "reply"
"""The clock whose breach is trigger T1."""
BREACH_WITHDRAWN = "breach_withdrawn"
"""Why a takeover is reversed, or its proposal declined, when there was no missed deadline after all."""


def grounds_for(
    market: Market, trigger: Trigger, facts: tuple[Fact, ...], trace: tuple[Segment, ...] = ()
) -> tuple[TakeoverRule, Grounds]:
    """Return the market's rule for a trigger, and the grounds of a decision by it."""
    rule = market.takeovers[trigger]
    grounds = Grounds(
        trigger=trigger,
        clause=rule.clause,
        clause_version=market.legal.version,
        scope=rule.scope,
        required=rule.required_facts,
        facts=facts,
        deadline_trace=trace,
    )
    return rule, grounds


def grounds_from_people(market: Market, trigger: Trigger, facts: tuple[Fact, ...]) -> Grounds:
    """Return the grounds that a person names to propose or decide a takeover. Raises TriggerNotForPeople for T1."""
    if trigger == Trigger.MISSED_DEADLINE:
        raise TriggerNotForPeople("the SLA monitor tells a missed deadline; choose the trigger that applies")
    if trigger not in market.takeovers:
        raise TriggerNotForPeople("this market has no such trigger; choose one that applies")
    return grounds_for(market, trigger, facts)[1]


async def take_over_after_breach(
    breach: ClockBreached, event_id: str, at: datetime, markets: Mapping[str, Market], unit: Unit
) -> None:
    """T1: the seller's reply deadline passed, and the reply is still owed. Mode and clause are the market's.

    With a grace in the policy the takeover waits for its end, which the monitor tells by itself.
    """
    if not breach.still_owed or (breach.grace_ends_at is not None and breach.grace_ends_at > at):
        return
    await take_over_missed_deadline(breach, event_id, breach.trace, at, markets, unit)


async def take_over_missed_deadline(
    clock: ClockEvent,
    breach_id: str,
    trace: Sequence[TraceSegment],
    at: datetime,
    markets: Mapping[str, Market],
    unit: Unit,
) -> None:
    """T1: take over what the seller still owes after the deadline and its grace; at most once per breach.

    `breach_id` is the event of the breach, `trace` how its deadline was counted.
    """
    if clock.kind != SELLERS_REPLY or clock.owner != Role.SELLER:
        return
    case = await unit.read(CASES, clock.case_id)
    if case is None:
        raise NotYet(clock.case_id)
    takeover_id, known = await _takeover_of_breach(clock, breach_id, unit)
    decided = known is not None and known.status != takeover.Status.PROPOSED
    if decided or case.taken_over or case.status != Status.OPEN:
        return
    fact = Fact(breach_id, ("deadline_trace",))
    market = markets[case.market]
    rule, grounds = grounds_for(market, Trigger.MISSED_DEADLINE, (fact,), tuple(_segment(s) for s in trace))
    if rule.mode == "automatic":
        await activate(takeover_id, case, grounds, market, Role.SYSTEM, "system", (), at, unit)
    else:
        await propose(takeover_id, case, grounds, Role.SYSTEM, at, unit)


async def undo_after_withdrawal(withdrawn: BreachWithdrawn, told: Metadata, unit: Unit) -> None:
    """Undo what followed the breach (S-3): its takeover is reversed, or its proposal declined; nothing else is touched.

    A withdrawal is about the breach that its clock told before it, however late it is heard.
    """
    if withdrawn.kind != SELLERS_REPLY:
        return
    known = [state async for _, state in _takeovers_of_round(withdrawn, unit) if state is not None]
    withdrawn_from = [state for state in known if _rests_on_earlier(state, told.sequence)]
    if not withdrawn_from:
        return
    id, case_id = withdrawn_from[-1].id, withdrawn_from[-1].case_id
    at = told.recorded_at
    after = await unit.execute(TAKEOVERS, id, ReverseTakeover(BREACH_WITHDRAWN, told.id, Role.SYSTEM, at))
    if after.status == takeover.Status.REVERSED:
        await unit.execute(CASES, case_id, UndoTakeover(id, at))


def _rests_on_earlier(decided: Takeover, sequence: int) -> bool:
    """Tell whether a takeover rests on an event that its clock told before this one; an event's id ends with its place."""
    return all(int(fact.event_id.rpartition(":")[2]) < sequence for fact in decided.grounds.facts)


async def _takeover_of_breach(clock: ClockEvent, breach_id: str, unit: Unit) -> tuple[str, Takeover | None]:
    """Return the id of the takeover that rests on a breach, and the takeover if there is one.

    A round is breached again only after its breach was withdrawn, so what rests on another breach is history.
    """
    async for takeover_id, known in _takeovers_of_round(clock, unit):
        if known is None or known.rests_on(breach_id):
            return takeover_id, known
    raise AssertionError("the takeovers of a round end with one that does not exist yet")


async def _takeovers_of_round(clock: ClockEvent, unit: Unit) -> AsyncIterator[tuple[str, Takeover | None]]:
    """Yield the takeovers of a round in order, one for each breach, and last an id that is free."""
    number, known = 0, None
    while number == 0 or known is not None:
        number += 1
        again = (str(number),) if number > 1 else ()
        takeover_id = derived_id("tko", clock.clock_id, str(clock.round), *again)
        known = await unit.read(TAKEOVERS, takeover_id)
        yield takeover_id, known


def _segment(s: TraceSegment) -> Segment:
    return Segment(s.from_at, s.to_at, s.counted, s.seconds, s.cause, s.calendar_version)


async def propose(takeover_id: str, case: Case, grounds: Grounds, by: str, at: datetime, unit: Unit) -> Takeover:
    """Propose a takeover of a case."""
    command = ProposeTakeover(takeover_id, case.id, case.market, grounds, by, at)
    return await unit.execute(TAKEOVERS, takeover_id, command)


async def activate(
    takeover_id: str,
    case: Case,
    grounds: Grounds,
    market: Market,
    decided_by: str,
    decider_id: str,
    alternatives: tuple[str, ...],
    at: datetime,
    unit: Unit,
) -> Takeover:
    """Decide a takeover: the record, and the case's new owner, together. Raises a Refusal."""
    if grounds.missing:
        raise FactMissing(grounds.missing)
    await unit.execute(CASES, case.id, TakeContactOver(takeover_id, at))
    command = ActivateTakeover(
        takeover_id=takeover_id,
        case_id=case.id,
        market=case.market,
        seller_id=case.seller_id,
        buyer_id=case.buyer_id,
        order_id=case.order_id,
        line_id=case.line_id,
        reason=case.reason,
        grounds=grounds,
        alternatives=alternatives or ("remind_again", "leave_with_seller"),
        decided_by=decided_by,
        decider_id=decider_id,
        appeal_until=at + timedelta(days=market.legal.appeal_days),
        charges_announced=tuple(ANNOUNCED_CHARGES),
        at=at,
    )
    return await unit.execute(TAKEOVERS, takeover_id, command)


async def hand_back(takeover_id: str, reason: str, decided_by: str, at: datetime, unit: Unit) -> Takeover:
    """Give the contact back to the seller, by a decision. Raises a Refusal."""
    before = await unit.read(TAKEOVERS, takeover_id)
    if before is None:
        raise UnknownTakeover("there is no such takeover")
    ended = await unit.execute(TAKEOVERS, takeover_id, HandBack(reason, decided_by, at))
    if before.status == takeover.Status.ACTIVE:
        await unit.execute(CASES, before.case_id, HandContactBack(takeover_id, at))
    return ended


async def open_case_in_slot(command: OpenCase, unit: Unit) -> Case:
    """Open a case where none of its line and reason family is live. Raises CaseAlreadyLive."""
    slot = slot_id(command.order_id, command.line_id, command.family)
    await unit.execute(SLOTS, slot, Occupy(command.case_id, command.number, command.at))
    return await unit.execute(CASES, command.case_id, command)


async def reopen(case_id: str, cause: str, at: datetime, unit: Unit) -> None:
    """Let a case live again. It takes its slot back if no other case was opened meanwhile. Raises NotYet."""
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotYet(case_id)
    if case.status == Status.OPEN:
        return
    await unit.execute(CASES, case_id, ReopenCase(cause, at))
    slot = slot_id(case.order_id, case.line_id, case.family)
    await unit.execute(SLOTS, slot, TakeBack(case_id, case.number, at))


async def close(case_id: str, at: datetime, unit: Unit) -> Case:
    """Close a case, and conclude the takeover under which it was handled."""
    before = await unit.read(CASES, case_id)
    if before is None:
        raise UnknownCase("there is no such case")
    closed = await unit.execute(CASES, case_id, CloseCase(at))
    if before.takeover_id is not None and closed.status == Status.CLOSED:
        await unit.execute(TAKEOVERS, before.takeover_id, ConcludeTakeover(at))
    slot = slot_id(closed.order_id, closed.line_id, closed.family)
    await unit.execute(SLOTS, slot, Free(case_id, at))
    return closed
