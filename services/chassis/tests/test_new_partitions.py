"""A topic that grows while its consumers run (real Kafka and MongoDB)."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from kafka_reading import closing, producing
from test_hostile_records import all_counted, reading, send_good, total

from chassis.early_records import WAITING_INDEXES
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.testing import NOON, eventually
from ombud_contracts import topics


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = Mongo(settings.mongo.get_secret_value(), settings.database("grown"))
    await opened.ensure({"counters": [], "parked": [], **WAITING_INDEXES})
    yield opened
    await opened.drop()
    await opened.close()


@pytest.mark.long
async def test_records_of_a_partition_that_was_added_are_read_from_its_beginning(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if a running consumer did not notice the partition, or began at its end."""
    topic = broker_topics.prefixed(topics.CASES)
    async with reading(broker_topics, store):
        await send_good(broker_topics, "cas_before_")
        await all_counted(store, "cas_before_")
        admin = AIOKafkaAdminClient(bootstrap_servers=broker_topics.kafka)
        await admin.start()
        await admin.create_partitions({topic: NewPartitions(13)})
        await admin.close()
        async with producing(broker_topics) as producer:

            async def known() -> bool:
                await producer.client.force_metadata_update()
                return 12 in await producer.partitions_for(topic)

            await eventually("the partition to be known to who writes", known)
            key, value, headers = closing("cas_added", 1, NOON)
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=12)

        async def counted() -> bool:
            return await total(store, "cas_added") == 1

        await eventually("the record of the new partition to take effect", counted, 120)
        assert await total(store, "cas_before_0") == 1, "and nothing is read a second time"
