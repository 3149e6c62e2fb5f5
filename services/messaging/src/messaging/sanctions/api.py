"""Sanctions over HTTP: where a person stands, an appeal, and what a supervisor decides about it."""

from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.appeals import AppealRequest, Codes
from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_role, readable_markets
from chassis.http import RequestModel, Who
from chassis.preconditions import Thing, versioned
from chassis.routes import ReadUnit, WriteUnit, routes
from messaging.conversations.parameters import MarketId, Markets, MessageParam, PageSize, PersonParam, SanctionParam
from messaging.sanctions.domain import (
    REVERSED,
    AppealSanction,
    PardonBreaches,
    Sanction,
    UnknownSanction,
    UpholdSanction,
)
from messaging.sanctions.store import SANCTIONS, appealed_sanctions, sanctions_of
from messaging.sanctions.views import SanctionList, SanctionView, sanction_view
from ombud_words import BuyerId, Role, SanctionId, SellerId

router = routes("enforcement")
A_SANCTION = Thing.kept_as("sanction_id", SANCTIONS)


class ReversalRequest(RequestModel):
    """Which breaches were none, and why."""

    message_ids: Annotated[list[MessageParam], Field(max_length=100)] = Field(default_factory=list)
    """Every breach that stands when left out."""
    reasons: Codes


class UpholdingRequest(RequestModel):
    """Why a sanction stands, as codes."""

    reasons: Codes


def _parties(sanction: Sanction) -> Parties:
    """Whose matter a sanction is."""
    buyer = BuyerId(sanction.person_id) if sanction.role == Role.BUYER else None
    seller = SellerId(sanction.person_id) if sanction.role == Role.SELLER else None
    return Parties(sanction.market, buyer, seller)


async def _sanction_for(unit: Unit, id: SanctionId, actor: Actor, action: Action) -> Sanction:
    sanction = await unit.read(SANCTIONS, id)
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


@router.get("/sanctions/{person_id}")
async def get_sanctions(person_id: PersonParam, actor: Who, unit: ReadUnit) -> SanctionList:
    """Show where a person stands on the ladder, market by market: to the person, and to the staff of the market."""
    authorize_role(actor, Action.READ_SANCTIONS)
    seen = [s for s in await sanctions_of(unit, person_id) if _sees(actor, s)]
    if not seen and person_id != actor.id:
        raise NotVisible
    return SanctionList(sanctions=[sanction_view(s, unit.now) for s in seen])


@router.get("/moderation/sanction-appeals")
async def list_appeals(
    actor: Who, unit: ReadUnit, markets: Markets, market: MarketId = None, limit: PageSize = 30
) -> SanctionList:
    """List sanctions whose appeal waits for a decision, the oldest appeal first."""
    readable = readable_markets(actor, Action.MODERATE, market, markets)
    found = await appealed_sanctions(unit, readable, limit)
    return SanctionList(sanctions=[sanction_view(s, unit.now) for s in found])


@router.get("/moderation/sanctions/{sanction_id}")
@versioned(A_SANCTION)
async def get_sanction(sanction_id: SanctionParam, actor: Who, unit: ReadUnit) -> SanctionView:
    """Show one sanction: to the person, and to the staff of the market."""
    return sanction_view(await _sanction_for(unit, sanction_id, actor, Action.READ_SANCTIONS), unit.now)


@router.post("/sanctions/{sanction_id}/appeals")
@versioned(A_SANCTION)
async def appeal_sanction(sanction_id: SanctionParam, body: AppealRequest, actor: Who, unit: WriteUnit) -> SanctionView:
    """Ask a supervisor to look at a sanction again; only the person can."""
    await _sanction_for(unit, sanction_id, actor, Action.APPEAL_SANCTION)
    command = AppealSanction(tuple(body.grounds), unit.now)
    return sanction_view(await unit.execute(SANCTIONS, sanction_id, command), unit.now)


@router.post("/sanctions/{sanction_id}/reversal")
@versioned(A_SANCTION)
async def reverse_sanction(
    sanction_id: SanctionParam, body: ReversalRequest, actor: Who, unit: WriteUnit
) -> SanctionView:
    """Decide that breaches were none: the step falls, what waited is delivered, a proposed takeover is withdrawn."""
    await _sanction_for(unit, sanction_id, actor, Action.DECIDE_SANCTION_APPEAL)
    reasons, pardoned = tuple(body.reasons), tuple(body.message_ids)
    command = PardonBreaches(message_ids=pardoned, cause=REVERSED, reasons=reasons, at=unit.now)
    return sanction_view(await unit.execute(SANCTIONS, sanction_id, command), unit.now)


@router.post("/sanctions/{sanction_id}/upholding")
@versioned(A_SANCTION)
async def uphold_sanction(
    sanction_id: SanctionParam, body: UpholdingRequest, actor: Who, unit: WriteUnit
) -> SanctionView:
    """Decide an appeal against the person: the sanction stands."""
    await _sanction_for(unit, sanction_id, actor, Action.DECIDE_SANCTION_APPEAL)
    command = UpholdSanction(tuple(body.reasons), unit.now)
    return sanction_view(await unit.execute(SANCTIONS, sanction_id, command), unit.now)
