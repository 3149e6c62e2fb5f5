"""Counts, over all shards, what should have been announced and was not: an alarm that depends on no lease."""

import asyncio
import logging

from prometheus_client import Gauge

from chassis.mongo import Mongo
from chassis.store import Unavailable
from sla_monitor.lists import count_unannounced

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""An alarm needs no more; the count reads an index that is empty up to now in good times."""
UNANNOUNCED = Gauge("ombud_sla_overdue_unannounced", "Clocks of all shards past their time by 5 s and not announced")


class Watching:
    """The count of one replica; every replica shows the same number."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def run(self, stopping: asyncio.Event) -> None:
        """Count until told to stop."""
        while not stopping.is_set():
            try:
                UNANNOUNCED.set(await count_unannounced(self._mongo, await self._mongo.server_time()))
            except Unavailable as error:
                log.warning("not counted: the database does not answer", extra={"reason": str(error)})
            await _pause(stopping)


async def _pause(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
    except TimeoutError:
        return
