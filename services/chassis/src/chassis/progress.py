"""How far the consumers of a service have come, as its replicas tell each other through the database.

Work that depends on having heard everything, such as announcing that nothing happened, looks here first.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from chassis.mongo import Mongo
from chassis.store import Document, Unavailable
from chassis.subscription import Subscription

log = logging.getLogger(__name__)

PROGRESS = "progress"
_EVERY_SECONDS = 0.5
_SILENT_SECONDS = 15
"""A replica that has said nothing for so long is gone; what it held is with others, who say how far they are."""

_FRESH: Document = {"$gt": ["$at", {"$subtract": ["$$NOW", _SILENT_SECONDS * 1000]}]}


async def somebody_is_behind(mongo: Mongo) -> bool:
    """Tell whether a living consumer of the service has facts waiting."""
    return bool(await mongo.count(PROGRESS, {"behind": True, "$expr": _FRESH}, limit=1))


async def somebody_consumes(mongo: Mongo) -> bool:
    """Tell whether a consumer of the service is alive."""
    return bool(await mongo.count(PROGRESS, {"$expr": _FRESH}, limit=1))


async def tell_behind(mongo: Mongo, owner: str, behind: bool) -> None:
    """Say whether this replica has facts waiting."""
    told: list[Document] = [{"$set": {"behind": behind, "at": "$$NOW"}}]
    await mongo.take(PROGRESS, owner, told)


async def tell_progress(
    mongo: Mongo, owner: str, subscriptions: Sequence[Subscription], stopping: asyncio.Event
) -> None:
    """Say how far this replica is, twice a second, until told to stop."""
    while not stopping.is_set():
        try:
            behind = [await asyncio.wait_for(s.is_behind(), 5) for s in subscriptions]
            await tell_behind(mongo, owner, any(behind))
        except (KafkaError, TimeoutError, Unavailable) as error:
            log.warning("progress not told", extra={"reason": type(error).__name__})
        try:
            await asyncio.wait_for(stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue
    await mongo.remove(PROGRESS, {"_id": owner})
