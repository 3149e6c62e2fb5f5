"""Shared work, divided among replicas: each shard has at most one holder at a time, by the server's clock.

A lease carries a fencing token that grows with every change of holder, and what a holder writes carries the token: the
transaction fails when another has taken the lease since, or may at any moment. So a holder that overslept writes nothing.
Ownership is an optimisation all the same (it avoids double work); what makes double work harmless is the compare-and-set
of the store and the fixed id of every event.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from chassis.aggregate import Session
from chassis.mongo import Mongo
from chassis.store import LEASES, Conflict, Document, Fences, LeaseLost, Unavailable, Writes
from chassis.waiting import set_within

MEMBERS = "lease_members"

_AT_ONCE = 16
"""Shards taken side by side; each is a write of its own, and waits for the journal."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Leases:
    """The shards 0 … `count`-1 of one kind of work, as one replica sees them."""

    mongo: Mongo
    work: str
    count: int
    owner: str
    ttl_seconds: float = 6.0
    """A holder that was silent for so long has lost its shards. Renewed every third of it."""
    held: dict[int, int] = field(default_factory=dict)
    """Shard → fencing token."""
    _valid_until: float = 0.0

    @property
    def owned(self) -> list[int]:
        """Shards that this replica holds for certain at this moment."""
        return sorted(self.held) if time.monotonic() < self._valid_until else []

    def fences(self, shards: Iterable[int]) -> Fences:
        """Return what a transaction about these shards must carry. Raises LeaseLost when one is not held."""
        wanted = list(shards)
        if not set(wanted) <= self.held.keys():
            raise LeaseLost("the work is not held here any more")
        return {f"{self.work}:{shard}": self.held[shard] for shard in wanted}

    def session(self, now: datetime) -> Session:
        """Return a session that is committed only while all shards are held. Raises LeaseLost when none is."""
        if not self.held:
            raise LeaseLost("the work is not held here any more")
        return Session(self.mongo, lambda: now, writes=Writes(fences=self.fences(self.held)))

    async def keep(self, stopping: asyncio.Event) -> None:
        """Renew and rebalance until told to stop; then give everything back."""
        while not stopping.is_set():
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("leases not renewed", extra={"work": self.work, "reason": str(error)})
            await set_within(stopping, self.ttl_seconds / 3)
        await self.release()

    async def refresh(self) -> None:
        """Renew what is held, give back what is beyond a fair share, and take what is free."""
        asked_at = time.monotonic()
        share = await self._fair_share()
        await self._renew()
        await self._give_back(sorted(self.held, reverse=True)[: max(0, len(self.held) - share)])
        if len(self.held) < share:
            await self._take_free(share - len(self.held))
        self._valid_until = asked_at + self.ttl_seconds * 0.9

    async def _fair_share(self) -> int:
        beat: list[Document] = [{"$set": {"work": self.work, "expires_at": self._expiry()}}]
        await self.mongo.take(MEMBERS, f"{self.work}:{self.owner}", beat)
        await self.mongo.remove(MEMBERS, {"work": self.work, "$expr": {"$lt": ["$expires_at", "$$NOW"]}})
        members = await self.mongo.count(MEMBERS, {"work": self.work}, limit=1000)
        return -(-self.count // max(1, members))

    async def _renew(self) -> None:
        mine = {"work": self.work, "owner": self.owner, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
        await self.mongo.change(LEASES, mine, [{"$set": {"expires_at": self._expiry()}}])
        documents = await self.mongo.find(LEASES, mine, limit=self.count, only=("shard", "token"))
        still = {d["shard"]: d["token"] for d in documents}
        self.held = {shard: token for shard, token in self.held.items() if still.get(shard) == token}

    async def _take_free(self, wanted: int) -> None:
        taken = {
            d["shard"]
            for d in await self.mongo.find(
                LEASES,
                {"work": self.work, "$expr": {"$gt": ["$expires_at", "$$NOW"]}},
                limit=self.count,
                only=("shard",),
            )
        }
        first = crc32(self.owner.encode()) % self.count  # replicas that join together begin at different places
        in_turn = (*range(first, self.count), *range(first))
        free = [shard for shard in in_turn if shard not in taken][:wanted]
        for some in (free[n : n + _AT_ONCE] for n in range(0, len(free), _AT_ONCE)):
            tokens = await asyncio.gather(*(self._take(shard) for shard in some))
            self.held.update({shard: token for shard, token in zip(some, tokens, strict=True) if token is not None})

    async def _take(self, shard: int) -> int | None:
        free = {"$lt": [{"$ifNull": ["$expires_at", 0]}, "$$NOW"]}  # a missing date sorts before every date
        claim: Document = {
            "work": self.work,
            "shard": shard,
            "owner": {"$cond": [free, self.owner, "$owner"]},
            "token": {"$cond": [free, {"$add": [{"$ifNull": ["$token", 0]}, 1]}, "$token"]},
            "expires_at": {"$cond": [free, self._expiry(), "$expires_at"]},
        }
        document = await self.mongo.take(LEASES, f"{self.work}:{shard}", [{"$set": claim}])
        return document["token"] if document["owner"] == self.owner else None

    async def _give_back(self, shards: list[int]) -> None:
        if not shards:
            return
        for shard in shards:
            del self.held[shard]
        mine = {"_id": {"$in": [f"{self.work}:{shard}" for shard in shards]}, "owner": self.owner}
        await self.mongo.change(LEASES, mine, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}])

    async def release(self) -> None:
        """Give all shards back, so that another replica need not wait for them to expire."""
        self.held.clear()
        try:
            await self.mongo.change(
                LEASES,
                {"work": self.work, "owner": self.owner},
                [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}],
            )
            await self.mongo.remove(MEMBERS, {"_id": f"{self.work}:{self.owner}"})
        except Unavailable:
            log.warning("leases not given back; they expire by themselves", extra={"work": self.work})

    def _expiry(self) -> Document:
        return {"$add": ["$$NOW", int(self.ttl_seconds * 1000)]}


async def work_alone(
    leases: Leases, step: Callable[[], Awaitable[bool]], stopping: asyncio.Event, rest_seconds: float
) -> None:
    """Take step after step of a work while this replica holds it, until told to stop. A step returns whether there is more
    to do at once; otherwise, and after a conflict or an outage, the next one is `rest_seconds` later."""
    keeping = asyncio.create_task(leases.keep(stopping))
    while not stopping.is_set():
        try:
            more = bool(leases.owned) and await step()
        except (Conflict, Unavailable) as error:
            log.info("a step is taken again", extra={"work": leases.work, "reason": type(error).__name__})
            more = False
        await set_within(stopping, 0.001 if more else rest_seconds)
    await keeping
