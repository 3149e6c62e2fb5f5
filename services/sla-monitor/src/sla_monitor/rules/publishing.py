"""Publishes versions, and keeps what a replica knows of them up to date.

Every version is kept for ever and never changes. The first of each thing comes with a market's file; later ones are
published over HTTP.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict, Document, Unavailable
from chassis.waiting import set_within
from ombud_contracts.market import InvalidMarkets
from ombud_contracts.vocabulary import Role
from sla_monitor.adjustments.domain import Adjustment, Standing
from sla_monitor.rules.domain.rule_book import Publish
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.known import Rulebook, Version, read_rules
from sla_monitor.rules.store import RULE_BOOKS, all_adjustments, all_versions, count_of_rules, version_id

log = logging.getLogger(__name__)

_MOST_SECONDS = 1.0
"""How often a replica looks for new rules, at least."""
_LOOKS_WHILE_FRESH = 8
"""With a short notice it looks more often, so that some looks may fail."""


async def publish_versions(current: Iterable[Version], mongo: Mongo, now: Clock) -> dict[str, Rules]:
    """Publish what the markets' files say of things that were never published; return the rules of every version so far.

    Raises InvalidMarkets when a published version has other content now, or versions overlap. A file with a later
    version of something that is published already changes nothing: later versions are proposed, tried and published.
    """
    kept = [_version(d) for d in await all_versions(mongo)]
    known = {version_id(v.market, v.dated): v for v in kept}
    names = {(v.market, v.sort, v.name) for v in kept}
    mine = list(current)
    same = [(v, known[id]) for v in mine if (id := version_id(v.market, v.dated)) in known]
    if changed := [version_id(v.market, v.dated) for v, other in same if v.text != other.text]:
        raise InvalidMarkets("\n".join(f"{id}: published with other content; raise the version" for id in changed))
    new = [v for v in mine if (v.market, v.sort, v.name) not in names]
    later = [v for v in mine if v not in new and version_id(v.market, v.dated) not in known]
    if later:
        log.warning("files hold versions that are published over HTTP only", extra={"count": len(later)})
    rules = read_rules([*kept, *new])
    await _publish(new, mongo, now)
    return rules


async def _publish(new: Sequence[Version], mongo: Mongo, now: Clock) -> None:
    session = Session(mongo, now)
    unit = session.unit(Cause("publishing", "publishing", Role.SYSTEM, "market-file"))
    for version in new:
        command = Publish(version.market, version.dated, version.text, "market-file", now())
        await unit.execute(RULE_BOOKS, version.market, command)
    try:
        await session.commit()
    except Conflict:
        return  # another replica that started at the same moment published them


class Keeping:
    """Keeps a rulebook up to date with the database."""

    def __init__(self, book: Rulebook, mongo: Mongo, notice_seconds: float) -> None:
        self.book = book
        self._mongo = mongo
        self._pause_seconds = min(_MOST_SECONDS, notice_seconds / 2 / _LOOKS_WHILE_FRESH)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for new rules until told to stop."""
        while not stopping.is_set():
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("rules not refreshed", extra={"reason": str(error)})
            await set_within(stopping, self._pause_seconds)

    async def refresh(self) -> bool:
        """Know everything that is published by now; return whether something was new."""
        book, asked_at = self.book, self.book.elapsed()
        news = await count_of_rules(self._mongo) != book.known
        if news:
            await self._read()
        book.confirm(asked_at)
        return news

    async def _read(self) -> None:
        documents, adjustments = await all_versions(self._mongo), await all_adjustments(self._mongo)
        counts: dict[str, int] = {}
        for document in documents:
            counts[document["market"]] = counts.get(document["market"], 0) + 1
        new = {market: count for market, count in counts.items() if count != self.book.revision(market)}
        versions = [_version(d) for d in documents if d["market"] in new]
        rules: dict[str, Rules] = await asyncio.to_thread(read_rules, versions)  # compiles calendars
        self.book.take(rules, new, _standing(adjustments))
        self.book.known = (len(documents), len(adjustments))


def _standing(adjustments: Iterable[Adjustment]) -> dict[str, Standing]:
    by_market: dict[str, list[Adjustment]] = {}
    for one in adjustments:
        by_market.setdefault(one.market, []).append(one)
    return {market: Standing.of(tuple(ordered)) for market, ordered in by_market.items()}


def _version(d: Document) -> Version:
    return Version(d["market"], d["sort"], d["name"], d["number"], json.loads(d["content"]))
