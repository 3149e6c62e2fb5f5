"""A merge keeps the earliest start (section 3): what waits for an answer in the case that ends is owed in the one that goes on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from ombud_contracts import Received
from ombud_contracts.events.messaging import MessageDelivered
from ombud_contracts.events.ticketing import CaseMerged
from ombud_words import CaseId
from sla_monitor.clocks.addressed import AddressedFact
from sla_monitor.clocks.domain import ClockRef, Fact, FactId
from sla_monitor.clocks.domain.parties import MergeInto
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CASES, CLOCKS
from sla_monitor.rules.domain import About, ClockKind, Rules, Signal
from sla_monitor.working_time.domain import micros

_ASKS = (Signal.BUYER_MESSAGE, Signal.CONTACT_REQUESTED)
"""What somebody is owed an answer to."""
Carried = tuple[ClockRef, Fact]


async def carried_over(
    told: Sequence[AddressedFact], received: Received, rules: Mapping[str, Rules], unit: Unit
) -> list[Carried]:
    """Return what the clocks of the case that goes on are told: at the merge, and when a message comes to be known after it.

    `told` is what the event tells the clocks of its own case, which have been told it.
    """
    market = received.metadata.market
    if market is None or market not in rules:
        return []
    match received.event:
        case CaseMerged() as merged:
            await unit.execute(CASES, merged.case_id, MergeInto(merged.into_case_id, merged.merged_at))
            return await _owed_at(merged, received, rules[market], unit)
        case MessageDelivered(case_id=case_id):
            asked = [one.fact for one in told if one.fact.signal in _ASKS]
            begun = [_ref(case_id, kind, market) for fact in asked for kind in _kinds(fact, rules[market])]
            into = await _going_on(case_id, begun, unit) if asked else None
            if into is None:
                return []
            return [carried for fact in asked for carried in _carried(into, fact, market, rules[market])]
        case _:
            return []


async def _owed_at(merged: CaseMerged, received: Received, rules: Rules, unit: Unit) -> list[Carried]:
    """Return what the case that ends owes, as a message that came when the oldest unanswered one did."""
    market = received.metadata.market or ""
    carried: list[Carried] = []
    for signal in _ASKS:
        asked = Fact(FactId(received.metadata.id), signal, received.at)
        refs = [_ref(merged.case_id, kind, market) for kind in _kinds(asked, rules)]
        starts = [start for ref in refs if (start := await _owed_since(ref, unit)) is not None]
        if starts:
            carried += _carried(merged.into_case_id, replace(asked, counts_from=min(starts)), market, rules)
    return carried


async def _owed_since(ref: ClockRef, unit: Unit) -> datetime | None:
    """Return since when a clock waits, which holds at commit: a message that comes meanwhile writes the same clock."""
    if await unit.version(CLOCKS, clock_id(ref)) == 0:
        return None
    owed = (await unit.guard(CLOCKS, clock_id(ref))).owed
    return owed.start_at if owed is not None else None


async def _going_on(case_id: CaseId, begun: Sequence[ClockRef], unit: Unit) -> CaseId | None:
    """Return the case that goes on in place of one, which holds at commit; None for one that was not merged.

    A merge guards the clocks that it finds. Only a message that makes one of them, which no merge can have found, guards that its
    case was not merged.
    """
    parties = await unit.read(CASES, case_id)
    if parties is not None and parties.merged_into is None:
        versions = [await unit.version(CLOCKS, clock_id(ref)) for ref in begun]
        if min(versions, default=0) > 1:
            return None
    into = None
    while (parties := await unit.read(CASES, case_id)) is not None:
        await unit.guard(CASES, case_id)
        if parties.merged_into is None:
            break
        into = case_id = parties.merged_into
    return into


def _carried(into: CaseId, asked: Fact, market: str, rules: Rules) -> Iterable[Carried]:
    since = asked.counts_from or asked.at
    fact = Fact(asked.id, Signal.CASES_MERGED, asked.at, asked.ref, counts_from=since)
    return [(_ref(into, kind, market), fact) for kind in _kinds(asked, rules)]


def _ref(case_id: CaseId, kind: ClockKind, market: str) -> ClockRef:
    """Return the clock of a case itself."""
    return ClockRef(case_id, kind, "", market)


def _kinds(asked: Fact, rules: Rules) -> Iterable[ClockKind]:
    """Yield the kinds of clocks of a case that such a message starts; their gates say which of them is open."""
    policies = rules.policies
    for kind in policies.kinds_told(asked.signal, asked.at):
        row = policies.found(kind, micros(asked.at))
        if row is not None and asked.signal in row.starts and policies.about(kind) is About.CASE:
            yield kind
