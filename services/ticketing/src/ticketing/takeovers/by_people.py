"""Every trigger but T1: a person names the facts, and asks for a takeover or decides it (section 4)."""

from collections.abc import Sequence

from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import EventId, Role, Trigger
from ticketing.cases.domain import Case
from ticketing.takeovers.deciding import grounds_for
from ticketing.takeovers.domain.authority import expect_decided_by_people
from ticketing.takeovers.domain.grounds import Fact, Grounds
from ticketing.takeovers.domain.refusals import TriggerNotForPeople, UnknownFact
from ticketing.takeovers.facts import known_of_matter
from ticketing.timeline.store import find_timeline_entries


def grounds_from_people(market: Market, trigger: Trigger, facts: tuple[Fact, ...]) -> Grounds:
    """Return the grounds that a person names to propose or decide a takeover. Raises TriggerNotForPeople for T1."""
    if trigger == Trigger.MISSED_DEADLINE:
        raise TriggerNotForPeople("the SLA monitor tells a missed deadline; choose the trigger that applies")
    if trigger not in market.takeovers:
        raise TriggerNotForPeople("this market has no such trigger; choose one that applies")
    expect_decided_by_people(market.takeovers[trigger].mode, by_people=market.takeovers[trigger].by_people)
    return grounds_for(market, trigger, facts)[1]


async def facts_of(case: Case, role: Role, event_ids: Sequence[EventId], unit: Unit) -> tuple[Fact, ...]:
    """Return the facts that events of a case show, and what is known of what was bought. Raises UnknownFact for an event that
    the role may not see."""
    found = await find_timeline_entries(unit, case.id, role, event_ids)
    entries = {entry["_id"]: entry for entry in found}
    if len(entries) < len(set(event_ids)):
        raise UnknownFact("a fact is not an event of this case; its timeline lists their ids")
    return (*(Fact(id, tuple(entries[id]["shows"])) for id in event_ids), *await known_of_matter(case, unit))
