"""Topics read again from their beginning, and what of it retention took."""

from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from kafka_reading import send_with_an_odd_name

from chassis.parking import StandIn
from chassis.replay import Gap, Records, gaps_of, partitions_of, replay
from chassis.settings import Settings
from ombud_contracts import topics


async def forget(settings: Settings, part: TopicPartition, before: int) -> None:
    """Delete the beginning of a partition, as retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_records({part: RecordsToDelete(before_offset=before)})
    await admin.close()


async def test_a_gap_is_known_with_the_age_of_what_is_left(broker_topics: Settings) -> None:
    """INVARIANT: would break if a topic whose beginning is gone looked whole, or younger than it is."""
    settings, topic = broker_topics, broker_topics.prefixed(topics.CASES)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    sent = [await producer.send_and_wait(topic, b"{}", partition=n // 3) for n in range(6)]
    await producer.stop()
    parts = await partitions_of(settings.kafka_access, [topic, settings.prefixed(topics.TAKEOVERS)])
    assert await gaps_of(settings.kafka_access, parts) == []
    await forget(settings, TopicPartition(topic, 0), 2)
    kept = datetime.fromtimestamp(sent[2].timestamp / 1000, UTC)
    assert await gaps_of(settings.kafka_access, parts) == [Gap(topic, kept)]
    assert abs(kept - datetime.now(UTC)) < timedelta(hours=1)
    await forget(settings, TopicPartition(topic, 1), 3)
    assert await gaps_of(settings.kafka_access, parts) == [Gap(topic, None)]


async def test_what_was_withdrawn_is_not_replayed_and_what_cannot_be_unpacked_stops_nothing(
    broker_topics: Settings,
) -> None:
    """INVARIANT: would break if a rebuild took in what consumers never saw, or ended at one hostile record."""
    settings, topic = broker_topics, broker_topics.prefixed(topics.CASES)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, transactional_id=f"{settings.namespace}-tx")
    await producer.start()
    for value, kept in ((b"kept", True), (b"withdrawn", False)):
        await producer.begin_transaction()
        await producer.send_and_wait(topic, value, partition=4)
        await (producer.commit_transaction() if kept else producer.abort_transaction())
    await producer.stop()
    for partition in (4, 6):
        await send_with_an_odd_name(settings, topics.CASES, partition)
    taken: list[tuple[int, bytes | None]] = []
    why: list[str] = []

    async def take(records: Records) -> None:
        taken.extend((r.partition, r.value) for r in records)
        why.extend(r.why for r in records if isinstance(r, StandIn))

    await replay(settings.kafka_access, await partitions_of(settings.kafka_access, [topic]), take)
    assert [value for partition, value in taken if partition == 4] == [b"kept", b"{}", None]
    assert [value for partition, value in taken if partition == 6] == [b"{}", None]
    assert all(reason.startswith("UnicodeDecodeError") for reason in why)
    assert len(why) == 2
