"""Sanctions over HTTP: where a person stands, an appeal, and what a supervisor decides about it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_role, readable_markets
from chassis.http import Code, Command, Id, RequestModel, Running, Runtime, View, Who
from messaging.conversations.access import MarketId, PageSize
from messaging.conversations.domain.refusals import UnknownSanction
from messaging.sanctions.domain.event import REVERSED, AppealSanction, PardonBreaches, UpholdSanction
from messaging.sanctions.domain.sanction import Sanction
from messaging.sanctions.store import SANCTIONS, appealed_sanctions, find_sanction, sanctions_of
from messaging.sanctions.views import SanctionList, SanctionView, sanction_view
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Role

Codes = Annotated[list[Code], Field(min_length=1, max_length=10)]


class AppealRequest(RequestModel):
    """What is wrong with a sanction, as codes."""

    grounds: Codes


class ReversalRequest(RequestModel):
    """Which breaches were none, and why."""

    message_ids: Annotated[list[Id], Field(max_length=100)] = Field(default_factory=list)
    """Every breach that stands when left out."""
    reasons: Codes


class UpholdingRequest(RequestModel):
    """Why a sanction stands, as codes."""

    reasons: Codes


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes of sanctions."""
    router = APIRouter()
    _add_reading(router, markets)
    _add_deciding(router)
    return router


def _parties(sanction: Sanction) -> Parties:
    """Whose matter a sanction is."""
    buyer = sanction.person_id if sanction.role == Role.BUYER else None
    seller = sanction.person_id if sanction.role == Role.SELLER else None
    return Parties(sanction.market, buyer, seller)


async def _sanction_for(runtime: Runtime, id: str, actor: Actor, action: Action) -> Sanction:
    sanction = await find_sanction(runtime.mongo, id)
    if sanction is None:
        raise UnknownSanction
    authorize(actor, action, _parties(sanction))
    return sanction


def _sees(actor: Actor, sanction: Sanction) -> bool:
    try:
        authorize(actor, Action.READ_SANCTIONS, _parties(sanction))
    except NotVisible:
        return False
    return True


def _add_reading(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.get("/sanctions/{person_id}")
    async def get_sanctions(person_id: Id, actor: Who, runtime: Running) -> SanctionList:
        """Show where a person stands on the ladder, market by market: to the person, and to the staff of the market."""
        authorize_role(actor, Action.READ_SANCTIONS)
        seen = [s for s in await sanctions_of(runtime.mongo, person_id) if _sees(actor, s)]
        if not seen and person_id != actor.id:
            raise NotVisible
        now = runtime.now()
        return SanctionList(sanctions=[sanction_view(s, now) for s in seen])

    @router.get("/moderation/sanction-appeals")
    async def list_appeals(actor: Who, runtime: Running, market: MarketId = None, limit: PageSize = 30) -> SanctionList:
        """List sanctions whose appeal waits for a decision, the oldest appeal first."""
        readable = readable_markets(actor, Action.MODERATE, market, markets)
        now = runtime.now()
        found = await appealed_sanctions(runtime.mongo, readable, limit)
        return SanctionList(sanctions=[sanction_view(s, now) for s in found])


def _add_deciding(router: APIRouter) -> None:
    @router.post("/sanctions/{sanction_id}/appeals", response_model=SanctionView)
    async def appeal_sanction(
        sanction_id: Id, body: AppealRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Ask a supervisor to look at a sanction again; only the person can."""
        await _sanction_for(runtime, sanction_id, actor, Action.APPEAL_SANCTION)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            state = await unit.execute(SANCTIONS, sanction_id, AppealSanction(tuple(body.grounds), now))
            return sanction_view(state, now)

        return await work.run(effect, on=sanction_id)

    @router.post("/sanctions/{sanction_id}/reversal", response_model=SanctionView)
    async def reverse_sanction(
        sanction_id: Id, body: ReversalRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide that breaches were none: the step falls, what waited is delivered, a proposed takeover is withdrawn."""
        await _sanction_for(runtime, sanction_id, actor, Action.DECIDE_SANCTION_APPEAL)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            command = PardonBreaches(tuple(body.message_ids), REVERSED, tuple(body.reasons), now)
            return sanction_view(await unit.execute(SANCTIONS, sanction_id, command), now)

        return await work.run(effect, on=sanction_id)

    @router.post("/sanctions/{sanction_id}/upholding", response_model=SanctionView)
    async def uphold_sanction(
        sanction_id: Id, body: UpholdingRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide an appeal against the person: the sanction stands."""
        await _sanction_for(runtime, sanction_id, actor, Action.DECIDE_SANCTION_APPEAL)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            state = await unit.execute(SANCTIONS, sanction_id, UpholdSanction(tuple(body.reasons), now))
            return sanction_view(state, now)

        return await work.run(effect, on=sanction_id)
