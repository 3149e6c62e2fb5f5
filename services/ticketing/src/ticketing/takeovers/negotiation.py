"""T2: buyer and seller do not agree about quality or a listing. A takeover is recommended when the time to negotiate is over or
a second offer was refused, and made by the rule at an impasse: no offer open for as long as the clock `impasse` says."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from chassis.store import Document
from ombud_contracts.events.disputes import EscalationOpened, OfferDeclined
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.market import Market
from ombud_words import CaseId, DisputeId, EventId, Reason, ReasonFamily, TakeoverId, Trigger
from ticketing.cases.store import CASES
from ticketing.takeovers.contact_at_once import TRIGGERS
from ticketing.takeovers.deciding import Finding, decide_by_rule, follow_rule
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.facts import entries_of_dispute, known_of_matter, shown_in_case
from ticketing.unfinished.store import guard_unfinished

_REFUSALS = 2
"""So many refused offers make a recommendation."""
_ENDS_AN_OFFER = ("disputes.offer_declined", "disputes.offer_expired", "disputes.offer_ended")


async def recommend(event: EscalationOpened | OfferDeclined, markets: Mapping[str, Market], unit: Unit) -> None:
    """Follow the market's rule when a negotiation about quality or a listing has come to its end, or to a second refusal."""
    found = await _finding(event.case_id, event.dispute_id, (), markets, unit)
    if found is None:
        return
    if isinstance(event, OfferDeclined):
        told = await entries_of_dispute(event.case_id, event.dispute_id, unit)
        if _count(told, ("disputes.offer_declined",)) < _REFUSALS:
            return
    elif event.cause != "deadline":
        return
    await follow_rule(found, markets[found.case.market], unit)


async def end_impasse(breach: ClockBreached, breach_id: EventId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Take over a dispute in which nothing is offered any more, if that is still so; what lacks a fact is proposed."""
    dispute_id = DisputeId(breach.subject)
    told = await entries_of_dispute(breach.case_id, dispute_id, unit)
    if _count(told, ("disputes.offer_made",)) > _count(told, _ENDS_AN_OFFER):
        return
    fact = Fact(breach_id, ("impasse", "deadline_trace"))
    found = await _finding(breach.case_id, dispute_id, (fact,), markets, unit)
    if found is not None:
        await decide_by_rule(found, markets[found.case.market], unit)


def _count(told: list[Document], types: tuple[str, ...]) -> int:
    return sum(entry["type"] in types for entry in told)


def negotiated_takeover_id(dispute_id: DisputeId) -> TakeoverId:
    """Return the id of the one takeover that a dispute about quality or a listing can lead to."""
    return TakeoverId(derived_id("tko", dispute_id, Trigger.QUALITY_CONFORMITY))


async def _finding(
    case_id: CaseId, dispute_id: DisputeId, facts: tuple[Fact, ...], markets: Mapping[str, Market], unit: Unit
) -> Finding | None:
    """Return what leads to T2; None for a dispute that is over, or is not the buyer's about quality or a listing."""
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotYet(case_id)
    if dispute_id in (await guard_unfinished(case_id, unit)).over:
        return None
    told = await entries_of_dispute(case_id, dispute_id, unit)
    claims = [entry["summary"].get("reason", "") for entry in told if "claim" in entry["shows"]]
    if not claims or not _about_quality(claims[0], markets[case.market]):
        return None
    shown = await shown_in_case(case, ("claim", "evidence"), unit)
    return Finding(
        takeover_id=negotiated_takeover_id(dispute_id),
        case=case,
        trigger=Trigger.QUALITY_CONFORMITY,
        facts=(*facts, *shown, *await known_of_matter(case, unit)),
    )


def _about_quality(reason: str, market: Market) -> bool:
    """What is locked, counterfeit or unsafe has triggers of its own."""
    if reason in TRIGGERS or reason not in list(Reason):
        return False
    return market.reason(Reason(reason)).family == ReasonFamily.CONFORMITY
