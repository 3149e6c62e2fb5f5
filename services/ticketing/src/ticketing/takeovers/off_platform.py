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
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import Finding, follow_rule, hand_back
from ticketing.takeovers.domain.commands import DeclineTakeover
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.state import UNDECIDED, Status
from ticketing.takeovers.store import TAKEOVERS

TAKEOVER_STEP = "takeover"
"""The step of the ladder that asks for the contact."""
_ALTERNATIVES = ("moderate_every_message", "warn_again")


async def propose_after_sanction(imposed: SanctionImposed, markets: Mapping[str, Market], unit: Unit) -> None:
    """Propose a takeover of the latest breach's case; at most once per case and time that the seller came to this step.

    Raises NotYet for a case that is not known.
    """
    if imposed.step != TAKEOVER_STEP or imposed.role != Role.SELLER:
        return
    case = await unit.read(CASES, imposed.case_id)
    if case is None:
        raise NotYet(imposed.case_id)
    found = Finding(
        takeover_id=_takeover_id(imposed, imposed.case_id),
        case=case,
        trigger=Trigger.OFF_PLATFORM,
        facts=tuple(Fact(EventId(event_id), ("off_platform_attempt",)) for event_id in imposed.facts),
        alternatives=_ALTERNATIVES,
    )
    if await unit.read(TAKEOVERS, found.takeover_id) is None:
        await follow_rule(found, markets[case.market], unit)


async def withdraw_after_sanction(lifted: SanctionLifted, at: datetime, unit: Unit) -> None:
    """Take back what the step led to: an open proposal is declined, and what nobody but a rule decided is undone.

    What a person decided stands until it is appealed by itself.
    """
    for case_id in lifted.takeover_withdrawn_from:
        takeover_id = _takeover_id(lifted, case_id)
        known = await unit.read(TAKEOVERS, takeover_id)
        if known is None:
            continue  # the case was no longer open, or the market has no such rule
        if known.status in UNDECIDED:
            await unit.execute(TAKEOVERS, takeover_id, DeclineTakeover("sanction_lifted", Role.SYSTEM, at))
        elif known.status == Status.ACTIVE and known.decision and known.decision.decided_by == Role.SYSTEM:
            await hand_back(takeover_id, "sanction_lifted", Role.SYSTEM, at, unit)


def _takeover_id(event: SanctionImposed | SanctionLifted, case_id: CaseId) -> TakeoverId:
    return TakeoverId(derived_id("tko", event.sanction_id, str(event.takeover_round), case_id))
