"""How goodwill is kept: one aggregate per case, and a row per gift for the sums of a month."""

from collections.abc import Iterable
from datetime import datetime

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Figures, Upsert
from disputes.goodwill.domain import Gift, GiveGoodwill, Goodwill, GoodwillGiven, decide, evolve
from disputes.goodwill.publish import publish
from ombud_words import CaseId

GIFTS = "goodwill_gifts"


def _rows(event: GoodwillGiven, _state: Goodwill) -> Iterable[Upsert]:
    gift = event.gift
    document: Document = {
        "case_id": gift.case_id,
        "market": gift.market,
        "amount_minor": gift.amount_minor,
        "reason": gift.reason,
        "given_by": gift.given_by,
        "giver_id": gift.giver_id,
        "at": gift.at,
    }
    yield Upsert(GIFTS, gift.decision_id, document, new=True)


GOODWILL: Kind[GiveGoodwill, GoodwillGiven, Goodwill] = Kind(
    collection="goodwill",
    state=Goodwill,
    decide=decide,
    evolve=evolve,
    publish=publish,
    origin=lambda s: Origin(s.case_id, s.case_id, s.market),
    rows=_rows,
)
GOODWILL_INDEXES: Indexes = {GOODWILL.collection: [], GIFTS: [Index(("market", 1), ("at", 1))]}


def goodwill_id(case_id: CaseId) -> str:
    """Return the id of what was given in a case."""
    return f"gdw_{case_id}"


async def give(gift: Gift, limit_minor: int | None, unit: Unit) -> Goodwill:
    """Give something of the platform's own money in a case, once per decision. Raises AboveAuthority."""
    return await unit.execute(GOODWILL, goodwill_id(gift.case_id), GiveGoodwill(gift, limit_minor))


async def given_since(figures: Figures, market: str, at: datetime) -> int:
    """Return what was given in a market since an instant; minor units of its currency."""
    pipeline: list[Document] = [
        {"$match": {"market": market, "at": {"$gte": at}}},
        {"$group": {"_id": None, "total": {"$sum": "$amount_minor"}}},
    ]
    return sum(row["total"] for row in await figures.aggregate(GIFTS, pipeline))
