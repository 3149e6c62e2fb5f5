"""Proposals that nobody decided in time: they lapse, or take effect where the clock's row says so."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.market import Market
from ombud_words import EventId, Role, TakeoverId, Trigger
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import BY_RULE, Ruling, activate, can_be_taken_over, grounds_at_once
from ticketing.takeovers.domain.commands import LapseTakeover
from ticketing.takeovers.domain.grounds import Grounds
from ticketing.takeovers.domain.state import Status, Takeover
from ticketing.takeovers.locked_device import give_unlock_chance
from ticketing.takeovers.store import TAKEOVERS

_WAITING = (Status.PROPOSED, Status.WARNED)


async def let_lapse(breach: ClockBreached, _breach_id: EventId, _markets: Mapping[str, Market], unit: Unit) -> None:
    """End a proposal that nobody decided; what was decided meanwhile stays."""
    takeover_id = TakeoverId(breach.subject)
    if await unit.read(TAKEOVERS, takeover_id) is not None:
        await unit.execute(TAKEOVERS, takeover_id, LapseTakeover(unit.now))


async def activate_undecided(
    breach: ClockBreached, breach_id: EventId, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Decide a proposal in favour that nobody decided, if its reason still holds; one that lacks a fact lapses."""
    proposed = await unit.read(TAKEOVERS, TakeoverId(breach.subject))
    if proposed is None or proposed.status not in _WAITING:
        return
    case = await unit.guard(CASES, proposed.case_id)
    market = markets[case.market]
    grounds, deadline = _grounds_of_rule(proposed, market), proposed.grounds.deadline
    answered = deadline is not None and case.answered_since(deadline)
    if grounds.missing or answered or not can_be_taken_over(case):
        await let_lapse(breach, breach_id, markets, unit)
        return
    ruling = Ruling(
        grounds=grounds,
        market=market,
        decided_by=Role.SYSTEM,
        decider_id=BY_RULE,
        costs=proposed.costs or None,
        at=unit.now,
    )
    await activate(proposed.id, case, ruling, unit)
    if grounds.trigger == Trigger.LOCKED_DEVICE:
        await give_unlock_chance(proposed.id, unit)


def _grounds_of_rule(proposed: Takeover, market: Market) -> Grounds:
    """Return the grounds of a decision that no person made: what needs a verdict gives the platform the contact alone (S-1)."""
    rule = market.takeovers.get(proposed.grounds.trigger)
    if rule is None or rule.mode != "contact_at_once":
        return proposed.grounds
    return grounds_at_once(proposed.grounds, rule)
