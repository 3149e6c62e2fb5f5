"""What every takeover has in common, whatever leads to it: its grounds by the market's rule, and a case and a record that
are written together."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.aggregate import Unit
from ombud_contracts.market import Market, TakeoverRule
from ombud_words import ChargeKind, PersonId, Role, TakeoverId, Trigger
from ticketing.cases.domain import (
    Case,
    HandContactBack,
    TakeContactOver,
    refuse_closed,
    refuse_with_platform,
)
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.takeovers.costs import costs_of
from ticketing.takeovers.domain.commands import ActivateTakeover, HandBack, NoteEligibility, ProposeTakeover
from ticketing.takeovers.domain.grounds import Cost, Fact, Grounds, Segment
from ticketing.takeovers.domain.refusals import ContactAnswered, FactMissing, UnknownTakeover
from ticketing.takeovers.domain.state import UNDECIDED, Status, Takeover
from ticketing.takeovers.store import TAKEOVERS

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
    costs: tuple[Cost, ...] | None = None
    """What the seller was shown that it costs; None: nothing was shown, and the tariff of today holds."""
    by_reply: bool = True
    """What was owed is done by an answer in the conversation."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What leads to a takeover without a person: the facts of a trigger in a case."""

    takeover_id: TakeoverId
    case: Case
    trigger: Trigger
    facts: tuple[Fact, ...]
    trace: tuple[Segment, ...] = ()
    alternatives: tuple[str, ...] = ()
    costs: tuple[Cost, ...] | None = None
    by_reply: bool = True
    """What is owed is done by an answer in the conversation; not so the steps of a return."""


def grounds_for(
    market: Market, trigger: Trigger, facts: tuple[Fact, ...], trace: tuple[Segment, ...] = ()
) -> tuple[TakeoverRule, Grounds]:
    """Return the market's rule for a trigger, and the grounds of a whole decision by it."""
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


def grounds_at_once(grounds: Grounds, rule: TakeoverRule) -> Grounds:
    """Return the grounds on which the platform has the contact before a person's verdict (S-1)."""
    return replace(grounds, required=rule.contact_facts, verdict_needs=rule.required_facts)


def _at_shown_costs(found: Finding, known: Takeover | None) -> Finding:
    """Return a finding at the costs that its proposal showed, whatever the tariff says since."""
    return replace(found, costs=known.costs) if known is not None and known.costs else found


def can_be_taken_over(case: Case) -> bool:
    """Tell whether a seller answers the case, and it is open."""
    return case.status == CaseStatus.OPEN and not case.taken_over and not case.with_platform


async def follow_rule(found: Finding, market: Market, unit: Unit) -> None:
    """Do what the market's mode says of a finding; nothing where the market has no such trigger or no seller answers.

    What lacks a fact is proposed, for a person can name it. A takeover that was decided about before stays as it is.
    """
    known = await unit.read(TAKEOVERS, found.takeover_id)
    if found.trigger not in market.takeovers or not can_be_taken_over(found.case):
        return
    rule, grounds = grounds_for(market, found.trigger, found.facts, found.trace)
    if known is not None and known.status not in UNDECIDED:
        return
    found = _at_shown_costs(found, known)
    at_once = grounds_at_once(grounds, rule)
    match rule.mode:
        case "automatic" if not grounds.missing:
            await _activate_by_rule(found, grounds, market, unit)
        case "contact_at_once" if not at_once.missing:
            await _activate_by_rule(found, at_once, market, unit)
        case "manual" if known is None:
            await note_eligible(found, grounds, unit)
        case "automatic" | "contact_at_once" | "recommend" if known is None:
            await propose_found(found, market, unit)


async def propose_found(found: Finding, market: Market, unit: Unit) -> Takeover | None:
    """Propose what a rule found, with what it costs; return the takeover, or None where there is nothing to take over."""
    if not can_be_taken_over(found.case):
        return None
    grounds = grounds_for(market, found.trigger, found.facts, found.trace)[1]
    costs = await costs_of(found.case, market, unit) if found.costs is None else found.costs
    return await propose(found.takeover_id, found.case, grounds, Role.SYSTEM, unit.now, unit, costs)


async def decide_by_rule(found: Finding, market: Market, unit: Unit) -> None:
    """Take over what is objective by now, also where the rule only recommended it before; what lacks a fact is proposed.

    Where the market leaves the trigger to people, they are shown what was found.
    """
    if found.trigger not in market.takeovers or not can_be_taken_over(found.case):
        return
    rule, grounds = grounds_for(market, found.trigger, found.facts, found.trace)
    known = await unit.read(TAKEOVERS, found.takeover_id)
    if rule.mode == "manual" or grounds.missing:
        await follow_rule(found, market, unit)
    elif known is None or known.status in UNDECIDED:
        await _activate_by_rule(_at_shown_costs(found, known), grounds, market, unit)


async def _activate_by_rule(found: Finding, grounds: Grounds, market: Market, unit: Unit) -> None:
    ruling = Ruling(
        grounds=grounds,
        market=market,
        decided_by=Role.SYSTEM,
        decider_id=BY_RULE,
        alternatives=found.alternatives,
        costs=found.costs,
        by_reply=found.by_reply,
        at=unit.now,
    )
    await activate(found.takeover_id, found.case, ruling, unit)


async def note_eligible(found: Finding, grounds: Grounds, unit: Unit) -> Takeover:
    """Keep what could lead to a takeover, for the desk to see."""
    command = NoteEligibility(
        takeover_id=found.takeover_id,
        case_id=found.case.id,
        market=found.case.market,
        grounds=grounds,
        at=unit.now,
    )
    return await unit.execute(TAKEOVERS, found.takeover_id, command)


async def propose(
    takeover_id: TakeoverId,
    case: Case,
    grounds: Grounds,
    by: Role,
    at: datetime,
    unit: Unit,
    costs: tuple[Cost, ...] = (),
) -> Takeover:
    """Propose a takeover of a case that is not closed, and still is not when the proposal is written. Raises CaseNotOpen."""
    guarded = await unit.guard(CASES, case.id)
    refuse_closed(guarded)
    refuse_with_platform(guarded)
    command = ProposeTakeover(
        takeover_id=takeover_id,
        case_id=case.id,
        market=case.market,
        grounds=grounds,
        proposed_by=by,
        costs=costs,
        at=at,
    )
    return await unit.execute(TAKEOVERS, takeover_id, command)


async def activate(takeover_id: TakeoverId, case: Case, ruling: Ruling, unit: Unit) -> Takeover:
    """Decide a takeover: the record, and the case's new owner, together. Raises a Refusal.

    What was answered by now is not taken over: the case that says so is written here, so that it still holds at commit.
    """
    if ruling.grounds.missing:
        raise FactMissing(ruling.grounds.missing)
    deadline = ruling.grounds.deadline if ruling.by_reply else None
    if deadline is not None and case.answered_since(deadline):
        raise ContactAnswered("the seller has answered since the deadline; decline the proposal")
    await unit.execute(CASES, case.id, TakeContactOver(takeover_id, ruling.at))
    today = await costs_of(case, ruling.market, unit)
    costs = today if ruling.costs is None or not today else ruling.costs
    command = _activation(takeover_id, case, ruling, costs)
    return await unit.execute(TAKEOVERS, takeover_id, command)


def _activation(takeover_id: TakeoverId, case: Case, ruling: Ruling, costs: tuple[Cost, ...]) -> ActivateTakeover:
    assert case.seller_id is not None, "a seller answers what is taken over"
    assert case.buyer_id is not None, "a seller answers a buyer"
    return ActivateTakeover(
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
        charges_announced=_due_now(ruling.grounds, costs),
        costs=costs,
        at=ruling.at,
    )


def _due_now(grounds: Grounds, costs: tuple[Cost, ...]) -> tuple[ChargeKind, ...]:
    """Return what the decision charges: nothing where a person has still to say whether its reason is so (S-1)."""
    return () if grounds.verdict_needs else tuple(cost.kind for cost in costs)


async def hand_back(takeover_id: TakeoverId, reason: str, decided_by: Role, at: datetime, unit: Unit) -> Takeover:
    """Give the contact back to the seller, by a decision. Raises a Refusal."""
    before = await unit.read(TAKEOVERS, takeover_id)
    if before is None:
        raise UnknownTakeover("there is no such takeover")
    ended = await unit.execute(TAKEOVERS, takeover_id, HandBack(reason, decided_by, at))
    await return_contact(before, ended, unit)
    return ended


async def return_contact(before: Takeover, after: Takeover, unit: Unit) -> None:
    """Let the seller own the contact again when the takeover that had it was handed back."""
    if before.status == Status.ACTIVE and after.status == Status.HANDED_BACK:
        await unit.execute(CASES, before.case_id, HandContactBack(before.id, unit.now))
