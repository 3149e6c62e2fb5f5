"""How the monitor keeps its rules, what is proposed and what is adjusted, and the queries behind their screens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Upsert
from ombud_rulebooks.domain import candidate
from ombud_rulebooks.store import CANDIDATE_INDEXES, Candidates
from sla_monitor.adjustments import domain as adjustment
from sla_monitor.adjustments.domain import Adjustment, AdjustmentCommand, AdjustmentEvent
from sla_monitor.clocks.publish import publish_adjustment, publish_version
from sla_monitor.clocks.store import CLOCKS_COLLECTION
from sla_monitor.dry_runs.domain import NOTHING, Totals, Window
from sla_monitor.rules.domain import rule_book
from sla_monitor.rules.domain.rule_book import Dated, RuleBook, RuleBookCommand, RuleBookEvent, VersionPublished

VERSIONS = "published_versions"
CHANGES = "dry_run_changes"
ADJUSTED = "adjusted_clocks"
_ADJUSTMENTS = "adjustments"
MOST_VERSIONS = 100_000
"""More versions than any number of markets publishes in years."""
MOST_ADJUSTMENTS = 10_000

POLICY_INDEXES: Indexes = {
    **CANDIDATE_INDEXES,
    VERSIONS: [Index(("market", 1), ("sort", 1), ("name", 1), ("number", 1))],
    "rule_books": [],
    CHANGES: [Index(("run_id", 1), ("seller_id", 1))],
    _ADJUSTMENTS: [Index(("ordered_at", 1), partial={"applied": False})],
    ADJUSTED: [Index(("adjustment_id", 1), ("seller_id", 1))],
}
_TOLD_AND_MOVED: Document = {"told": {"$sum": 1}, "moved": {"$sum": {"$cond": ["$moved", 1, 0]}}}
NO_SELLER = ""
"""The seller of a clock whose case is not known yet."""


def _row_of(event: RuleBookEvent, _state: RuleBook) -> Iterable[Upsert]:
    yield Upsert(VERSIONS, version_id(event.market, event.version), _version_document(event), new=True)


def version_id(market: str, version: rule_book.Dated) -> str:
    """The same for the same version, wherever it is read."""
    return f"{market}|{version.sort.value}|{version.name}|{version.number}"


def _version_document(event: VersionPublished) -> Document:
    return {
        "market": event.market,
        "sort": event.version.sort.value,
        "name": event.version.name,
        "number": event.version.number,
        "effective_from": event.version.effective_from,
        "content": event.content,
        "published_at": event.at,
        "published_by": event.by,
        "candidate_id": event.candidate_id,
    }


RULE_BOOKS: Kind[RuleBookCommand, RuleBookEvent, RuleBook] = Kind(
    collection="rule_books",
    state=RuleBook,
    decide=rule_book.decide,
    evolve=rule_book.evolve,
    publish=publish_version,
    origin=lambda s: Origin(s.market, None, s.market, str(s.versions[-1].number)),
    rows=_row_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(candidate.DryRun):
    """Clocks of a window, reckoned by the rules with and without the candidate."""

    window: Window
    cursor: str = ""
    """The last clock's id."""
    clocks: int = 0
    incomplete: int = 0
    """Clocks whose history in the window is folded away in part, or that cannot be reckoned."""
    totals: Totals = NOTHING

    @property
    def judged_span(self) -> tuple[datetime, datetime]:
        """From when, and to when, facts happened."""
        return self.window.from_at, self.window.to_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(candidate.Candidate):
    """A version of a policy or calendar that was proposed."""

    version: Dated
    run: DryRun | None = None

    @property
    def in_force_from(self) -> datetime:
        """New rounds that start from then on would run by it."""
        return self.version.effective_from


CANDIDATES = Candidates(Candidate)

ADJUSTMENTS: Kind[AdjustmentCommand, AdjustmentEvent, Adjustment] = Kind(
    collection=_ADJUSTMENTS,
    state=Adjustment,
    decide=adjustment.decide,
    evolve=adjustment.evolve,
    publish=publish_adjustment,
    origin=lambda s: Origin(s.market, None, s.market),
    fields=lambda s: {"market": s.market, "ordered_at": s.ordered_at, "applied": s.applied_at is not None},
)


async def all_versions(mongo: Mongo) -> list[Document]:
    """Return everything that was ever published."""
    return await mongo.find(VERSIONS, {}, limit=MOST_VERSIONS)


async def versions_of(mongo: Mongo, markets: Sequence[str], limit: int) -> list[Document]:
    """Return what was published in these markets, by market, sort, name and number."""
    order = [("market", 1), ("sort", 1), ("name", 1), ("number", 1)]
    return await mongo.find(VERSIONS, {"market": {"$in": list(markets)}}, sort=order, limit=limit)


async def all_adjustments(mongo: Mongo) -> list[Adjustment]:
    """Return every adjustment that was ever ordered."""
    return [ADJUSTMENTS.decode(d["state"]) for d in await mongo.find(_ADJUSTMENTS, {}, limit=MOST_ADJUSTMENTS)]


async def count_of_rules(mongo: Mongo) -> tuple[int, int]:
    """Return how many versions and adjustments there are. Neither is ever removed, so a change shows here."""
    versions = await mongo.count(VERSIONS, {}, limit=MOST_VERSIONS)
    return versions, await mongo.count(_ADJUSTMENTS, {}, limit=MOST_ADJUSTMENTS)


async def find_adjustment(mongo: Mongo, id: str) -> Adjustment | None:
    """Return an adjustment, or None."""
    stored = (await mongo.load(_ADJUSTMENTS, [id])).get(id)
    return ADJUSTMENTS.decode(stored.state) if stored else None


async def next_adjustment(mongo: Mongo, ordered_before: datetime) -> Adjustment | None:
    """Return the adjustment that was ordered first, by then, and is not applied; or None."""
    where = {"applied": False, "ordered_at": {"$lte": ordered_before}}
    found = await mongo.find_one(_ADJUSTMENTS, where, sort=[("ordered_at", 1)])
    return ADJUSTMENTS.decode(found["state"]) if found else None


async def clock_page(mongo: Mongo, after: str, limit: int) -> list[Document]:
    """Return ids, markets and kinds of the clocks that follow an id, in the order of ids."""
    only = ["market", "kind"]
    return await mongo.find(CLOCKS_COLLECTION, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit, only=only)


async def changes_by_seller(mongo: Mongo, run_id: str, after: str | None, limit: int) -> list[Document]:
    """Return a dry run's differences, summed for each seller, in the order of their ids."""
    names = ("clocks_changed", "breaches_gained", "breaches_lost", "takeovers_gained", "takeovers_lost")
    summed = (*names, "proposals_gained", "proposals_lost", "charged_minor")
    return await _by_seller(mongo, CHANGES, {"run_id": run_id}, after, {n: {"$sum": f"${n}"} for n in summed}, limit)


async def adjusted_by_seller(mongo: Mongo, adjustment_id: str, after: str | None, limit: int) -> list[Document]:
    """Return how many clocks of each seller were told and moved, in the order of their ids."""
    where = {"adjustment_id": adjustment_id, "refused": None}
    return await _by_seller(mongo, ADJUSTED, where, after, _TOLD_AND_MOVED, limit)


async def count_refused(mongo: Mongo, adjustment_id: str) -> int:
    """Return how many clocks refused the fact, which is a matter for an operator."""
    return await mongo.count(ADJUSTED, {"adjustment_id": adjustment_id, "refused": {"$ne": None}}, limit=1_000_000)


async def adjusted_totals(mongo: Mongo, adjustment_id: str) -> tuple[int, int, int]:
    """Return how many clocks were told and moved, and how many sellers have one that moved."""
    each = {"_id": "$seller_id", **_TOLD_AND_MOVED}
    moved = {"$cond": [{"$gt": ["$moved", 0]}, 1, 0]}
    total = {"_id": None, "told": {"$sum": "$told"}, "moved": {"$sum": "$moved"}, "sellers": {"$sum": moved}}
    pipeline: list[Document] = [
        {"$match": {"adjustment_id": adjustment_id, "refused": None}},
        {"$group": each},
        {"$group": total},
    ]
    found = await mongo.aggregate(ADJUSTED, pipeline, limit=1)
    return (found[0]["told"], found[0]["moved"], found[0]["sellers"]) if found else (0, 0, 0)


async def _by_seller(
    mongo: Mongo, collection: str, where: Document, after: str | None, sums: Document, limit: int
) -> list[Document]:
    match = {**where, "seller_id": {"$gt": after}} if after is not None else where
    return await mongo.aggregate(
        collection,
        [
            {"$match": match},
            {"$sort": {"seller_id": 1}},
            {"$group": {"_id": "$seller_id", **sums}},
            {"$sort": {"_id": 1}},
        ],
        limit=limit,
    )
