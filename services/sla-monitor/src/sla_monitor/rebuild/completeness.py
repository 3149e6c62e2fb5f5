"""Whether the topics still hold all that running clocks follow from: what retention took cannot be rebuilt."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from chassis.replay import Gap, Record, Records, gaps_of, partitions_of, replay
from ombud_contracts import groups, topics
from ombud_contracts.events.sla_monitor import CalendarPublished, PolicyPublished
from sla_monitor.rebuild.reading import received_of
from sla_monitor.rules.domain import ClockPolicy, Rules
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import PlainVersion, read_rules
from sla_monitor.settings import SlaSettings
from sla_monitor.working_time.domain import Mode

_HOLIDAYS = timedelta(days=7)
"""By how much the holidays of another season make a deadline later at most."""


def longest_clock(markets: Iterable[Rules], now: datetime) -> timedelta:
    """Return how long a round of any clock can run that begins now, pauses and grace included."""
    reaches = [_reach(row, rules, now) for rules in markets for row in rules.policies.rows]
    return max(reaches, default=timedelta(0))


def _reach(row: ClockPolicy, rules: Rules, now: datetime) -> timedelta:
    counted = row.target_seconds + (row.pause_cap_seconds or 0) + row.grace_seconds
    due_by = rules.calendars.newest(row.calendar).deadline(now, counted, row.mode)
    return due_by - now + (timedelta(0) if row.mode is Mode.ELAPSED else _HOLIDAYS)


def missing(gaps: Sequence[Gap], longest: timedelta, now: datetime) -> list[Gap]:
    """Return the topics that lack what a clock may follow from that still runs."""
    return [gap for gap in gaps if gap.kept_since is None or gap.kept_since > now - longest]


async def every_rule(settings: SlaSettings) -> dict[str, Rules]:
    """Return the rules that were ever published, and those of the markets' files about anything else. Raises ReplayFailed,
    InvalidMarkets."""
    published: dict[tuple[str, str, str, int], PlainVersion] = {}

    async def take(records: Records) -> None:
        for version in map(_version_of, records):
            if version is not None:
                published[version.market, version.sort, version.name, version.number] = version

    await replay(
        settings.kafka_access, await partitions_of(settings.kafka_access, [settings.prefixed(topics.POLICIES)]), take
    )
    known = {(v.market, v.sort, v.name) for v in published.values()}
    of_files = [v for market in settings.known_markets().values() for v in versions_of(market)]
    return read_rules([*published.values(), *(v for v in of_files if (v.market, v.sort, v.name) not in known)])


def _version_of(record: Record) -> PlainVersion | None:
    received = received_of(record)
    match received and received.event:
        case PolicyPublished(market=market, kind=name, number=number, content=content):
            return PlainVersion(market, "policy", name, number, json.loads(content))
        case CalendarPublished(market=market, calendar=name, number=number, content=content):
            return PlainVersion(market, "calendar", name, number, json.loads(content))
        case _:
            return None


async def gaps_in_facts(settings: SlaSettings) -> list[Gap]:
    """Return the gaps in the topics that a rebuild reads: facts, and what clocks announced. Raises ReplayFailed."""
    names = [settings.prefixed(topic) for topic in (*groups.SLA_CLOCKS.topics, topics.CLOCKS)]
    return await gaps_of(settings.kafka_access, await partitions_of(settings.kafka_access, names))
