"""Shows how much is owed at the moment, and how much of it is late: what operations of casework look at first."""

import asyncio
import logging
from collections.abc import Sequence

from prometheus_client import Gauge

from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.waiting import set_within
from sla_monitor.lists.store import owed_now

log = logging.getLogger(__name__)

OWED = Gauge("ombud_sla_owed", "Replies and other duties that run now", ["market", "owner"])
OVERDUE = Gauge("ombud_sla_owed_overdue", "Of those, the ones past their deadline", ["market", "owner"])
_EVERY_SECONDS = 15.0


class Owing:
    """The figures of one replica: of all shards, so every replica shows the same."""

    def __init__(self, mongo: Mongo, markets: Sequence[str]) -> None:
        self._mongo = mongo
        self._markets = markets
        self._shown: set[tuple[str, str]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Count until told to stop."""
        while not stopping.is_set():
            try:
                await self.count()
            except Unavailable as error:
                log.warning("not counted: the database does not answer", extra={"reason": str(error)})
            await set_within(stopping, _EVERY_SECONDS)

    async def count(self) -> None:
        """Show what is owed now. Raises Unavailable."""
        rows = await owed_now(self._mongo, self._markets, await self._mongo.server_time())
        found = {(row["market"], row["owner"]): row for row in rows}
        self._shown |= set(found)
        for labels in self._shown:
            row = found.get(labels, {})
            OWED.labels(*labels).set(row.get("owed", 0))
            OVERDUE.labels(*labels).set(row.get("overdue", 0))
