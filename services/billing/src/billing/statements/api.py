"""Routes that show money: all of a case's, and a seller's month."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.responses import Response

from billing.cases.domain import KnownCase
from billing.cases.store import KNOWN_CASES
from billing.charges.domain import Charge
from billing.charges.store import charges_of_case
from billing.charges.views import charge_view
from billing.payouts.store import holds_of_case
from billing.payouts.views import hold_view
from billing.refunds.domain import Refund
from billing.refunds.store import refunds_of_case
from billing.refunds.views import refund_view
from billing.statements.labels import language_of
from billing.statements.paper import to_pdf
from billing.statements.sheet import to_csv
from billing.statements.store import SELLERS
from billing.statements.views import CaseMoneyView, StatementView, draw
from chassis.aggregate import Unit
from chassis.auth import Action, NotVisible, Parties, authorize, authorize_in_all, authorize_role, markets_asked
from chassis.event_stream import EventStream
from chassis.http import Id as IdText
from chassis.http import Who
from chassis.live import STREAM, Follows, Glance, LiveLists, glance
from chassis.routes import ReadFigures, ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_words import CaseId, Role, SellerId
from ombud_words import Market as MarketId

router = routes("billing")
CaseInPath = Annotated[CaseId, *IdText.__metadata__]
SellerInPath = Annotated[SellerId, *IdText.__metadata__]
Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get("/cases/{case_id}/money")
async def get_case_money(case_id: CaseInPath, actor: Who, unit: ReadUnit) -> CaseMoneyView:
    """Show the charges and refunds of a case; none when no money moved in it."""
    money, parties = await _money_of(unit, case_id)
    authorize(actor, Action.READ_CHARGES, parties)
    return money


@router.get("/cases/{case_id}/money/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_case_money(case_id: CaseInPath, unit: ReadUnit, follower: Follows, lists: LiveLists) -> EventStream:
    """Follow the charges and refunds of a case: they differ from what was last told."""
    _, parties = await _money_of(unit, case_id)
    authorize(follower.actor, Action.READ_CHARGES, parties)
    return await lists.follow("money", case_id, follower, Action.READ_CHARGES)


async def money_in_short(unit: Unit, case_id: CaseId) -> Glance:
    """Return the money of a case in short. Raises NotVisible."""
    money, parties = await _money_of(unit, case_id)
    told = {"charges": len(money.charges), "refunds": len(money.refunds)}
    return glance([money.model_dump_json()], told, parties)


async def _money_of(unit: Unit, case_id: CaseId) -> tuple[CaseMoneyView, Parties]:
    charges = await charges_of_case(unit, case_id)
    refunds = await refunds_of_case(unit, case_id)
    holds = await holds_of_case(unit, case_id)
    case = await unit.read(KNOWN_CASES, case_id)
    return CaseMoneyView(
        case_id=case_id,
        charges=[charge_view(c) for c in charges],
        refunds=[refund_view(r) for r in refunds],
        holds=[hold_view(h) for h in holds],
    ), _parties(case, charges, refunds)


def _parties(case: KnownCase | None, charges: Sequence[Charge], refunds: Sequence[Refund]) -> Parties:
    """Return whose money of a case it is: what moved says so, else what was told of the case. Raises NotVisible."""
    if charges:
        return Parties(charges[0].terms.market, None, charges[0].terms.seller_id)
    told_of = case if case is not None and case.market is not None else None
    market = refunds[0].order.market if refunds else told_of.market if told_of is not None else None
    if market is None:
        raise NotVisible
    return Parties(market, None, told_of.seller_id if told_of is not None else None)


@router.get("/sellers/{seller_id}/statements/{month}", response_model=StatementView, responses=_FORMS)
async def get_statement(
    seller_id: SellerInPath,
    month: Month,
    actor: Who,
    unit: ReadUnit,
    figures: ReadFigures,
    markets: Annotated[Mapping[str, Market], provided("markets")],
    format: Annotated[Literal["json", "csv", "pdf"], Query()] = "json",
    market: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
) -> Response | StatementView:
    """Draw a month's statement, as JSON, CSV or PDF, of a market or of all; its total is the ledger's.

    A PDF is in the language that is asked for, else in the one that the seller registered, else in the market's.
    """
    if actor.role == Role.SELLER and actor.id != seller_id:
        raise NotVisible
    authorize_role(actor, Action.READ_CHARGES)
    of = {m.id: m for m in markets_asked(markets, market)}
    statement = await draw(unit, figures, seller_id, month, of, unit.now)
    if actor.staff:
        authorize_in_all(actor, Action.READ_CHARGES, statement.markets)
    if format == "json":
        return statement
    headers = {"Content-Disposition": f'attachment; filename="statement-{month}.{format}"'}
    if format == "csv":
        return Response(to_csv(statement), media_type="text/csv", headers=headers)
    spoken = await _language(unit, statement, of, market, language)
    # In a thread: a long statement takes seconds to lay out, while others are answered.
    drawn = await asyncio.to_thread(to_pdf, statement, of, spoken, unit.now)
    return Response(drawn, media_type="application/pdf", headers=headers)


async def _language(
    unit: Unit, statement: StatementView, markets: Mapping[str, Market], market: str | None, asked: str | None
) -> str:
    seller = await unit.read(SELLERS, statement.seller_id)
    of = MarketId(market) if market is not None else None
    spoken = seller.speaks(of) if seller is not None else ()
    first = next((markets[name] for name in sorted(statement.markets)), None)
    return language_of(asked, spoken, first.languages if first is not None else ())
