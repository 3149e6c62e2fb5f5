"""What every takeover has in common, whatever leads to it: its grounds by the market's rule, and a case and a record that
are written together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.aggregate import Unit
from ombud_contracts.market import Market, TakeoverRule
from ombud_words import ChargeKind, PersonId, Role, TakeoverId, Trigger, line_key
from ticketing.cases.domain import Case, HandContactBack, TakeContactOver, refuse_closed, refuse_with_platform
from ticketing.cases.store import CASES
from ticketing.orders.store import guard_line
from ticketing.takeovers.domain.refusals import ContactAnswered, FactMissing, UnknownTakeover
from ticketing.takeovers.domain.takeover import (
    ActivateTakeover,
    Fact,
    Grounds,
    HandBack,
    ProposeTakeover,
    Segment,
    Status,
    Takeover,
)
from ticketing.takeovers.store import TAKEOVERS

ANNOUNCED_CHARGES = (ChargeKind.HANDLING_FEE,)
"""What a takeover of an order that was taken costs the seller by itself; refunds and labels follow from the decision of a dispute."""
_USUAL_ALTERNATIVES = ("remind_again", "leave_with_seller")
BY_RULE = PersonId("system")
"""Who decides when a rule of the market does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision to take a contact over: on what, by which market's terms, by whom and when."""

    grounds: Grounds
    market: Market
    decided_by: Role
    decider_id: PersonId
    alternatives: tuple[str, ...] = ()
    """Codes of what was considered instead; the usual ones when none is named."""
    at: datetime


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


async def propose(
    takeover_id: TakeoverId, case: Case, grounds: Grounds, by: Role, at: datetime, unit: Unit
) -> Takeover:
    """Propose a takeover of a case that is not closed, and still is not when the proposal is written. Raises CaseNotOpen."""
    guarded = await unit.guard(CASES, case.id)
    refuse_closed(guarded)
    refuse_with_platform(guarded)
    command = ProposeTakeover(
        takeover_id=takeover_id, case_id=case.id, market=case.market, grounds=grounds, proposed_by=by, at=at
    )
    return await unit.execute(TAKEOVERS, takeover_id, command)


async def activate(takeover_id: TakeoverId, case: Case, ruling: Ruling, unit: Unit) -> Takeover:
    """Decide a takeover: the record, and the case's new owner, together. Raises a Refusal.

    What was answered by now is not taken over: the case that says so is written here, so that it still holds at commit.
    """
    if ruling.grounds.missing:
        raise FactMissing(ruling.grounds.missing)
    if ruling.grounds.deadline is not None and case.answered_since(ruling.grounds.deadline):
        raise ContactAnswered("the seller has answered since the deadline; decline the proposal")
    await unit.execute(CASES, case.id, TakeContactOver(takeover_id, ruling.at))
    assert case.seller_id is not None, "a seller answers what is taken over"
    assert case.buyer_id is not None, "a seller answers a buyer"
    command = ActivateTakeover(
        takeover_id=takeover_id,
        case_id=case.id,
        market=case.market,
        seller_id=case.seller_id,
        buyer_id=case.buyer_id,
        order_id=case.order_id,
        line_id=case.line_id,
        listing_id=case.listing_id,
        reason=case.reason,
        grounds=ruling.grounds,
        alternatives=ruling.alternatives or _USUAL_ALTERNATIVES,
        decided_by=ruling.decided_by,
        decider_id=ruling.decider_id,
        appeal_until=ruling.at + timedelta(days=ruling.market.legal.appeal_days),
        charges_announced=await _charges_of(case, unit),
        at=ruling.at,
    )
    return await unit.execute(TAKEOVERS, takeover_id, command)


async def _charges_of(case: Case, unit: Unit) -> tuple[ChargeKind, ...]:
    """Return what the seller is told that a takeover costs: nothing where billing charges nothing (S-10).

    Before a purchase there is no order value by which charges are capped.
    """
    if case.order_id is None or case.line_id is None:
        return ()
    line = await guard_line(unit, line_key(case.order_id, case.line_id))
    refused = line is not None and line.purchase is not None and line.purchase.refused is not None
    return () if refused else ANNOUNCED_CHARGES


async def hand_back(takeover_id: TakeoverId, reason: str, decided_by: Role, at: datetime, unit: Unit) -> Takeover:
    """Give the contact back to the seller, by a decision. Raises a Refusal."""
    before = await unit.read(TAKEOVERS, takeover_id)
    if before is None:
        raise UnknownTakeover("there is no such takeover")
    ended = await unit.execute(TAKEOVERS, takeover_id, HandBack(reason, decided_by, at))
    if before.status == Status.ACTIVE:
        await unit.execute(CASES, before.case_id, HandContactBack(takeover_id, at))
    return ended
