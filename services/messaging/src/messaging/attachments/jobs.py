"""Removes what nobody will read: files that were never sent, uploads that broke off, and the bytes of erased ones.

Every step can be repeated, and several replicas may do it at once.
"""

import asyncio
import logging
from datetime import timedelta

from prometheus_client import Counter

from chassis.files import Files
from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.waiting import set_within
from messaging.attachments.keeping import SENT_WITHIN
from messaging.attachments.store import ARRIVING, UNSENT, bytes_removed, erased, expire

log = logging.getLogger(__name__)

REMOVED = Counter("ombud_messaging_files_removed_total", "Files that were removed: unsent, broken off or erased")
_EVERY_SECONDS = 30.0
_PAGE = 100
_ARRIVES_WITHIN = timedelta(hours=1)
"""Longer than any upload takes."""


class Sweeping:
    """The job."""

    def __init__(self, mongo: Mongo, files: Files) -> None:
        self._mongo = mongo
        self._files = files

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop."""
        while not stopping.is_set():
            try:
                more = await self.work()
            except Unavailable:
                log.warning("files are removed later")
                more = False
            await set_within(stopping, 0.001 if more else _EVERY_SECONDS)

    async def work(self) -> bool:
        """Remove a page of files; return whether more may be waiting. What is over is judged by the database's time."""
        now = await self._mongo.server_time()
        await expire(self._mongo, UNSENT, now - SENT_WITHIN)
        await expire(self._mongo, ARRIVING, now - _ARRIVES_WITHIN)
        rows = await erased(self._mongo, _PAGE)
        for row in rows:
            await self._files.remove(row["file_id"])
            await bytes_removed(self._mongo, row)
            REMOVED.inc()
        return len(rows) == _PAGE
