"""The lag of a consumer in seconds, per partition: the age of the oldest record that it has not handled.

Sources of that age, best first: the record itself when it is in the batch in flight, the record read a second time when
it waits unread for long, and since when the partition was seen to be longer than what was handled.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from chassis.backlog import BEHIND_SECONDS
from chassis.kafka_access import KafkaAccess
from chassis.settings import Settings
from ombud_contracts.groups import Group

log = logging.getLogger(__name__)

LAG_SECONDS = Gauge(
    "ombud_consumer_lag_seconds",
    "Age of the oldest record of a partition that was not handled",
    ["group", "topic", "partition"],
)
_PEEK_EVERY_SECONDS = 5.0
_PEEK_WITHIN_SECONDS = 3.0


class LagMeter:
    """Publishes the lag of one group's partitions held here."""

    def __init__(self, group: Group, settings: Settings) -> None:
        self._group = group.name
        self._settings = settings
        self._shown: set[TopicPartition] = set()
        self._written_at: dict[tuple[TopicPartition, int], int] = {}
        self._peeked_at = float("-inf")
        self._peeking: asyncio.Task[None] | None = None

    def show(
        self,
        now: datetime,
        waiting: Mapping[TopicPartition, float],
        handled: Mapping[TopicPartition, int],
        in_flight: Mapping[TopicPartition, int],
    ) -> None:
        """Set the metric. `now` is the database's time, `waiting` is seconds per partition, `in_flight` the oldest timestamp (ms) of a batch in work."""
        unknown = {}
        for part, seconds in waiting.items():
            written_at = in_flight.get(part) or self._written_at.get((part, handled[part]))
            if seconds and written_at is not None:
                seconds = max(seconds, now.timestamp() - written_at / 1000)
            elif seconds > BEHIND_SECONDS:
                unknown[part] = handled[part]
            self._label(part).set(seconds)
        for part in self._shown - set(waiting):
            LAG_SECONDS.remove(*self._labels(part))
        self._shown = set(waiting)
        self._peek(unknown)

    def _labels(self, part: TopicPartition) -> tuple[str, str, str]:
        return self._group, part.topic.removeprefix(self._settings.prefixed("")), str(part.partition)

    def _label(self, part: TopicPartition) -> Gauge:
        return LAG_SECONDS.labels(*self._labels(part))

    def _peek(self, unknown: Mapping[TopicPartition, int]) -> None:
        busy = self._peeking is not None and not self._peeking.done()
        if not unknown or busy or time.monotonic() - self._peeked_at < _PEEK_EVERY_SECONDS:
            return
        self._peeked_at = time.monotonic()
        self._peeking = asyncio.create_task(self._look(dict(unknown)))

    async def _look(self, places: Mapping[TopicPartition, int]) -> None:
        try:
            async with asyncio.timeout(_PEEK_WITHIN_SECONDS):
                found = await _timestamps(self._settings.kafka_access, places)
        except (KafkaError, OSError, TimeoutError, ValueError) as error:  # the last: a record that cannot be unpacked
            log.info("the age of unread records is not known", extra={"reason": type(error).__name__})
            return
        self._written_at = {(part, places[part]): at for part, at in found.items()}


async def _timestamps(kafka: KafkaAccess, places: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Return the timestamp (ms) of the first record at or after each place."""
    consumer = AIOKafkaConsumer(
        **kafka.client(), enable_auto_commit=False, isolation_level="read_committed", max_partition_fetch_bytes=1
    )
    await consumer.start()
    try:
        consumer.assign(list(places))
        for part, offset in places.items():
            consumer.seek(part, offset)
        found: dict[TopicPartition, int] = {}
        while len(found) < len(places):
            for part, records in (await consumer.getmany(timeout_ms=500)).items():
                found.setdefault(part, records[0].timestamp)
                consumer.pause(part)
        return found
    finally:
        await consumer.stop()
