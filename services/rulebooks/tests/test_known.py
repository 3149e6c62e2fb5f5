"""What a replica knows of a rulebook, on real MongoDB: it sees what is published, and is not asked when it may be behind."""

import os
import uuid
from collections.abc import AsyncIterator, Mapping

import pytest
from tariffs import FIRST, OF_A_FILE, TARIFFS

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.testing import FixedClock
from ombud_rulebooks.known import ByMarket, Known, Look


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    opened = Mongo(os.environ["OMBUD_MONGO"], f"t{uuid.uuid4().hex[:8]}-rulebooks")
    await opened.ensure(TARIFFS.indexes)
    yield opened
    await opened.drop()
    await opened.close()


def numbers(by_market: ByMarket) -> Mapping[str, list[int]]:
    return {market: [d["number"] for d in documents] for market, documents in by_market.items()}


def known(*beside: Look, elapsed: float = 0.0) -> Known[list[int]]:
    return Known(TARIFFS, numbers, 30, lambda: elapsed, beside)


async def publish(mongo: Mongo) -> None:
    session = Session(mongo, FixedClock())
    await session.unit(Cause("file", "file")).execute(TARIFFS.books, "lv", OF_A_FILE)
    await session.commit()


async def test_a_replica_knows_what_was_published_when_it_looks(mongo: Mongo) -> None:
    replica = known()
    assert [await replica.refresh(mongo), replica.all(), replica.revision("lv")] == [True, {}, 0]
    await publish(mongo)
    assert replica.revision("lv") == 0
    assert [await replica.refresh(mongo), replica.all(), replica.revision("lv")] == [True, {"lv": [FIRST.number]}, 1]
    assert not await replica.refresh(mongo), "nothing new"


async def test_what_is_looked_at_beside_the_rules_is_as_fresh_as_they_are(mongo: Mongo) -> None:
    """INVARIANT: no replica decides with new rules and old orders; would break if rules were fresh before what stands beside."""

    async def away(_mongo: Mongo) -> bool:
        raise Unavailable("the database does not answer")

    replica = known(away)
    with pytest.raises(Unavailable):
        await replica.refresh(mongo)
    with pytest.raises(Unavailable):
        replica.all()


async def test_news_beside_the_rules_are_news(mongo: Mongo) -> None:
    async def news(_mongo: Mongo) -> bool:
        return True

    replica = known(news)
    await replica.refresh(mongo)
    assert await replica.refresh(mongo)
