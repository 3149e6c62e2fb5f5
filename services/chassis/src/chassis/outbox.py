"""The relay: the only producer in a service. It publishes committed events in commit order per key, then forgets them.

It runs on the shards it holds a lease for. Woken by a local bell after a commit; a poll is the safety net and serves
events that another replica committed. A crash between publish and forget repeats an event with the same id and bytes.
So does a relay that overslept its lease while sending: it forgets nothing, and its successor sends the rows again.
"""

import asyncio
import logging
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from chassis.failpoints import failpoint
from chassis.leases import Leases
from chassis.settings import Settings
from chassis.store import LeaseLost, OutboxRow, Store, Unavailable, Writes
from chassis.waiting import set_within

log = logging.getLogger(__name__)

BATCH = 500
POLL_SECONDS = 0.1
BACKOFF_SECONDS = 1.0
"""After a failure of the broker: long enough not to spin, short enough for a restart of one node."""

PUBLISHED = Counter("ombud_outbox_published_total", "Events acknowledged by Kafka", ["topic"])
PENDING = Gauge("ombud_outbox_pending", "Events seen by the relay that Kafka has not acknowledged yet")
FAILURES = Counter("ombud_outbox_failures_total", "Batches that could not be published")


class Relay:
    """Publishes the outbox of one service."""

    def __init__(self, store: Store, leases: Leases, settings: Settings) -> None:
        self._store = store
        self._leases = leases
        self._settings = settings
        self._bell = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None

    def ring(self, writes: Writes) -> None:
        """Wake the relay after a commit that has events."""
        if writes.outbox:
            self._bell.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until told to stop, then publish what is left."""
        while not stopping.is_set():
            await set_within(self._bell, POLL_SECONDS)
            await self._drain_or_back_off()
        await self._drain_or_back_off()
        await self._close_producer()

    async def _drain_or_back_off(self) -> None:
        self._bell.clear()
        try:
            await self.drain(self._leases.owned)
        except LeaseLost:
            log.warning("the outbox has another relay by now; what was published is told once more by it")
        except (KafkaError, OSError, Unavailable) as error:
            FAILURES.inc()
            log.warning("outbox not published, trying again", extra={"reason": type(error).__name__})
            await self._close_producer()
            await asyncio.sleep(BACKOFF_SECONDS)

    async def drain(self, shards: Iterable[int]) -> int:
        """Publish everything pending on these shards; return how many events."""
        total = 0
        shards = list(shards)
        while shards and (rows := await self._store.pending(shards, BATCH)):
            if not set(shards) <= set(self._leases.owned):
                return total  # overslept since the rows were read: another may have published them
            PENDING.set(len(rows))
            await self._publish(rows)
            failpoint("outbox.after_publish")
            await self._store.published([row.id for row in rows], self._leases.fences(shards))
            total += len(rows)
            PENDING.set(0)
            if len(rows) < BATCH:
                break
            shards = [s for s in shards if s in self._leases.owned]
        return total

    async def _publish(self, rows: list[OutboxRow]) -> None:
        producer = await self._started_producer()
        waiting = [
            await producer.send(
                self._settings.prefixed(row.topic), row.value, key=row.key.encode(), headers=list(row.headers)
            )
            for row in rows
        ]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for failed in (o for o in outcomes if isinstance(o, BaseException)):
            raise failed
        for row in rows:
            PUBLISHED.labels(row.topic).inc()

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka,
                enable_idempotence=True,  # implies acks=all
                compression_type="lz4",
                linger_ms=0,
                max_request_size=12 * 1_048_576,  # dead letters carry what was too large to read
                request_timeout_ms=10_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _close_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(5):
                await producer.stop()  # unsent events stay in the outbox
        except (KafkaError, OSError, TimeoutError):
            log.warning("the producer did not close in time")
