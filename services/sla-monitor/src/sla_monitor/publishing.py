"""Keeps every version of policies and calendars that was ever in force, so that a running clock finds the one it pinned.

A version is published when the monitor first starts with it, and never changes again.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict
from ombud_contracts.market import InvalidMarkets
from sla_monitor.domain.rules import Rules
from sla_monitor.rulebook import Version, read_rules

VERSIONS = "published_versions"
_ALL = 100_000
"""More versions than any number of markets publishes in years."""


async def publish_versions(current: Iterable[Version], mongo: Mongo, now: Clock) -> dict[str, Rules]:
    """Publish what is new and return the rules with every version so far.

    Raises InvalidMarkets when a published version has other content now, or versions overlap.
    """
    kept = {d["_id"]: d for d in await mongo.find(VERSIONS, {}, limit=_ALL)}
    new = [v for v in current if v.id not in kept]
    changed = [v.id for v in current if v.id in kept and kept[v.id]["content"] != _text(v)]
    if changed:
        raise InvalidMarkets("\n".join(f"{id}: published with other content; raise the version" for id in changed))
    older = [_version(d) for d in kept.values()]
    rules = read_rules([*older, *new])
    await _keep(new, mongo, now)
    return rules


async def _keep(new: list[Version], mongo: Mongo, now: Clock) -> None:
    session = Session(mongo, now)
    unit = session.unit(Cause("publishing", "publishing", actor_kind="administrator"))
    for version in new:
        unit.insert(VERSIONS, version.id, _document(version, now()))
    try:
        await session.commit()
    except Conflict:
        return  # another replica that started at the same moment published them


def _text(version: Version) -> str:
    return json.dumps(version.content, sort_keys=True, default=str)


def _document(version: Version, at: datetime) -> dict[str, object]:
    return {
        "market": version.market,
        "sort": version.sort,
        "name": version.name,
        "number": version.number,
        "content": _text(version),
        "published_at": at,
    }


def _version(d: dict[str, object]) -> Version:
    return Version(
        str(d["market"]), str(d["sort"]), str(d["name"]), int(str(d["number"])), json.loads(str(d["content"]))
    )
