"""How the monitor keeps what is adjusted, and the queries behind its screens."""

from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Document, Figures, Reader
from ombud_words import AdjustmentId
from sla_monitor.adjustments import domain
from sla_monitor.adjustments.domain import Adjustment, AdjustmentCommand, AdjustmentEvent
from sla_monitor.adjustments.publish import publish_adjustment
from sla_monitor.rules.store import summed_by_seller

ADJUSTED = "adjusted_clocks"
_ADJUSTMENTS = "adjustments"
MOST_ADJUSTMENTS = 10_000

ADJUSTMENT_INDEXES: Indexes = {
    _ADJUSTMENTS: [Index(("ordered_at", 1), partial={"applied": False})],
    ADJUSTED: [Index(("adjustment_id", 1), ("seller_id", 1))],
}
_TOLD_AND_MOVED: Document = {"told": {"$sum": 1}, "moved": {"$sum": {"$cond": ["$moved", 1, 0]}}}

ADJUSTMENTS: Kind[AdjustmentCommand, AdjustmentEvent, Adjustment] = Kind(
    collection=_ADJUSTMENTS,
    state=Adjustment,
    decide=domain.decide,
    evolve=domain.evolve,
    publish=publish_adjustment,
    origin=lambda s: Origin(s.market, None, s.market),
    fields=lambda s: {"market": s.market, "ordered_at": s.ordered_at, "applied": s.applied_at is not None},
)


async def all_adjustments(store: Reader) -> list[Adjustment]:
    """Return every adjustment that was ever ordered."""
    return [ADJUSTMENTS.decode(d["state"]) for d in await store.find(_ADJUSTMENTS, {}, limit=MOST_ADJUSTMENTS)]


async def count_adjustments(store: Reader) -> int:
    """Return how many adjustments there are. None is ever removed, so a change shows here."""
    return await store.count(_ADJUSTMENTS, {}, limit=MOST_ADJUSTMENTS)


async def next_adjustment(store: Reader, ordered_before: datetime) -> Adjustment | None:
    """Return the adjustment that was ordered first, by then, and is not applied; or None."""
    where = {"applied": False, "ordered_at": {"$lte": ordered_before}}
    found = await store.find_one(_ADJUSTMENTS, where, sort=[("ordered_at", 1)])
    return ADJUSTMENTS.decode(found["state"]) if found else None


async def adjusted_by_seller(
    figures: Figures, adjustment_id: AdjustmentId, after: str | None, limit: int
) -> list[Document]:
    """Return how many clocks of each seller were told and moved, in the order of their ids."""
    where = {"adjustment_id": adjustment_id, "refused": None}
    return await summed_by_seller(figures, ADJUSTED, where, after, _TOLD_AND_MOVED, limit)


async def count_refused(figures: Figures, adjustment_id: AdjustmentId) -> int:
    """Return how many clocks refused the fact, which is a matter for an operator."""
    return await figures.count(ADJUSTED, {"adjustment_id": adjustment_id, "refused": {"$ne": None}}, limit=1_000_000)


async def adjusted_totals(figures: Figures, adjustment_id: AdjustmentId) -> tuple[int, int, int]:
    """Return how many clocks were told and moved, and how many sellers have one that moved."""
    each = {"_id": "$seller_id", **_TOLD_AND_MOVED}
    moved = {"$cond": [{"$gt": ["$moved", 0]}, 1, 0]}
    total = {"_id": None, "told": {"$sum": "$told"}, "moved": {"$sum": "$moved"}, "sellers": {"$sum": moved}}
    pipeline: list[Document] = [
        {"$match": {"adjustment_id": adjustment_id, "refused": None}},
        {"$group": each},
        {"$group": total},
    ]
    found = await figures.aggregate(ADJUSTED, pipeline, limit=1)
    return (found[0]["told"], found[0]["moved"], found[0]["sellers"]) if found else (0, 0, 0)
