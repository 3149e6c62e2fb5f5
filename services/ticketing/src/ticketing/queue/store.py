"""How the queue is kept: what a case says of itself, beside what clocks and disputes say of it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.aggregate import Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Figures, Reader
from ombud_words import CaseId

QUEUE = "queue"
_MOST_BUCKETS = 200


class Order(StrEnum):
    """In which order a list of cases is read."""

    NEWEST = "newest"
    PRIORITY = "priority"
    DEADLINE = "deadline"


_SORTS: dict[Order, list[tuple[str, int]]] = {
    Order.NEWEST: [("opened_at", -1), ("_id", -1)],
    Order.PRIORITY: [("priority", 1), ("opened_at", 1), ("_id", 1)],
    Order.DEADLINE: [("next_due_by", 1), ("_id", 1)],
}
_INSTANTS = ("opened_at", "next_due_by")
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
    ]
}


def note_due(unit: Unit, case_id: CaseId, next_due_by: datetime | None, breached: bool) -> None:
    """Keep the next deadline of a case that runs, and whether one has passed."""
    unit.upsert(QUEUE, case_id, {"next_due_by": next_due_by, "breached": breached})


async def page_of_queue(
    reader: Reader, where: Document, order: Order, after: Sequence[object] | None, limit: int
) -> list[Document]:
    """Return rows in an order, after a position. By deadline only those with one that runs."""
    asked: list[Document] = [where, {"opened_at": {"$ne": None}}]
    if order == Order.DEADLINE:
        asked.append({"next_due_by": {"$ne": None}})
    if after is not None:
        asked.append(_behind(order, after))
    return await reader.find(QUEUE, {"$and": asked}, sort=_SORTS[order], limit=limit)


def position_of(row: Document, order: Order) -> list[Any]:
    """Return where a row stands in an order, as JSON."""
    values = [row[field] for field, _ in _SORTS[order]]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def _behind(order: Order, after: Sequence[object]) -> Document:
    fields = _SORTS[order]
    place = [datetime.fromisoformat(str(v)) if f in _INSTANTS else v for (f, _), v in zip(fields, after, strict=True)]
    options = []
    for depth, (field, direction) in enumerate(fields):
        same = {f: v for (f, _), v in zip(fields[:depth], place[:depth], strict=True)}
        options.append({**same, field: {"$gt" if direction > 0 else "$lt": place[depth]}})
    return {"$or": options}


async def count_queue(figures: Figures, where: Document) -> list[Document]:
    """Return how many cases there are, by status, priority, and whether a deadline has passed or a dispute is live."""
    group = {"status": "$status", "priority": "$priority", "breached": "$breached", "disputed": "$disputed"}
    pipeline: list[Document] = [
        {"$match": {"$and": [where, {"opened_at": {"$ne": None}}]}},
        {"$group": {"_id": group, "cases": {"$sum": 1}}},
    ]
    return await figures.aggregate(QUEUE, pipeline, limit=_MOST_BUCKETS)
