"""Published versions of policies and calendars: kept for ever, never changed, found by the clocks that pinned them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest

from chassis.mongo import Mongo
from chassis.testing import FixedClock
from chassis.testing.databases import a_database
from ombud_contracts.market import InvalidMarkets, Market, load_markets
from sla_monitor.app import SERVICE
from sla_monitor.rules.market_files import publish_versions, versions_of
from sla_monitor.rules.versions import PlainVersion

NOW = FixedClock()


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as opened:
        yield opened


def latvia(version: int, since: date, target_seconds: int) -> list[PlainVersion]:
    market = load_markets()["lv"]
    row = {"kind": "reply", "target_seconds": target_seconds}
    clocks = market.clocks.model_copy(update={"version": version, "effective_from": since, "rows": (row,)})
    changed: Market = market.model_copy(update={"clocks": clocks})
    return versions_of(changed)


async def test_a_later_version_in_a_file_is_not_published_by_a_start(mongo: Mongo) -> None:
    """INVARIANT: rules change by a publication after a dry run; would break if a restart could change them."""
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    rules = await publish_versions(latvia(2, date(2026, 9, 1), 43_200), mongo, NOW)
    kept = [row.target_seconds for row in rules["lv"].policies.rows if row.kind == "reply"]
    assert kept == [86_400]


async def test_a_clock_that_is_new_in_a_file_is_published_by_a_start(mongo: Mongo) -> None:
    everything = latvia(1, date(2025, 1, 1), 86_400)
    await publish_versions([v for v in everything if v.name != "promise"], mongo, NOW)
    rules = await publish_versions(everything, mongo, NOW)
    assert "promise" in rules["lv"].policies.kinds
    assert len(await mongo.find("published_versions", {}, limit=1000)) == len(everything)


async def test_starting_again_with_the_same_files_publishes_nothing(mongo: Mongo) -> None:
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    before = await mongo.find("published_versions", {}, limit=1000)
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    assert await mongo.find("published_versions", {}, limit=1000) == before


async def test_a_published_version_with_other_content_is_refused(mongo: Mongo) -> None:
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    with pytest.raises(InvalidMarkets, match="raise the version"):
        await publish_versions(latvia(1, date(2025, 1, 1), 60), mongo, NOW)


async def test_two_replicas_that_start_at_once_publish_once(mongo: Mongo) -> None:
    versions = latvia(1, date(2025, 1, 1), 86_400)
    await asyncio.gather(*(publish_versions(versions, mongo, NOW) for _ in range(3)))
    assert len(await mongo.find("published_versions", {}, limit=1000)) == len(versions)
    assert len(await mongo.find("outbox", {}, limit=1000)) == len(versions)
