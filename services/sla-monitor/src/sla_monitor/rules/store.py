"""How the monitor keeps its rules and what is proposed, and the queries behind their screens."""

from chassis.mongo import Index, Indexes
from chassis.store import Document, Figures
from ombud_rulebooks.store import Rulebook
from sla_monitor.rules.domain.book import Candidate, Dated, RuleBook
from sla_monitor.rules.publish import publish_version

CHANGES = "dry_run_changes"

RULEBOOK: Rulebook[Dated, RuleBook, Candidate] = Rulebook(
    candidate=Candidate,
    book=RuleBook,
    books="rule_books",
    versions="published_versions",
    order=Index(("market", 1), ("sort", 1), ("name", 1), ("number", 1)),
    publish=publish_version,
    named=lambda version: {"sort": version.sort.value, "name": version.name},
)

RULE_INDEXES: Indexes = {**RULEBOOK.indexes, CHANGES: [Index(("run_id", 1), ("seller_id", 1))]}


async def changes_by_seller(figures: Figures, run_id: str, after: str | None, limit: int) -> list[Document]:
    """Return a dry run's differences, summed for each seller, in the order of their ids."""
    names = ("clocks_changed", "breaches_gained", "breaches_lost", "takeovers_gained", "takeovers_lost")
    summed = (*names, "proposals_gained", "proposals_lost", "charged_minor")
    return await summed_by_seller(
        figures, CHANGES, {"run_id": run_id}, after, {n: {"$sum": f"${n}"} for n in summed}, limit
    )


async def summed_by_seller(
    figures: Figures, collection: str, where: Document, after: str | None, sums: Document, limit: int
) -> list[Document]:
    """Return a page of sums over the rows of each seller, in the order of their ids."""
    match = {**where, "seller_id": {"$gt": after}} if after is not None else where
    return await figures.aggregate(
        collection,
        [
            {"$match": match},
            {"$sort": {"seller_id": 1}},
            {"$group": {"_id": "$seller_id", **sums}},
            {"$sort": {"_id": 1}},
        ],
        limit=limit,
    )
