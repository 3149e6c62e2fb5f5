"""How the ledger is kept: entries that are inserted once and never changed, and what is asked of them."""

from datetime import datetime
from typing import Any

from billing.ledger.domain import RECOVERABLE, Entry, receivable
from chassis.mongo import Index, Indexes, Mongo
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Reader, Upsert
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


async def entries_of_seller(
    reader: Reader, seller_id: SellerId, start: datetime, end: datetime, limit: int
) -> list[Document]:
    """Return the ledger entries on a seller's account in a period, oldest first."""
    where = {"accounts": receivable(seller_id), "at": {"$gte": start, "$lt": end}}
    return await reader.find(LEDGER, where, sort=[("at", 1), ("_id", 1)], limit=limit)


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
