"""The ledger as a list: a seller's own part of it, and for staff all of their markets."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from pydantic import Field

from billing.ledger.domain import receivable
from billing.ledger.store import in_month, page_of_entries
from billing.ledger.views import EntryPage, entry_view
from chassis.auth import Action, Actor, authorize_role, readable_markets
from chassis.http import Id, RequestModel, Running, Who, read_cursor, write_cursor
from chassis.routes import ReadUnit, provided, routes
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_words import PersonId, Role, SellerId

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]


class EntryListQuery(RequestModel):
    """Which entries, and from where on; what is left out does not narrow the list."""

    market: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None
    seller_id: Id | None = None
    """Entries on this seller's account."""
    case_id: Id | None = None
    month: Annotated[str | None, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] = None
    """Of the statement, in each market's time zone."""
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


@router.get("/ledger/entries")
async def list_entries(
    actor: Who, unit: ReadUnit, runtime: Running, markets: Markets, asked: Annotated[EntryListQuery, Query()]
) -> EntryPage:
    """List entries of the ledger, the newest first: a seller those on its own account, staff those of their markets."""
    where = _rows_for(actor, asked, markets)
    bound = f"ledger|{actor.role}|{actor.id}|{asked.model_dump_json(exclude={'cursor', 'limit'})}"
    found, following = await page_of_entries(unit, where, read_cursor(runtime, asked.cursor, bound), asked.limit)
    whose = SellerId(actor.id) if actor.role == Role.SELLER else None
    return EntryPage(
        entries=[entry_view(e, whose) for e in found],
        next_cursor=write_cursor(runtime, following, bound) if following else None,
    )


def _rows_for(actor: Actor, asked: EntryListQuery, markets: Mapping[str, Market]) -> Document:
    authorize_role(actor, Action.READ_CHARGES)
    where = [_theirs(actor, asked.market, markets), _LISTED]
    where += [{name: value} for name in ("market", "case_id") if (value := getattr(asked, name)) is not None]
    if asked.seller_id is not None:
        where.append({"accounts": receivable(SellerId(PersonId(asked.seller_id)))})
    if asked.month is not None:
        where.append(in_month(asked.month, markets))
    return {"$and": where}


_LISTED: Document = {"market": {"$ne": None}}
"""An entry that an earlier release wrote meanwhile is listed from the next start on."""


def _theirs(actor: Actor, market: str | None, markets: Mapping[str, Market]) -> Document:
    if actor.role == Role.SELLER:
        return {"accounts": receivable(SellerId(actor.id))}
    return {"market": {"$in": readable_markets(actor, Action.READ_CHARGES, market, markets)}}
