"""Where a consumer's group stands in each partition, and whether records were gone before it came to them."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

log = logging.getLogger(__name__)

LOST = Counter("ombud_consumer_lost_records_total", "Records that were gone before they were read", ["group"])

Offsets: TypeAlias = Mapping[TopicPartition, int]


class Standing:
    """The next offset to handle in each partition that is assigned: known once the broker was asked where the group
    stood, and moved on by what is handled."""

    def __init__(self, group: str, named: str, client: Callable[[], AIOKafkaConsumer | None]) -> None:
        """`group` is the group as Kafka knows it, `named` as its metric does. `client` gives the consumer of now."""
        self._group = group
        self._lost = LOST.labels(named)
        self._client = client
        self._assigned: set[TopicPartition] = set()
        self._looking: asyncio.Task[int] | None = None
        self.handled: dict[TopicPartition, int] = {}

    @property
    def asked(self) -> bool:
        """True since partitions were assigned to the client of now."""
        return self._looking is not None

    def begin(self, assigned: set[TopicPartition]) -> None:
        """Look where the group stands in these partitions, and whether records were lost since it read last."""
        self._assigned = assigned
        self.handled.clear()
        self._looking = asyncio.create_task(self._lost_before(assigned))

    def forget(self) -> None:
        """The client has left its group."""
        self._looking = None

    async def known(self) -> int:
        """Wait until it is known where this group stands; return how many records were lost before. Raises KafkaError."""
        looking = self._looking
        if looking is None:
            return 0
        try:
            return await asyncio.shield(looking)  # several wait for it, and each may give up
        except KafkaError:
            if self._looking is looking:
                self._looking = asyncio.create_task(self._lost_before(self._assigned))
            raise

    def take(self, offsets: Offsets) -> None:
        """Note that a batch was handled, and what follows it."""
        self.handled.update(offsets)

    def pass_to(self, offsets: Offsets) -> None:
        """Note that nothing before these offsets is to be handled; it does not go back."""
        self.handled.update({part: max(at, self.handled.get(part, 0)) for part, at in offsets.items()})

    def of(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Return where the group stands in those of these partitions in which that is known."""
        return {part: self.handled[part] for part in parts if part in self.handled}

    def of_assigned(self) -> dict[TopicPartition, int]:
        """Return where the group stands in each partition that it holds, which must be known."""
        return {part: self.handled[part] for part in self._assigned}

    async def lost_until(self, reached: Offsets) -> int:
        """Count the records between what was handled and where reading goes on that are gone.

        Offsets also have gaps without a loss: markers of transactions, and records of those that were aborted.
        """
        client = self._client()
        gaps = [part for part, at in reached.items() if at > self.handled.get(part, at)]
        if client is None or not gaps:
            return 0
        first = await client.beginning_offsets(gaps)
        lost: int = sum(max(0, min(first[part], reached[part]) - self.handled[part]) for part in gaps)
        self._count(lost)
        self.pass_to({part: min(first[part], reached[part]) for part in gaps})
        return lost

    async def _lost_before(self, assigned: set[TopicPartition]) -> int:
        """Count the records that were gone before this group came to them, and note where it stands."""
        client = self._client()
        if client is None or not assigned:
            return 0
        first = await client.beginning_offsets(list(assigned))
        committed = await asyncio.gather(*(client.committed(part) for part in assigned))  # each asks the broker
        read_to = dict(zip(assigned, committed, strict=True))
        read_before = {part.topic for part, at in read_to.items() if at is not None}
        lost: int = sum(max(0, first[p] - (at or 0)) for p, at in read_to.items() if p.topic in read_before)
        self.handled.update({part: max(first[part], at or 0) for part, at in read_to.items()})
        self._count(lost)
        return lost

    def _count(self, lost: int) -> None:
        if lost:
            self._lost.inc(lost)
            log.error("records were gone before they were read", extra={"group": self._group, "count": lost})
