"""What is due within the next seconds on the shards of a replica, read ahead: at the instant itself no query is needed.

It is a hint, never the truth: what is due is decided on the state as it is then, and compared-and-set.
"""

import heapq
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.mongo import Mongo
from chassis.store import Document
from ombud_words import CaseId, ClockId
from sla_monitor.clocks.store import CLOCKS_COLLECTION

AHEAD = timedelta(seconds=2)
MOST = 2000
"""Entries kept at a time, about 1 MB: when more are due at once, the next ones are read when these are announced."""
PUT_OFF_SECONDS = 10.0
MOST_PUT_OFF = 1000


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A clock that must be looked at, and when."""

    next_at: datetime
    id: ClockId
    case_id: CaseId
    market: str
    shard: int
    """Of which holder it is the work."""


@dataclass(slots=True)
class Agenda:
    """The next clocks of one replica, the longest overdue first."""

    mongo: Mongo
    _heap: list[Due] = field(default_factory=list)
    _until: datetime | None = None
    """Everything that was due until then is on the heap, or was when it was read."""
    _more: bool = False
    """More was due soon than fits on the heap."""
    _put_off: dict[str, float] = field(default_factory=dict)

    async def read(self, shards: Sequence[int], now: datetime) -> None:
        """Read what is due soon; what was noted before is read again or gone."""
        where = _due_by(now + AHEAD) | {"shard": {"$in": list(shards)}}
        put_off = self._still_put_off()
        if put_off:
            where["_id"] = {"$nin": put_off}
        only = ["next_at", "case_id", "market", "shard"]
        found = await self.mongo.find(CLOCKS_COLLECTION, where, sort=[("next_at", 1)], limit=MOST, only=only)
        # sorted, so a heap
        self._heap = [Due(d["next_at"], d["_id"], d["case_id"], d["market"], d["shard"]) for d in found]
        self._more = len(found) == MOST
        self._until = found[-1]["next_at"] if self._more else now + AHEAD

    def note(self, due: Due) -> bool:
        """Note a clock that this process just changed; False when it is due later than what is read ahead."""
        if self._until is None or due.next_at > self._until or len(self._heap) >= 2 * MOST:
            return False
        heapq.heappush(self._heap, due)
        return True

    def take(self, now: datetime) -> list[Due]:
        """Take what is due off the agenda; a clock that was noted twice comes once."""
        taken: dict[str, Due] = {}
        while self._heap and self._heap[0].next_at <= now:
            due = heapq.heappop(self._heap)
            taken[due.id] = due
        return list(taken.values())

    def put_off(self, due: Iterable[Due]) -> None:
        """Leave clocks that cannot be announced aside for a while, so that they do not crowd the others out."""
        until = time.monotonic() + PUT_OFF_SECONDS
        for one in due:
            if len(self._put_off) < MOST_PUT_OFF:
                self._put_off[one.id] = until

    def clear(self) -> None:
        """Forget everything: the shards are not ours any more."""
        self._heap, self._until = [], None

    @property
    def exhausted(self) -> bool:
        """Whether all that was read is taken, and more was there."""
        return self._more and not self._heap

    @property
    def next_at(self) -> datetime | None:
        """When the next clock is due, if that is soon."""
        return self._heap[0].next_at if self._heap else None

    def _still_put_off(self) -> list[str]:
        now = time.monotonic()
        self._put_off = {id: until for id, until in self._put_off.items() if until > now}
        return list(self._put_off)


async def count_due(mongo: Mongo, until: datetime, limit: int) -> int:
    """How many clocks of all shards must be looked at by then, counting no further than `limit`."""
    return await mongo.count(CLOCKS_COLLECTION, _due_by(until), limit)


def _due_by(until: datetime) -> Document:
    # `$type` is what the index is limited to: without it MongoDB reads the whole collection instead
    return {"next_at": {"$type": "date", "$lte": until}}
