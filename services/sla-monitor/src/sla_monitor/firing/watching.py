"""Counts, over all shards, what should have been announced and was not, and what is due soon: neither depends on a lease."""

import asyncio
import logging
from datetime import timedelta

from prometheus_client import Gauge

from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.waiting import set_within
from sla_monitor.firing.agenda import count_due
from sla_monitor.lists.store import count_unannounced

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
"""Both counts read the index of what is due: its start only, which is empty up to now in good times."""
SOON = timedelta(minutes=1)
MOST_COUNTED = 1_000_000
UNANNOUNCED = Gauge("ombud_sla_overdue_unannounced", "Clocks of all shards past their time by 5 s and not announced")
DUE_SOON = Gauge("ombud_sla_due_next_minute", "Clocks of all shards that are due by the next minute's end")


class Watching:
    """The count of one replica; every replica shows the same number."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def run(self, stopping: asyncio.Event) -> None:
        """Count until told to stop."""
        while not stopping.is_set():
            try:
                now = await self._mongo.server_time()
                UNANNOUNCED.set(await count_unannounced(self._mongo, now))
                DUE_SOON.set(await count_due(self._mongo, now + SOON, MOST_COUNTED))
            except Unavailable as error:
                log.warning("not counted: the database does not answer", extra={"reason": str(error)})
            await set_within(stopping, EVERY_SECONDS)
