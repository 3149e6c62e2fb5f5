"""How the ledger is kept: entries that are inserted once and never changed, and what is asked of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.ledger.domain import RECOVERABLE, Entry, month_bounds, receivable
from chassis.mongo import Index, Indexes, Mongo
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Figures, Reader, Upsert
from ombud_contracts.market import Market as MarketTerms
from ombud_words import CaseId, Currency, Market, SellerId

LEDGER = "ledger_entries"
LEDGER_INDEXES: Indexes = {
    LEDGER: [
        Index(("accounts", 1), ("at", 1)),
        Index(("market", 1), ("at", -1)),
        Index(("case_id", 1), ("at", -1)),
    ]
}
_NEWEST = sorted_by(("at", -1), instants=["at"])


def entry_row(entry: Entry, *, market: Market, case_id: CaseId) -> Upsert:
    """Return a ledger entry of a case as it is kept: inserted once, never changed."""
    document: Document = {
        "currency": entry.currency,
        "postings": [{"account": p.account, "amount_minor": p.amount_minor} for p in entry.postings],
        "accounts": [p.account for p in entry.postings],
        "caused_by": entry.caused_by,
        "reverses": entry.reverses,
        "at": entry.at,
        "market": market,
        "case_id": case_id,
    }
    return Upsert(LEDGER, entry.id, document, new=True)


def in_month(month: str, markets: Mapping[str, MarketTerms]) -> Document:
    """Return the filter of a month's entries: in each market from its own first midnight to the next month's."""
    return {"$or": [{**where, "at": {"$gte": start, "$lt": end}} for where, start, end in _by_zone(month, markets)]}


def _by_zone(month: str, markets: Mapping[str, MarketTerms]) -> list[tuple[Document, datetime, datetime]]:
    zones: dict[str, list[str]] = defaultdict(list)
    for market in markets.values():
        zones[market.time_zone].append(market.id)
    return [({"market": {"$in": ids}}, *month_bounds(month, ZoneInfo(zone))) for zone, ids in sorted(zones.items())]


async def entries_of_seller(
    reader: Reader, seller_id: SellerId, month: str, markets: Mapping[str, MarketTerms], limit: int
) -> list[Document]:
    """Return the ledger entries on a seller's account in a month, oldest first."""
    where = {"accounts": receivable(seller_id), **in_month(month, markets)}
    return await reader.find(LEDGER, where, sort=[("at", 1), ("_id", 1)], limit=limit)


async def balances_before(
    figures: Figures, seller_id: SellerId, month: str, markets: Mapping[str, MarketTerms]
) -> dict[tuple[str, str], int]:
    """Return what a seller owed when a month began, in minor units, for each market and currency that it ever owed in."""
    account = receivable(seller_id)
    before = [{**where, "at": {"$lt": start}} for where, start, _ in _by_zone(month, markets)]
    pipeline: list[Document] = [
        {"$match": {"accounts": account, "$or": before}},
        {"$unwind": "$postings"},
        {"$match": {"postings.account": account}},
        {
            "$group": {
                "_id": {"market": "$market", "currency": "$currency"},
                "owed": {"$sum": "$postings.amount_minor"},
            }
        },
    ]
    rows = await figures.aggregate(LEDGER, pipeline)
    return {(row["_id"]["market"], row["_id"]["currency"]): row["owed"] for row in rows}


async def page_of_entries(
    reader: Reader, where: Document, after: Position, limit: int
) -> tuple[list[Document], list[Any] | None]:
    """Return ledger entries, the newest first, after a position, and the position that follows."""
    return await page_of(reader, LEDGER, where, _NEWEST, after, limit)


async def over_recovered(mongo: Mongo) -> dict[Currency, int]:
    """Return what sellers were charged for refunds beyond what was paid to buyers, per currency: zero in each.

    A refund in one currency that is recovered in another shows here, although every entry balances.
    """
    pipeline: list[Document] = [
        {"$match": {"accounts": RECOVERABLE}},
        {"$unwind": "$postings"},
        {"$match": {"postings.account": RECOVERABLE}},
        {"$group": {"_id": "$currency", "total": {"$sum": "$postings.amount_minor"}}},
    ]
    return {row["_id"]: max(0, -row["total"]) for row in await mongo.aggregate(LEDGER, pipeline)}


async def ledger_totals(mongo: Mongo) -> dict[Currency, int]:
    """Return the sum of all postings per currency: zero in each, or the ledger is broken."""
    pipeline: list[Document] = [
        {"$unwind": "$postings"},
        {"$group": {"_id": "$currency", "total": {"$sum": "$postings.amount_minor"}}},
    ]
    return {row["_id"]: row["total"] for row in await mongo.aggregate(LEDGER, pipeline)}
