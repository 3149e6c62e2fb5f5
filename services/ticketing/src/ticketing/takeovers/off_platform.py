"""T7: a seller who leads contacts away from the platform again and again. Messaging's sanction ladder tells when; the
market's rule says whether a person decides, as it does by default.
"""

from collections.abc import Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_contracts.market import Market
from ombud_words import CaseId, EventId, Role, TakeoverId, Trigger
from ticketing.cases.domain import Case
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import BY_RULE, Ruling, activate, grounds_for, hand_back, propose
from ticketing.takeovers.domain.takeover import DeclineTakeover, Fact, Status
from ticketing.takeovers.store import TAKEOVERS

TAKEOVER_STEP = "takeover"
"""The step of the ladder that asks for the contact."""
_ALTERNATIVES = ("moderate_every_message", "warn_again")


async def propose_after_sanction(
    imposed: SanctionImposed, at: datetime, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Propose a takeover of the latest breach's case; at most once per case and time that the seller came to this step.

    Raises NotYet for a case that is not known.
    """
    if imposed.step != TAKEOVER_STEP or imposed.role != Role.SELLER:
        return
    case = await unit.read(CASES, imposed.case_id)
    if case is None:
        raise NotYet(imposed.case_id)
    market = markets[case.market]
    answered_by_platform = case.taken_over or case.with_platform
    if Trigger.OFF_PLATFORM not in market.takeovers or answered_by_platform or case.status != CaseStatus.OPEN:
        return
    takeover_id = _takeover_id(imposed, imposed.case_id)
    if await unit.read(TAKEOVERS, takeover_id) is None:
        await _follow_rule(takeover_id, case, imposed, market, at, unit)


async def _follow_rule(
    takeover_id: TakeoverId, case: Case, imposed: SanctionImposed, market: Market, at: datetime, unit: Unit
) -> None:
    facts = tuple(Fact(EventId(event_id), ("off_platform_attempt",)) for event_id in imposed.facts)
    rule, grounds = grounds_for(market, Trigger.OFF_PLATFORM, facts)
    if rule.mode == "automatic":
        ruling = Ruling(
            grounds=grounds,
            market=market,
            decided_by=Role.SYSTEM,
            decider_id=BY_RULE,
            alternatives=_ALTERNATIVES,
            at=at,
        )
        await activate(takeover_id, case, ruling, unit)
    elif rule.mode == "recommend":
        await propose(takeover_id, case, grounds, Role.SYSTEM, at, unit)


async def withdraw_after_sanction(lifted: SanctionLifted, at: datetime, unit: Unit) -> None:
    """Take back what the step led to: an open proposal is declined, and what nobody but a rule decided is undone.

    What a person decided stands until it is appealed by itself.
    """
    for case_id in lifted.takeover_withdrawn_from:
        takeover_id = _takeover_id(lifted, case_id)
        known = await unit.read(TAKEOVERS, takeover_id)
        if known is None:
            continue  # the case was no longer open, or the market has no such rule
        if known.status == Status.PROPOSED:
            await unit.execute(TAKEOVERS, takeover_id, DeclineTakeover("sanction_lifted", Role.SYSTEM, at))
        elif known.status == Status.ACTIVE and known.decision and known.decision.decided_by == Role.SYSTEM:
            await hand_back(takeover_id, "sanction_lifted", Role.SYSTEM, at, unit)


def _takeover_id(event: SanctionImposed | SanctionLifted, case_id: CaseId) -> TakeoverId:
    return TakeoverId(derived_id("tko", event.sanction_id, str(event.takeover_round), case_id))
