"""How the queue is kept: what a case says of itself, beside what clocks and disputes say of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.aggregate import Unit
from chassis.mongo import Index, Indexes
from chassis.pages import Position, page_of, sorted_by
from chassis.store import Document, Figures, Reader
from ombud_words import CaseId

QUEUE = "queue"
_MOST_BUCKETS = 200


class Order(StrEnum):
    """In which order a list of cases is read."""

    NEWEST = "newest"
    PRIORITY = "priority"
    DEADLINE = "deadline"


_SORTS = {
    Order.NEWEST: sorted_by(("opened_at", -1), instants=["opened_at"]),
    Order.PRIORITY: sorted_by(("priority", 1), ("opened_at", 1), instants=["opened_at"]),
    Order.DEADLINE: sorted_by(("next_due_by", 1), instants=["next_due_by"]),
}
INDEXES: Indexes = {
    QUEUE: [
        Index(("buyer_id", 1), ("opened_at", -1)),
        Index(("seller_id", 1), ("opened_at", -1)),
        Index(("market", 1), ("opened_at", -1)),
        Index(("market", 1), ("status", 1), ("priority", 1), ("opened_at", 1)),
        Index(("market", 1), ("status", 1), ("next_due_by", 1)),
        Index(("number", 1)),
        Index(("merged_numbers", 1)),
        Index(("order_id", 1)),
        Index(("listing_id", 1)),
    ]
}


def note_due(unit: Unit, case_id: CaseId, next_due_by: datetime | None, breached: bool) -> None:
    """Keep the next deadline of a case that runs, and whether one has passed."""
    unit.upsert(QUEUE, case_id, {"next_due_by": next_due_by, "breached": breached})


async def page_of_queue(
    reader: Reader, where: Document, order: Order, after: Position, limit: int
) -> tuple[list[Document], list[Any] | None]:
    """Return rows in an order, after a position, and the position that follows. By deadline only those with one that runs."""
    asked: list[Document] = [where, {"opened_at": {"$ne": None}}]
    if order == Order.DEADLINE:
        asked.append({"next_due_by": {"$ne": None}})
    return await page_of(reader, QUEUE, {"$and": asked}, _SORTS[order], after, limit)


async def count_queue(figures: Figures, where: Document) -> list[Document]:
    """Return how many cases there are, by status, priority, and whether a deadline has passed or a dispute is live."""
    group = {"status": "$status", "priority": "$priority", "breached": "$breached", "disputed": "$disputed"}
    pipeline: list[Document] = [
        {"$match": {"$and": [where, {"opened_at": {"$ne": None}}]}},
        {"$group": {"_id": group, "cases": {"$sum": 1}}},
    ]
    return await figures.aggregate(QUEUE, pipeline, limit=_MOST_BUCKETS)
