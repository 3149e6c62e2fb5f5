"""Published versions of policies and calendars: kept for ever, never changed, found by the clocks that pinned them."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import date

import pytest

from chassis.mongo import Mongo
from chassis.testing import FixedClock
from ombud_contracts.market import InvalidMarkets, Market, load_markets
from sla_monitor.publishing import publish_versions
from sla_monitor.rulebook import Version, versions_of
from sla_monitor.store import INDEXES

NOW = FixedClock()


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    opened = Mongo(os.environ["OMBUD_MONGO"], f"t{uuid.uuid4().hex[:8]}-sla")
    await opened.ensure(INDEXES)
    yield opened
    await opened.drop()
    await opened.close()


def latvia(version: int, since: date, target_seconds: int) -> list[Version]:
    market = load_markets()["lv"]
    row = {"kind": "reply", "target_seconds": target_seconds}
    clocks = market.clocks.model_copy(update={"version": version, "effective_from": since, "rows": (row,)})
    changed: Market = market.model_copy(update={"clocks": clocks})
    return versions_of(changed)


async def test_a_new_version_stands_beside_the_one_that_running_clocks_pinned(mongo: Mongo) -> None:
    """INVARIANT: R section 3, the pinned version continues; would break if only the file's version were known."""
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    rules = await publish_versions(latvia(2, date(2026, 9, 1), 43_200), mongo, NOW)
    table = rules["lv"].policies
    assert [table.version("reply", n).target_seconds for n in (1, 2)] == [86_400, 43_200]  # type: ignore[arg-type]


async def test_starting_again_with_the_same_files_publishes_nothing(mongo: Mongo) -> None:
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    before = await mongo.find("published_versions", {}, limit=1000)
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    assert await mongo.find("published_versions", {}, limit=1000) == before


async def test_a_published_version_with_other_content_is_refused(mongo: Mongo) -> None:
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    with pytest.raises(InvalidMarkets, match="raise the version"):
        await publish_versions(latvia(1, date(2025, 1, 1), 60), mongo, NOW)


async def test_versions_in_force_from_the_same_day_are_refused(mongo: Mongo) -> None:
    await publish_versions(latvia(1, date(2025, 1, 1), 86_400), mongo, NOW)
    with pytest.raises(InvalidMarkets, match="overlap"):
        await publish_versions(latvia(2, date(2025, 1, 1), 43_200), mongo, NOW)
    kept = await mongo.find("published_versions", {"sort": "policy", "name": "reply"}, limit=10)
    assert [d["number"] for d in kept] == [1], "a refused version was published"
