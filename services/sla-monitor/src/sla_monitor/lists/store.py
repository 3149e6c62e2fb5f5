"""The lists of what is owed and the figures of a seller: queries with an index and a limit, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.store import Document, Figures, Reader
from ombud_words import SellerId
from sla_monitor.clocks.domain import Clock, Verdict
from sla_monitor.clocks.obligations import OBLIGATIONS, PUNCTUALITY_KIND, PUNCTUALITY_OWNER
from sla_monitor.clocks.store import CASES_COLLECTION, CLOCKS, CLOCKS_COLLECTION
from sla_monitor.working_time.domain import SlaRefused

UNANNOUNCED_AFTER = timedelta(seconds=5)
"""An announcement normally takes milliseconds; after this long it counts as missing."""
MOST_COUNTED = 100_000
"""A count stops here: more than that is the same alarm."""
PERCENTILES = (50, 90)

Position = Sequence[object] | None
"""Instant and id of the last item of the page before."""


class WindowUnusable(SlaRefused):
    """The window ends before it begins, or is longer than figures are drawn for."""


@dataclass(frozen=True, slots=True)
class Window:
    """Obligations of one seller in these markets that began in [start, end)."""

    seller_id: SellerId
    markets: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How a seller answered: how many obligations ended how, and the counted seconds to an answer by percentile."""

    met: int
    met_late: int
    breached: int
    answer_seconds: dict[int, int | None]


async def is_seller_known(store: Reader, seller_id: SellerId, markets: Sequence[str]) -> bool:
    """Return whether a seller has a case in one of these markets."""
    return (
        await store.find_one(CASES_COLLECTION, {"seller_id": seller_id, "market": {"$in": list(markets)}}) is not None
    )


async def owed_by_seller(
    store: Reader, seller_id: SellerId, markets: Sequence[str], after: Position, limit: int
) -> list[Clock]:
    """Return what a seller himself owes, the earliest deadline first."""
    where = {"seller_id": seller_id, "owner": PUNCTUALITY_OWNER, "market": {"$in": list(markets)}}
    return await _owed(store, where, after, limit)


async def owed_by(
    store: Reader,
    owners: Sequence[str],
    markets: Sequence[str],
    due_before: datetime | None,
    after: Position,
    limit: int,
) -> list[Clock]:
    """Return what these roles owe in these markets, the earliest deadline first; only what is overdue, if asked."""
    where: Document = {"market": {"$in": list(markets)}, "owner": {"$in": list(owners)}}
    return await _owed(store, where, after, limit, due_before)


async def unannounced(store: Reader, markets: Sequence[str], now: datetime, after: Position, limit: int) -> list[Clock]:
    """Return clocks that should have been announced and were not, the longest overdue first. Normally none."""
    where = _late(now) | {"market": {"$in": list(markets)}} | _after("next_at", after)
    found = await store.find(CLOCKS_COLLECTION, where, sort=[("next_at", 1), ("_id", 1)], limit=limit)
    return [CLOCKS.decode(d["state"]) for d in found]


async def count_unannounced(figures: Figures, now: datetime) -> int:
    """Return how many clocks of all shards should have been announced and were not, counting to MOST_COUNTED."""
    return await figures.count(CLOCKS_COLLECTION, _late(now), limit=MOST_COUNTED)


async def owed_now(figures: Figures, markets: Sequence[str], now: datetime) -> list[Document]:
    """Return `{market, owner, owed, overdue}` for each market and role that owes something. Reads an index and no document."""
    overdue = {"$cond": [{"$lt": ["$due_by", now]}, 1, 0]}
    pipeline: list[Document] = [
        {"$match": {"market": {"$in": list(markets)}, "due_by": {"$type": "date"}}},
        {"$project": {"_id": 0, "market": 1, "owner": 1, "overdue": overdue}},
        {
            "$group": {
                "_id": {"market": "$market", "owner": "$owner"},
                "owed": {"$sum": 1},
                "overdue": {"$sum": "$overdue"},
            }
        },
    ]
    found = await figures.aggregate(CLOCKS_COLLECTION, pipeline)
    return [{**row["_id"], "owed": row["owed"], "overdue": row["overdue"]} for row in found]


def _late(now: datetime) -> Document:
    return {"next_at": {"$type": "date", "$lt": now - UNANNOUNCED_AFTER}}


async def _owed(
    store: Reader, where: Document, after: Position, limit: int, due_before: datetime | None = None
) -> list[Clock]:
    due: Document = {"$type": "date"} if due_before is None else {"$type": "date", "$lt": due_before}
    query = where | {"due_by": due} | _after("due_by", after)
    found = await store.find(CLOCKS_COLLECTION, query, sort=[("due_by", 1), ("_id", 1)], limit=limit)
    return [CLOCKS.decode(d["state"]) for d in found]


def _after(field: str, after: Position) -> Document:
    if after is None:
        return {}
    moment = datetime.fromisoformat(str(after[0]))
    return {"$or": [{field: {"$gt": moment}}, {field: moment, "_id": {"$gt": str(after[1])}}]}


# -- Punctuality ----------------------------------------------------------------------------------------------------------


async def punctuality(figures: Figures, window: Window, now: datetime) -> Punctuality:
    """Return a seller's figures: exact, from the documents that `counted` pages through."""
    grouped = await figures.aggregate(
        OBLIGATIONS, [{"$match": _ended(window)}, {"$group": {"_id": "$verdict", "number": {"$sum": 1}}}]
    )
    numbers = {row["_id"]: row["number"] for row in grouped}
    overdue = await figures.count(CLOCKS_COLLECTION, _open_overdue(window, now), limit=MOST_COUNTED)
    met, late = numbers.get(Verdict.MET.value, 0), numbers.get(Verdict.MET_LATE.value, 0)
    seconds = {percent: await _answer_seconds(figures, window, met + late, percent) for percent in PERCENTILES}
    return Punctuality(met, late, numbers.get(Verdict.BREACHED.value, 0) + overdue, seconds)


async def _answer_seconds(figures: Figures, window: Window, answered: int, percent: int) -> int | None:
    """The nearest-rank percentile: the value of a real obligation, found by sorting what the index alone holds. (An
    approximate $percentile would not recompute.)"""
    if not answered:
        return None
    rank = -(-answered * percent // 100)
    found = await figures.aggregate(
        OBLIGATIONS,
        [
            {"$match": _ended(window) | {"verdict": {"$in": [Verdict.MET.value, Verdict.MET_LATE.value]}}},
            {"$project": {"_id": 0, "counted_seconds": 1}},
            {"$sort": {"counted_seconds": 1}},
            {"$skip": rank - 1},
        ],
        limit=1,
    )
    seconds: int | None = found[0]["counted_seconds"] if found else None
    return seconds


async def counted(store: Reader, window: Window, now: datetime, after: Position, limit: int) -> list[Document]:
    """Return the obligations behind the figures, the earliest start first: those that ended, and those that are overdue
    and still open, in the shape of `obligations` documents."""
    ended = await store.find(
        OBLIGATIONS, _ended(window) | _after("started_at", after), sort=[("started_at", 1), ("_id", 1)], limit=limit
    )
    overdue = await store.find(
        CLOCKS_COLLECTION,
        _open_overdue(window, now) | _after("started_at", after),
        sort=[("started_at", 1), ("_id", 1)],
        limit=limit,
        only=["case_id", "market", "owner", "started_at", "due_by"],
    )
    shaped = [d | {"clock_id": d["_id"], "verdict": Verdict.BREACHED.value, "kind": PUNCTUALITY_KIND} for d in overdue]
    return sorted([*ended, *shaped], key=lambda d: (d["started_at"], d["_id"]))[:limit]


def _ended(window: Window) -> Document:
    return {**_of(window), "counts": True}


def _open_overdue(window: Window, now: datetime) -> Document:
    return {
        **_of(window),
        "owner": PUNCTUALITY_OWNER,
        "due_by": {"$type": "date"},
        "breach_at": {"$lte": now},
        "kind": PUNCTUALITY_KIND,
    }


def _of(window: Window) -> Document:
    return {
        "seller_id": window.seller_id,
        "market": {"$in": list(window.markets)},
        "started_at": {"$gte": window.start, "$lt": window.end},
    }
