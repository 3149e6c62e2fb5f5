"""Proposing, deciding and ending takeovers (section 4)."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import Code, Command, Id, KeyedCommand, RequestModel, Running, Runtime, View, Who
from chassis.ids import new_id
from chassis.limits import Limited
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Trigger
from ticketing.api.access import case_for
from ticketing.domain.refusals import UnknownFact, UnknownTakeover
from ticketing.domain.takeover import DeclineTakeover, Fact, Takeover
from ticketing.processes import activate, grounds_from_people, hand_back, propose
from ticketing.store import TAKEOVERS, find_takeover, find_timeline_entries, list_takeovers
from ticketing.views import TakeoverView, takeover_view

FactIds = Annotated[list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_:.-]{1,128}$")]], Field(max_length=50)]
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


class ReasonRequest(RequestModel):
    """Why, as a code."""

    reason: Code


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes that propose, decide and end takeovers."""
    router = APIRouter()

    async def facts_of(runtime: Runtime, case_id: str, actor: Actor, event_ids: list[str]) -> tuple[Fact, ...]:
        """Return the facts that events show. One that the actor may not see does not exist for them."""
        found = await find_timeline_entries(runtime.mongo, case_id, actor.role, event_ids)
        entries = {entry["_id"]: entry for entry in found}
        if len(entries) < len(set(event_ids)):
            raise UnknownFact("a fact is no event of this case; its timeline lists their ids")
        line_shown = Fact("listing_snapshot_of_order_line", ("listing_snapshot",))
        return (*(Fact(id, tuple(entries[id]["shows"])) for id in event_ids), line_shown)

    async def takeover_for(runtime: Runtime, takeover_id: str, actor: Actor, action: Action) -> Takeover:
        takeover = await find_takeover(runtime.mongo, takeover_id)
        if takeover is None:
            raise UnknownTakeover
        await case_for(runtime, takeover.case_id, actor, action)
        return takeover

    @router.post("/cases/{case_id}/takeovers", status_code=201, response_model=TakeoverView)
    async def take_over(
        case_id: Id, body: TakeoverRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Decide that the platform takes the contact over (every trigger but T1). Refused when a fact that it needs is missing."""
        case = await case_for(runtime, case_id, actor, Action.TAKE_OVER)
        market = markets[case.market]
        grounds = grounds_from_people(market, body.trigger, await facts_of(runtime, case_id, actor, body.facts))
        takeover_id = new_id("tko")

        async def effect(unit: Unit) -> View:
            decided = await activate(
                takeover_id,
                case,
                grounds,
                market,
                actor.role,
                actor.id,
                tuple(body.alternatives),
                runtime.now(),
                unit,
            )
            return takeover_view(decided)

        return await work.once(effect, on=case_id, status=201)

    @router.post("/cases/{case_id}/takeover-proposals", status_code=201, response_model=TakeoverView)
    async def propose_takeover(
        case_id: Id, body: TakeoverRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Ask the platform to take the contact over; an agent decides."""
        case = await case_for(runtime, case_id, actor, Action.REQUEST_TAKEOVER)
        facts = await facts_of(runtime, case_id, actor, body.facts)
        grounds = grounds_from_people(markets[case.market], body.trigger, facts)
        takeover_id = new_id("tko")

        async def effect(unit: Unit) -> View:
            await runtime.limits.use(Limited.TAKEOVER_PROPOSALS, actor, runtime.now(), unit, case_id)
            return takeover_view(await propose(takeover_id, case, grounds, actor.role, runtime.now(), unit))

        return await work.once(effect, on=case_id, status=201)

    @router.post("/takeovers/{takeover_id}/activation", response_model=TakeoverView)
    async def activate_takeover(
        takeover_id: Id, actor: Who, work: Command, runtime: Running, body: ActivationRequest | None = None
    ) -> Response:
        """Decide a proposed takeover in favour. Facts that the proposal lacks are named here."""
        proposed = await takeover_for(runtime, takeover_id, actor, Action.TAKE_OVER)
        case = await case_for(runtime, proposed.case_id, actor, Action.TAKE_OVER)
        added = body or ActivationRequest()
        grounds = proposed.grounds.with_facts(await facts_of(runtime, case.id, actor, added.facts))

        async def effect(unit: Unit) -> View:
            decided = await activate(
                takeover_id,
                case,
                grounds,
                markets[case.market],
                actor.role,
                actor.id,
                tuple(added.alternatives),
                runtime.now(),
                unit,
            )
            return takeover_view(decided)

        return await work.run(effect, on=proposed.case_id)

    @router.post("/takeovers/{takeover_id}/refusal", response_model=TakeoverView)
    async def decline_takeover(
        takeover_id: Id, body: ReasonRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide a proposed takeover against."""
        proposed = await takeover_for(runtime, takeover_id, actor, Action.TAKE_OVER)

        async def effect(unit: Unit) -> View:
            command = DeclineTakeover(body.reason, actor.role, runtime.now())
            return takeover_view(await unit.execute(TAKEOVERS, takeover_id, command))

        return await work.run(effect, on=proposed.case_id)

    @router.post("/takeovers/{takeover_id}/hand-back", response_model=TakeoverView)
    async def hand_contact_back(
        takeover_id: Id, body: ReasonRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide that the seller owns the contact again."""
        active = await takeover_for(runtime, takeover_id, actor, Action.HAND_BACK)

        async def effect(unit: Unit) -> View:
            ended = await hand_back(takeover_id, body.reason, actor.role, runtime.now(), unit)
            return takeover_view(ended)

        return await work.run(effect, on=active.case_id)

    @router.get("/cases/{case_id}/takeovers")
    async def get_takeovers(case_id: Id, actor: Who, runtime: Running) -> list[TakeoverView]:
        """Show the takeovers of a case with the records of their decisions, newest first."""
        await case_for(runtime, case_id, actor, Action.READ_CASE)
        return [takeover_view(t) for t in await list_takeovers(runtime.mongo, case_id)]

    return router
