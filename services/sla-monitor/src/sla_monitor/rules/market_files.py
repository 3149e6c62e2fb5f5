"""What a market's file says of clocks and calendars, and its publication when the service starts.

Every version is kept for ever and never changes. The first of each thing comes with a market's file; later ones are
published over HTTP.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict
from ombud_contracts.market import InvalidMarkets, Market
from ombud_contracts.vocabulary import Role
from ombud_rulebooks.domain import Publish
from sla_monitor.rules.domain.content import Content
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.store import RULEBOOK
from sla_monitor.rules.versions import PlainVersion, read_rules, version_of

log = logging.getLogger(__name__)

DESK = "desk"
"""The platform desk's own calendar: 24/7 (R-22)."""
FIRST_RULES = "2025-01-01T00:00:00+00:00"
"""Since when the default policy table and the desk's calendar are in force."""
_ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}


def versions_of(market: Market) -> list[PlainVersion]:
    """Return the versions that a market's file has now."""
    policies = [PlainVersion(market.id, "policy", row["kind"], row["version"], row) for row in _rows_of(market)]
    calendars = [PlainVersion(market.id, "calendar", c["id"], c["version"], c) for c in _calendars_of(market)]
    return [*policies, *calendars]


async def publish_versions(current: Iterable[PlainVersion], mongo: Mongo, now: Clock) -> dict[str, Rules]:
    """Publish what the markets' files say of things that were never published; return the rules of every version so far.

    Raises InvalidMarkets when a published version has other content now, or versions overlap. A file with a later
    version of something that is published already changes nothing: later versions are proposed, tried and published.
    """
    kept = [version_of(d) for d in await RULEBOOK.all_versions(mongo)]
    known = {RULEBOOK.version_id(v.market, v.dated): v for v in kept}
    names = {(v.market, v.sort, v.name) for v in kept}
    mine = list(current)
    same = [(v, known[id]) for v in mine if (id := RULEBOOK.version_id(v.market, v.dated)) in known]
    if changed := [RULEBOOK.version_id(v.market, v.dated) for v, other in same if not v.means_the_same(other)]:
        raise InvalidMarkets("\n".join(f"{id}: published with other content; raise the version" for id in changed))
    new = [v for v in mine if (v.market, v.sort, v.name) not in names]
    later = [v for v in mine if v not in new and RULEBOOK.version_id(v.market, v.dated) not in known]
    if later:
        log.warning("files hold versions that are published over HTTP only", extra={"count": len(later)})
    rules = read_rules([*kept, *new])
    await _publish(new, mongo, now)
    return rules


async def _publish(new: Sequence[PlainVersion], mongo: Mongo, now: Clock) -> None:
    session = Session(mongo, now)
    unit = session.unit(Cause("publishing", "publishing", Role.SYSTEM, "market-file"))
    for version in new:
        command = Publish(version.market, version.dated, version.text, "market-file", now())
        await unit.execute(RULEBOOK.books, version.market, command)
    try:
        await session.commit()
    except Conflict:
        return  # another replica that started at the same moment published them


def _rows_of(market: Market) -> list[Content]:
    since = datetime.combine(market.clocks.effective_from, time(), UTC).isoformat()
    rows: dict[str, Content] = {str(row["kind"]): row for row in default_rows(market.calendar.id, DESK, FIRST_RULES)}
    for changed in market.clocks.rows:
        kind = str(changed.get("kind"))
        base = rows.get(kind, {"calendar": market.calendar.id})
        rows[kind] = {**base, "effective_from": since, **changed, "version": market.clocks.version}
    return list(rows.values())


def _calendars_of(market: Market) -> list[Content]:
    data = market.calendar.model_dump(mode="json")
    desk = {"id": DESK, "tz": "UTC", "weekly": _ALWAYS, "version": 1, "source": "24/7", "effective_from": FIRST_RULES}
    return [{**data, "tz": market.time_zone}, desk]
