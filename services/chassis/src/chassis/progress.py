"""How far the consumers of a service have come, as its replicas tell each other through the database.

Work that depends on having heard everything, such as announcing that nothing happened, looks here first. It is careful:
nobody who consumes, a replica that fell silent, or a broker that does not answer all mean that facts may be waiting.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Unavailable
from chassis.subscription import Subscription
from chassis.waiting import set_within

log = logging.getLogger(__name__)

PROGRESS = "progress"
_EVERY_SECONDS = 0.5
_SILENT_SECONDS = 3
"""A replica that said nothing for so long may be dead, and nobody reads its partitions until the broker knows."""
_HANDING_OVER = timedelta(seconds=5)
"""What the others need to share the partitions of one that left, or was declared dead."""
_FORGOTTEN_SECONDS = 3600

PROGRESS_INDEXES: Indexes = {PROGRESS: [Index(("at", 1), kept_seconds=_FORGOTTEN_SECONDS)]}


async def facts_may_wait(mongo: Mongo) -> bool:
    """Tell whether there may be facts on the topics that no consumer of the service has handled yet."""
    silent: Document = {"$lt": ["$at", {"$subtract": ["$$NOW", _SILENT_SECONDS * 1000]}]}
    waiting: Document = {"$max": {"$or": ["$behind", silent]}}
    alive = [{"$match": _ALIVE}, {"$group": {"_id": None, "waiting": waiting, "heard": {"$max": {"$not": "$left"}}}}]
    (found,) = await mongo.aggregate(PROGRESS, alive, limit=1) or [_NOBODY]
    return bool(found["waiting"] or not found["heard"])


_ALIVE: Document = {"$expr": {"$gt": ["$gone_at", "$$NOW"]}}
_NOBODY: Document = {"waiting": True, "heard": False}


async def somebody_consumes(mongo: Mongo) -> bool:
    """Tell whether a consumer of the service is alive."""
    return bool(await mongo.count(PROGRESS, {"left": False, **_ALIVE}, limit=1))


class Progress:
    """What one replica says of itself."""

    def __init__(self, mongo: Mongo, owner: str, session_seconds: float) -> None:
        """`session_seconds`: after so long without a heartbeat the broker gives its partitions to others."""
        self._mongo = mongo
        self._owner = owner
        self._known_dead_after = timedelta(seconds=session_seconds) + _HANDING_OVER

    async def tell(self, behind: bool) -> None:
        """Say whether this replica has facts waiting."""
        await self._say(behind, left=False, gone_after=self._known_dead_after)

    async def _say(self, behind: bool, *, left: bool, gone_after: timedelta) -> None:
        gone_at = {"$add": ["$$NOW", int(gone_after.total_seconds() * 1000)]}
        said: list[Document] = [{"$set": {"behind": behind, "left": left, "at": "$$NOW", "gone_at": gone_at}}]
        await self._mongo.take(PROGRESS, self._owner, said)

    async def keep_telling(self, subscriptions: Sequence[Subscription], stopping: asyncio.Event) -> None:
        """Say how far this replica is, twice a second, until told to stop."""
        while not stopping.is_set():
            try:
                await self.tell(await _behind(subscriptions))
            except Unavailable as error:
                log.warning("progress not told", extra={"reason": str(error)})
            await set_within(stopping, _EVERY_SECONDS)

    async def hand_over(self) -> None:
        """Say that this replica left its groups: until the others share its partitions, facts may be waiting."""
        try:
            await self._say(behind=True, left=True, gone_after=_HANDING_OVER)
        except Unavailable as error:
            log.warning("progress not told", extra={"reason": str(error)})


async def _behind(subscriptions: Sequence[Subscription]) -> bool:
    """Look at all of them, however long one takes: each is to be known."""
    return any(await asyncio.gather(*(s.is_behind() for s in subscriptions)))
