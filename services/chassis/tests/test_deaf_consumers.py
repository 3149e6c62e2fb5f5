"""A Kafka client that hears nothing while the broker answers others: seen, and made anew (real Kafka and MongoDB)."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaTimeoutError
from test_hostile_records import all_counted, reading, send_good

from chassis.early_records import WAITING_INDEXES
from chassis.kafka_access import KafkaAccess
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.subscription import Subscription
from chassis.testing import eventually

Harm = Callable[[AIOKafkaConsumer], object]


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = Mongo(settings.mongo.get_secret_value(), settings.database("deaf"))
    await opened.ensure({"counters": [], "parked": [], **WAITING_INDEXES})
    yield opened
    await opened.drop()
    await opened.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that nobody answers is given up after one second instead of five."""
    monkeypatch.setattr("chassis.subscription._LOOK_SECONDS", 1.0)


def lose_metadata(client: AIOKafkaConsumer) -> None:
    """Whoever waits for metadata waits for ever, as when the client's task for them ended."""
    client._client._sync_task.cancel()
    client._client.force_metadata_update()


def lose_fetching(client: AIOKafkaConsumer) -> None:
    """Records are brought no more; everything else is answered."""
    client._fetcher._fetch_task.cancel()


async def caught_up(subscription: Subscription) -> None:
    async def not_behind() -> bool:
        return not await subscription.is_behind()

    await eventually("the consumer to have caught up", not_behind)


async def until(subscription: Subscription, what: str, seen: Callable[[], bool]) -> None:
    async def looked() -> bool:
        await subscription.is_behind()
        return seen()

    await eventually(what, looked, 120)


@pytest.mark.parametrize("harm", [lose_metadata, pytest.param(lose_fetching, marks=pytest.mark.long)])
async def test_a_client_that_hears_nothing_counts_as_stalled_and_is_made_anew(
    broker_topics: Settings, store: Mongo, harm: Harm
) -> None:
    """INVARIANT: F10; would break if a replica whose client ended inside looked ready, and read nothing, for ever."""
    settings = broker_topics.model_copy(update={"consumer_stalled_seconds": 5.0})
    async with reading(settings, store) as subscription:
        await send_good(settings, "cas_before_")
        await all_counted(store, "cas_before_")
        await caught_up(subscription)
        assert not subscription.deaf
        harm(subscription._subscriber.consumer)
        await send_good(settings, "cas_meanwhile_")
        await until(subscription, "the client to be found deaf", lambda: subscription.deaf)
        await until(subscription, "the consumer to be stalled", lambda: subscription.stalled)
        await subscription.leave()
        await subscription.start()
        assert not subscription.deaf
        await send_good(settings, "cas_after_")
        await all_counted(store, "cas_meanwhile_")
        await all_counted(store, "cas_after_")
        await caught_up(subscription)
        assert not subscription.stalled


async def test_a_place_that_was_not_learned_is_asked_for_again_though_no_record_comes(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if a cut right after an assignment left the consumer behind, and clocks silent, until a record
    comes."""

    async def cut() -> int:
        raise KafkaTimeoutError

    async with reading(broker_topics, store) as subscription:
        await send_good(broker_topics, "cas_before_")
        await all_counted(store, "cas_before_")
        await caught_up(subscription)
        subscription._standing.handled.clear()
        subscription._standing._looking = asyncio.create_task(cut())
        await caught_up(subscription)
        assert subscription._standing.handled, "the place was learned anew"


async def test_a_consumer_is_not_stalled_while_the_broker_answers_nobody(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: F7; would break if a replica were not ready, or gave its client up, because the broker alone is down."""
    settings = broker_topics.model_copy(update={"consumer_stalled_seconds": 5.0})
    async with reading(settings, store) as subscription:
        await caught_up(subscription)
        lose_metadata(subscription._subscriber.consumer)
        subscription._kafka = KafkaAccess("127.0.0.1:9")
        for _ in range(3):
            assert await subscription.is_behind()
        assert not subscription.stalled
        assert not subscription.deaf
