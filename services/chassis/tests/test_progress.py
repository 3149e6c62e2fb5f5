"""Whether facts may be waiting: careful wherever nobody can know (real MongoDB; times are the server's)."""

from collections.abc import AsyncIterator, Callable

import pytest

from chassis.mongo import Mongo
from chassis.progress import PROGRESS, PROGRESS_INDEXES, Progress, facts_may_wait, somebody_consumes
from chassis.settings import Settings
from chassis.store import Document


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = Mongo(settings.mongo.get_secret_value(), settings.database("progress"))
    await opened.ensure(PROGRESS_INDEXES)
    yield opened
    await opened.drop()
    await opened.close()


@pytest.fixture
def replica(store: Mongo) -> Callable[[str], Progress]:
    return lambda name: Progress(store, name, session_seconds=15)


async def said_ago(store: Mongo, owner: str, seconds: int) -> None:
    """Move what a replica said last into the past."""
    back: Document = {"$subtract": ["$$NOW", 1000 * seconds]}
    gone_at: Document = {"$subtract": ["$gone_at", 1000 * seconds]}
    await store.change(PROGRESS, {"_id": owner}, [{"$set": {"at": back, "gone_at": gone_at}}])


async def test_without_a_consumer_nobody_knows_what_waits(store: Mongo) -> None:
    """INVARIANT: would break if timers announced what did not happen while all consumers are down."""
    assert await facts_may_wait(store)
    assert not await somebody_consumes(store)


async def test_nothing_waits_once_every_replica_has_read_everything(
    store: Mongo, replica: Callable[[str], Progress]
) -> None:
    await replica("a").tell(behind=False)
    await replica("b").tell(behind=True)
    assert await facts_may_wait(store)
    await replica("b").tell(behind=False)
    assert not await facts_may_wait(store)
    assert await somebody_consumes(store)


async def test_a_replica_that_fell_silent_may_hold_unread_facts_until_the_broker_gave_its_partitions_away(
    store: Mongo, replica: Callable[[str], Progress]
) -> None:
    """INVARIANT: would break if the partitions of a replica that was killed were taken for read."""
    for name in ("killed", "alive"):
        await replica(name).tell(behind=False)
    for seconds, waits in ((2, False), (4, True), (19, True), (21, False)):
        await replica("killed").tell(behind=False)
        await said_ago(store, "killed", seconds)
        await replica("alive").tell(behind=False)
        assert await facts_may_wait(store) == waits, f"{seconds} s after its last word"


async def test_a_replica_that_left_hands_over_first_and_consumes_no_more(
    store: Mongo, replica: Callable[[str], Progress]
) -> None:
    await replica("stays").tell(behind=False)
    await replica("left").hand_over()
    assert await facts_may_wait(store)
    await said_ago(store, "left", 6)
    assert not await facts_may_wait(store)
    await replica("stays").hand_over()
    assert not await somebody_consumes(store)
