"""Whether a rebuild is under way or broke off: kept beside the clocks, so that nothing runs on half of them."""

from typing import Any

from chassis.mongo import Mongo

_REBUILDS = "rebuilds"
_LATEST = "latest"


class RebuildUnfinished(Exception):
    """A rebuild was begun and did not end: the clocks are not whole."""


async def is_unfinished(mongo: Mongo) -> bool:
    """Return whether a rebuild was begun and did not end."""
    return bool(await mongo.count(_REBUILDS, {"_id": _LATEST, "finished_at": None}, limit=1))


async def refuse_unfinished(mongo: Mongo) -> None:
    """Return if the clocks are whole. Raises RebuildUnfinished."""
    if await is_unfinished(mongo):
        raise RebuildUnfinished("a rebuild of the clocks did not end; run `ombud-sla-rebuild` again before starting")


async def note_begun(mongo: Mongo) -> None:
    """Keep that a rebuild begins now."""
    begun: list[dict[str, Any]] = [{"$set": {"began_at": "$$NOW", "finished_at": None}}]
    await mongo.take(_REBUILDS, _LATEST, begun)


async def note_finished(mongo: Mongo) -> None:
    """Keep that the rebuild ended: the clocks are whole."""
    await mongo.take(_REBUILDS, _LATEST, [{"$set": {"finished_at": "$$NOW"}}])
