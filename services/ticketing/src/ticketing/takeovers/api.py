"""Proposing, deciding and ending takeovers (section 4)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chassis.aggregate import Unit
from chassis.appeals import AppealRequest, Codes
from chassis.auth import Action, Actor
from chassis.http import Code, IdForm, RequestModel, Who
from chassis.ids import new_id
from chassis.limits import Limited
from chassis.preconditions import Thing, rests_on, versioned
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, WriteUnit, routes
from ombud_words import AppealOutcome, EventId, TakeoverId, Trigger
from ticketing.cases.access import A_CASE, CaseIdGiven, Markets, case_for
from ticketing.takeovers.appealing import appeal_takeover, decide_appeal
from ticketing.takeovers.by_people import facts_of, grounds_from_people
from ticketing.takeovers.contact_at_once import give_verdict
from ticketing.takeovers.costs import costs_of
from ticketing.takeovers.deciding import Ruling, activate, hand_back, propose
from ticketing.takeovers.domain.authority import expect_authority
from ticketing.takeovers.domain.commands import DeclineTakeover
from ticketing.takeovers.domain.refusals import UnknownTakeover
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.locked_device import answer_unlock
from ticketing.takeovers.reversal import reverse_by_decision
from ticketing.takeovers.store import TAKEOVERS, list_takeovers
from ticketing.takeovers.views import TakeoverView, seen_by_role, takeover_view

router = routes("ticketing")
TakeoverIdGiven = Annotated[TakeoverId, IdForm]
FactIds = Annotated[
    list[Annotated[EventId, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{1,128}$")]], Field(max_length=50)
]
A_TAKEOVER = Thing.kept_as("takeover_id", TAKEOVERS)
Alternatives = Annotated[list[Code], Field(max_length=10)]


class TakeoverRequest(RequestModel):
    """A takeover to decide or to propose."""

    trigger: Trigger
    facts: FactIds
    """Ids of events of this case that the decision rests on; its timeline lists them."""
    alternatives: Alternatives = Field(default_factory=list)
    """Codes of what was considered instead."""


class ActivationRequest(RequestModel):
    """What a decision adds to the proposal of a takeover."""

    facts: FactIds = Field(default_factory=list)
    """Ids of further events of this case that the decision rests on."""
    alternatives: Alternatives = Field(default_factory=list)
    """Codes of what was considered instead."""


class UnlockAnswer(RequestModel):
    """Whether the seller's chance to unlock the device helped."""

    unlocked: bool


class VerdictRequest(RequestModel):
    """What a person found about the reason for which the platform has the contact."""

    confirmed: bool
    """True: it is so, and the seller pays what was shown. False: it is not, and the seller answers again."""
    reason: Code
    facts: FactIds = Field(default_factory=list)
    """Ids of further events of this case that the verdict rests on."""


class AppealDecisionRequest(RequestModel):
    """What becomes of an appeal, and why, as codes."""

    outcome: Literal["INADMISSIBLE", "UPHELD", "REVERSED"]
    reasons: Codes


class ReasonRequest(RequestModel):
    """Why, as a code."""

    reason: Code


async def takeover_for(unit: Unit, takeover_id: TakeoverId, actor: Actor, action: Action) -> Takeover:
    """Return a takeover that somebody may do this with. Raises UnknownTakeover, NotVisible or Forbidden."""
    takeover = await unit.read(TAKEOVERS, takeover_id)
    if takeover is None:
        raise UnknownTakeover
    await case_for(unit, takeover.case_id, actor, action)
    if not seen_by_role(takeover, actor.role):
        raise UnknownTakeover
    return takeover


@router.post("/cases/{case_id}/takeovers", status_code=201)
@rests_on(A_CASE)
async def take_over(
    case_id: CaseIdGiven, body: TakeoverRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> TakeoverView:
    """Decide that the platform takes the contact over (every trigger but T1). Refused when a fact that it needs is missing."""
    case = await case_for(unit, case_id, actor, Action.TAKE_OVER)
    market = markets[case.market]
    grounds = grounds_from_people(market, body.trigger, await facts_of(case, actor.role, body.facts, unit))
    expect_authority(actor.role, grounds.scope)
    ruling = Ruling(
        grounds=grounds,
        market=market,
        decided_by=actor.role,
        decider_id=actor.id,
        alternatives=tuple(body.alternatives),
        at=unit.now,
    )
    return takeover_view(await activate(TakeoverId(new_id("tko")), case, ruling, unit), actor.role)


@router.post("/cases/{case_id}/takeover-proposals", status_code=201)
async def propose_takeover(
    case_id: CaseIdGiven,
    body: TakeoverRequest,
    actor: Who,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    markets: Markets,
) -> TakeoverView:
    """Ask the platform to take the contact over; an agent decides."""
    case = await case_for(unit, case_id, actor, Action.REQUEST_TAKEOVER)
    facts = await facts_of(case, actor.role, body.facts, unit)
    grounds = grounds_from_people(markets[case.market], body.trigger, facts)
    await limits.use(Limited.TAKEOVER_PROPOSALS, actor, unit.now, unit, case_id)
    takeover_id = TakeoverId(new_id("tko"))
    costs = await costs_of(case, markets[case.market], unit)
    return takeover_view(await propose(takeover_id, case, grounds, actor.role, unit.now, unit, costs), actor.role)


@router.post("/takeovers/{takeover_id}/activation")
@versioned(A_TAKEOVER)
async def activate_takeover(
    takeover_id: TakeoverIdGiven,
    actor: Who,
    unit: WriteUnit,
    markets: Markets,
    body: ActivationRequest | None = None,
) -> TakeoverView:
    """Decide a proposed takeover in favour. Facts that the proposal lacks are named here."""
    proposed = await takeover_for(unit, takeover_id, actor, Action.TAKE_OVER)
    expect_authority(actor.role, proposed.grounds.scope)
    case = await case_for(unit, proposed.case_id, actor, Action.TAKE_OVER)
    added = body or ActivationRequest()
    ruling = Ruling(
        grounds=proposed.grounds.with_facts(await facts_of(case, actor.role, added.facts, unit)),
        market=markets[case.market],
        decided_by=actor.role,
        decider_id=actor.id,
        alternatives=tuple(added.alternatives),
        costs=proposed.costs or None,
        at=unit.now,
    )
    return takeover_view(await activate(takeover_id, case, ruling, unit), actor.role)


@router.post("/takeovers/{takeover_id}/refusal")
@versioned(A_TAKEOVER)
async def decline_takeover(
    takeover_id: TakeoverIdGiven, body: ReasonRequest, actor: Who, unit: WriteUnit
) -> TakeoverView:
    """Decide a proposed takeover against."""
    proposed = await takeover_for(unit, takeover_id, actor, Action.TAKE_OVER)
    expect_authority(actor.role, proposed.grounds.scope)
    command = DeclineTakeover(body.reason, actor.role, unit.now)
    return takeover_view(await unit.execute(TAKEOVERS, takeover_id, command), actor.role)


@router.post("/takeovers/{takeover_id}/hand-back")
@versioned(A_TAKEOVER)
async def hand_contact_back(
    takeover_id: TakeoverIdGiven, body: ReasonRequest, actor: Who, unit: WriteUnit
) -> TakeoverView:
    """Decide that the seller owns the contact again."""
    active = await takeover_for(unit, takeover_id, actor, Action.HAND_BACK)
    expect_authority(actor.role, active.grounds.scope)
    return takeover_view(await hand_back(takeover_id, body.reason, actor.role, unit.now, unit), actor.role)


@router.post("/takeovers/{takeover_id}/unlock-answer")
@versioned(A_TAKEOVER)
async def say_whether_unlocked(
    takeover_id: TakeoverIdGiven, body: UnlockAnswer, actor: Who, unit: WriteUnit
) -> TakeoverView:
    """Say, as the buyer, whether the device is unlocked: then the seller answers again, and pays nothing (T4)."""
    await takeover_for(unit, takeover_id, actor, Action.ANSWER_UNLOCK)
    return takeover_view(await answer_unlock(takeover_id, unit, unlocked=body.unlocked), actor.role)


@router.post("/takeovers/{takeover_id}/verdict")
@versioned(A_TAKEOVER)
async def judge_takeover(
    takeover_id: TakeoverIdGiven, body: VerdictRequest, actor: Who, unit: WriteUnit, markets: Markets
) -> TakeoverView:
    """Give the verdict on a contact that was taken over at once (T4 to T6). Refused while a fact that it needs is missing, and
    while the seller's chance to unlock the device lasts."""
    active = await takeover_for(unit, takeover_id, actor, Action.JUDGE_TAKEOVER)
    expect_authority(actor.role, active.grounds.scope)
    case = await case_for(unit, active.case_id, actor, Action.JUDGE_TAKEOVER)
    judged = await give_verdict(
        takeover_id,
        actor.id,
        actor.role,
        await facts_of(case, actor.role, body.facts, unit),
        markets[case.market],
        unit,
        confirmed=body.confirmed,
        reason=body.reason,
    )
    return takeover_view(judged, actor.role)


@router.post("/takeovers/{takeover_id}/reversal")
@versioned(A_TAKEOVER)
async def reverse_takeover(
    takeover_id: TakeoverIdGiven, body: ReasonRequest, actor: Who, unit: WriteUnit
) -> TakeoverView:
    """Decide that a takeover counts as if it had not been: the contact goes back, and what it cost the seller is credited.
    Refused to whoever decided it."""
    await takeover_for(unit, takeover_id, actor, Action.REVERSE_TAKEOVER)
    return takeover_view(await reverse_by_decision(takeover_id, body.reason, actor.id, unit), actor.role)


@router.post("/takeovers/{takeover_id}/appeals")
@versioned(A_TAKEOVER)
async def appeal(takeover_id: TakeoverIdGiven, body: AppealRequest, actor: Who, unit: WriteUnit) -> TakeoverView:
    """Ask, as the seller, that a supervisor who did not decide the takeover looks at it again: once for the decision, and once
    for a verdict. While the appeal waits, its case is not closed without a reason."""
    await takeover_for(unit, takeover_id, actor, Action.APPEAL_TAKEOVER)
    return takeover_view(await appeal_takeover(takeover_id, actor.role, tuple(body.grounds), unit), actor.role)


@router.post("/takeovers/{takeover_id}/appeals/decision")
@versioned(A_TAKEOVER)
async def decide_takeover_appeal(
    takeover_id: TakeoverIdGiven, body: AppealDecisionRequest, actor: Who, unit: WriteUnit
) -> TakeoverView:
    """Decide the appeal that waits. A reversed takeover counts as if it had not been: the contact goes back, and what it cost
    the seller is credited. Refused to whoever decided the takeover."""
    await takeover_for(unit, takeover_id, actor, Action.DECIDE_TAKEOVER_APPEAL)
    outcome = AppealOutcome(body.outcome)
    return takeover_view(await decide_appeal(takeover_id, outcome, tuple(body.reasons), actor.id, unit), actor.role)


@router.get("/takeovers/{takeover_id}")
@versioned(A_TAKEOVER)
async def get_takeover(takeover_id: TakeoverIdGiven, actor: Who, unit: ReadUnit) -> TakeoverView:
    """Show a takeover with the record of its decision."""
    return takeover_view(await takeover_for(unit, takeover_id, actor, Action.READ_CASE), actor.role)


@router.get("/cases/{case_id}/takeovers")
async def get_takeovers(case_id: CaseIdGiven, actor: Who, unit: ReadUnit) -> list[TakeoverView]:
    """Show the takeovers of a case with the records of their decisions, newest first."""
    await case_for(unit, case_id, actor, Action.READ_CASE)
    takeovers = await list_takeovers(unit, case_id)
    return [takeover_view(t, actor.role) for t in takeovers if seen_by_role(t, actor.role)]
