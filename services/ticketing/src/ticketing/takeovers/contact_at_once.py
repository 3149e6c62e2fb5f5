"""T4 to T6: a device that is locked, goods that are counterfeit or unsafe. The platform has the contact at once when the facts
for that are shown; a person gives the verdict, and only a verdict against the seller costs anything (S-1)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts.market import Market
from ombud_words import CaseId, PersonId, Reason, Role, TakeoverId, Trigger
from ticketing.cases.domain import Case, TellParties
from ticketing.cases.store import CASES
from ticketing.takeovers.costs import costs_of
from ticketing.takeovers.deciding import (
    Finding,
    can_be_taken_over,
    follow_rule,
    grounds_for,
    propose,
    return_contact,
)
from ticketing.takeovers.domain.commands import JudgeTakeover
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.refusals import UnknownTakeover
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.facts import known_of_matter, reasons_claimed, reported_in_case
from ticketing.takeovers.locked_device import give_unlock_chance
from ticketing.takeovers.store import TAKEOVERS

TRIGGERS: Mapping[str, Trigger] = {
    Reason.LOCKED_DEVICE: Trigger.LOCKED_DEVICE,
    Reason.COUNTERFEIT: Trigger.COUNTERFEIT,
    Reason.UNSAFE: Trigger.UNSAFE,
}
"""What somebody reports by a reason."""
_VERDICTS = {True: "verdict_confirmed", False: "verdict_refuted"}
_BOTH = (Role.BUYER, Role.SELLER)


async def follow_report(case_id: CaseId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Take over what is reported in a case, by its reason or by that of a claim, as soon as its facts are shown.

    Raises NotYet for an unknown case.
    """
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotYet(case_id)
    reported = [TRIGGERS[r] for r in (case.reason, *await reasons_claimed(case, unit)) if r in TRIGGERS]
    for trigger in dict.fromkeys(reported):
        current = await unit.guard(CASES, case_id)
        await take_over_at_once(current, trigger, (), markets[case.market], unit)


async def take_over_at_once(case: Case, trigger: Trigger, told: tuple[Fact, ...], market: Market, unit: Unit) -> None:
    """Follow the market's rule when the facts are shown by which the platform has the contact; once per case, trigger and cause.

    `told` are facts that came without a complaint; after a takeover that ended without them they begin another, on which
    what was reported then has no part. What the seller shows is no report, and neither is what belongs to a
    dispute that is over. A locked device gets its one chance.
    """
    rule = market.takeovers.get(trigger)
    if rule is None:
        return
    takeover_id, again = await _takeover_for(case.id, trigger, told, unit)
    reported = () if again else await reported_in_case(case, (*rule.contact_facts, *rule.required_facts), unit)
    facts = (*told, *reported, *await known_of_matter(case, unit))
    found = Finding(takeover_id=takeover_id, case=case, trigger=trigger, facts=_each_once(facts))
    if _shown(facts, rule.contact_facts):
        await follow_rule(found, market, unit)
    if trigger == Trigger.LOCKED_DEVICE:
        await give_unlock_chance(found.takeover_id, unit)


async def propose_like(case: Case, trigger: Trigger, told: Fact, market: Market, unit: Unit) -> None:
    """Propose to take over what is like something that a verdict was given about; a person looks whether it is so too."""
    takeover_id = takeover_at_once_id(case.id, trigger)
    known = await unit.read(TAKEOVERS, takeover_id)
    if known is not None or trigger not in market.takeovers or not can_be_taken_over(case):
        return
    facts = (told, *await known_of_matter(case, unit))
    grounds = grounds_for(market, trigger, facts)[1]
    await propose(takeover_id, case, grounds, Role.SYSTEM, unit.now, unit, await costs_of(case, market, unit))


async def give_verdict(
    takeover_id: TakeoverId,
    judge: PersonId,
    role: Role,
    facts: tuple[Fact, ...],
    market: Market,
    unit: Unit,
    *,
    confirmed: bool,
    reason: str,
) -> Takeover:
    """Say whether the reason of a takeover is so; both sides are told. Raises a Refusal.

    The seller pays what was shown when the contact was taken over.
    """
    before = await unit.read(TAKEOVERS, takeover_id)
    if before is None:
        raise UnknownTakeover("there is no such takeover")
    command = JudgeTakeover(
        confirmed=confirmed,
        reason=reason,
        facts=facts,
        decided_by=role,
        decider_id=judge,
        costs=before.costs if confirmed else (),
        appeal_until=unit.now + timedelta(days=market.legal.appeal_days),
        at=unit.now,
    )
    after = await unit.execute(TAKEOVERS, takeover_id, command)
    if before.verdict is None and after.verdict is not None:
        notice = TellParties(about=takeover_id, notice=_VERDICTS[confirmed], recipients=_BOTH, at=unit.now)
        await unit.execute(CASES, before.case_id, notice)
        await return_contact(before, after, unit)
    return after


def takeover_at_once_id(case_id: CaseId, trigger: Trigger, *before: TakeoverId) -> TakeoverId:
    """Return the id of a takeover of a case to which reports and searches lead by this trigger: the first, or the one after."""
    return TakeoverId(derived_id("tko", case_id, trigger, *before))


async def takeovers_at_once(
    case_id: CaseId, trigger: Trigger, unit: Unit
) -> AsyncIterator[tuple[TakeoverId, Takeover | None]]:
    """Yield the takeovers of a case to which reports and searches led by a trigger, in order, and last an id that is free."""
    takeover_id = takeover_at_once_id(case_id, trigger)
    while (known := await unit.read(TAKEOVERS, takeover_id)) is not None:
        yield takeover_id, known
        takeover_id = takeover_at_once_id(case_id, trigger, takeover_id)
    yield takeover_id, None


async def _takeover_for(
    case_id: CaseId, trigger: Trigger, told: tuple[Fact, ...], unit: Unit
) -> tuple[TakeoverId, bool]:
    """Return which takeover facts belong to, and whether what is told asks again after one that ended without it."""
    *known, (free, _) = [found async for found in takeovers_at_once(case_id, trigger, unit)]
    earlier = [takeover for _, takeover in known if takeover is not None]
    if not earlier:
        return free, False
    news = bool(told) and not any(takeover.rests_on(fact.event_id) for takeover in earlier for fact in told)
    return (free, True) if news and earlier[-1].is_over else (earlier[-1].id, False)


def _shown(facts: tuple[Fact, ...], needs: tuple[str, ...]) -> bool:
    shown = {kind for fact in facts for kind in fact.shows}
    return bool(needs) and all(not shown.isdisjoint(needed.split("|")) for needed in needs)


def _each_once(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """An event counts once, with everything that it shows."""
    each: dict[str, Fact] = {}
    for fact in facts:
        known = each.get(fact.event_id)
        shows = fact.shows if known is None else tuple(dict.fromkeys((*known.shows, *fact.shows)))
        each[fact.event_id] = replace(fact, shows=shows)
    return tuple(each.values())
