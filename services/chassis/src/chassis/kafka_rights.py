"""What a process lacks in Kafka for what its roles do: topics that are absent, and rights that it does not have."""

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence

from aiokafka.admin import AIOKafkaAdminClient

from chassis.kafka_access import KafkaAccess
from chassis.kafka_reach import unreachable
from chassis.kafka_requests import SeenTopic, seen_topics
from chassis.roles import Role
from chassis.settings import Settings
from chassis.waiting import set_within
from ombud_contracts.cluster import written_by

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
"""Between two looks at a Kafka that is away, or does not let this process do what it must."""
_MOST_SAID = 10


async def lacking(kafka: KafkaAccess, reads: Collection[str], writes: Collection[str]) -> list[str]:
    """Return what is missing to read and to write these topics, in short sentences. Raises KafkaError or OSError."""
    admin = AIOKafkaAdminClient(**kafka.client())
    try:
        await admin.start()
        seen = await seen_topics(admin, sorted({*reads, *writes}))
    finally:
        await admin.close()
    return [said for name, topic in sorted(seen.items()) for said in _lacks(name, topic, name in reads, name in writes)]


def _lacks(name: str, topic: SeenTopic, read: bool, written: bool) -> Iterator[str]:
    if not topic.exists:
        yield f"may not see {name}" if topic.hidden else f"no topic {name}"
        return
    if read and not topic.may_read:
        yield f"may not read {name}"
    if written and not topic.may_write:
        yield f"may not write {name}"


def in_short(lacks: Sequence[str]) -> str:
    """Return the first few in a line: a process without any right lacks dozens."""
    more = len(lacks) - _MOST_SAID
    return ", ".join(lacks[:_MOST_SAID]) + (f" and {more} more" if more > 0 else "")


class Rights:
    """Whether Kafka lets one process in, and lets it write what its roles write. (A consumer sees for itself.)"""

    def __init__(self, service: str, settings: Settings) -> None:
        self._settings = settings
        self._roles = frozenset(settings.roles)
        self._writes = [settings.prefixed(topic) for topic in written_by(service)]
        self.lacks: list[str] = []
        """What this process may not write, as it was seen last."""

    async def settled(self, stopping: asyncio.Event) -> bool:
        """Look until all is well, and say each time what is not. Return False for what waiting does not mend.

        Raises KafkaError or OSError.
        """
        while not self._roles.isdisjoint({Role.CONSUME, Role.RELAY}) and not stopping.is_set():
            reason = await unreachable(self._settings.kafka_access)
            if reason is not None and reason.for_good:
                log.error("Kafka does not let this process in", extra={"reason": reason.said})
                return False
            if reason is None and await self._may_write():
                return True
            await set_within(stopping, _LOOK_SECONDS)
        return True

    async def _may_write(self) -> bool:
        if Role.RELAY not in self._roles:
            return True
        self.lacks = await lacking(self._settings.kafka_access, (), self._writes)
        if self.lacks:
            log.error(
                "topics are missing: provision them, or the right to write them", extra={"reason": in_short(self.lacks)}
            )
        return not self.lacks
