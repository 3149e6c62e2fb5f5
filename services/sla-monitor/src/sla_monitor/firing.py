"""Announces what is due: warnings and breaches, each once, never before its time, by the database server's clock.

A replica sweeps the shards it holds. Ownership avoids double work; the compare-and-set of each clock prevents it.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from chassis.aggregate import Cause, Session
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.progress import somebody_is_behind
from chassis.store import Conflict, Document, Unavailable, Writes
from sla_monitor.domain.clock import Fire
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rules import Rules
from sla_monitor.store import CLOCKS, CLOCKS_COLLECTION, due_clocks, next_due_at

log = logging.getLogger(__name__)

AT_ONCE = 1000
GROUP = 125
"""Clocks per transaction: large enough to share its cost, small enough that a conflict repeats little."""
HOLD_SECONDS = 0.25
LONGEST_HOLD_SECONDS = 900.0
"""When the consumers do not catch up in so long, sellers and buyers must hear of deadlines all the same."""
LOOK_AGAIN_SECONDS = 0.05
"""Another replica may have started a clock that is due sooner: how long that can go unseen."""

FIRED = Counter("ombud_sla_fired_total", "Clocks whose due announcements were committed")
FIRE_DELAY = Histogram(
    "ombud_sla_fire_delay_seconds",
    "Committed minus due",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600),
)
OVERDUE = Gauge("ombud_sla_overdue_unfired", "Clocks past their time and not announced, in the shards held here")
REFUSED = Counter("ombud_sla_refused_total", "Clocks that could not be announced; each sweep tries again")
HOLDING = Gauge("ombud_sla_holding", "1 while announcements wait for consumers that are behind")
HELD = Gauge("ombud_sla_shards_held", "Shards that this replica sweeps")


class Firing:
    """The sweep of one replica."""

    def __init__(self, mongo: Mongo, rules: Mapping[str, Rules], leases: Leases) -> None:
        self._mongo = mongo
        self._rules = rules
        self._leases = leases
        self._bell = asyncio.Event()
        self._waiting_since: float | None = None

    def ring(self, writes: Writes) -> None:
        """Look again soon: a clock of this process changed."""
        if any(saved.collection == CLOCKS_COLLECTION for saved in writes.saved.values()):
            self._bell.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Sweep until told to stop."""
        keeping = asyncio.create_task(self._leases.keep(stopping))
        while not stopping.is_set():
            try:
                rest = await self.sweep()
            except Unavailable as error:
                log.warning("sweep waits for the database", extra={"reason": str(error)})
                rest = 1.0
            await self._rest(rest)
        await keeping

    async def _rest(self, seconds: float) -> None:
        self._bell.clear()
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return

    async def sweep(self) -> float:
        """Announce everything due on the shards held; return how long to rest, in seconds."""
        shards = self._leases.owned
        HELD.set(len(shards))
        if not shards:
            return 0.25
        if await self._must_wait():
            return HOLD_SECONDS
        now = await self._mongo.server_time()
        due = await due_clocks(self._mongo, shards, now, AT_ONCE)
        OVERDUE.set(len(due))
        if due:
            announced = await self.fire(due, now)
            return 0.0 if announced else LOOK_AGAIN_SECONDS
        following = await next_due_at(self._mongo, shards)
        if following is None:
            return LOOK_AGAIN_SECONDS
        return min(max((following - now).total_seconds(), 0.001), LOOK_AGAIN_SECONDS)

    async def _must_wait(self) -> bool:
        """Announcing that nothing happened needs all facts that wait on the topics; but not for ever."""
        if not await somebody_is_behind(self._mongo):
            self._waiting_since = None
            HOLDING.set(0)
            return False
        self._waiting_since = self._waiting_since or time.monotonic()
        if time.monotonic() - self._waiting_since > LONGEST_HOLD_SECONDS:
            log.error("announcing although the consumers are behind", extra={"work": "clocks"})
            return False
        HOLDING.set(1)
        return True

    async def fire(self, due: Sequence[Document], now: datetime) -> int:
        """Announce these clocks in grouped transactions and return how many were; a group that meets trouble is done one
        by one, so that one clock cannot hold the others up."""
        groups = [due[n : n + GROUP] for n in range(0, len(due), GROUP)]
        announced = 0
        for pair in (groups[n : n + 2] for n in range(0, len(groups), 2)):
            announced += sum(await asyncio.gather(*(self._group(group, now) for group in pair)))
        return announced

    async def _group(self, group: Sequence[Document], now: datetime) -> int:
        try:
            return await self._announce(group, now)
        except (Conflict, SlaRefused):
            return sum([await self._one(document, now) for document in group])

    async def _one(self, document: Document, now: datetime) -> int:
        try:
            return await self._announce([document], now)
        except Conflict:
            return 0  # a fact or another replica was first; the next sweep looks again
        except SlaRefused as error:
            REFUSED.inc()
            log.error("a clock cannot be announced", extra={"case_id": document["case_id"], "reason": str(error)})
            return 0

    async def _announce(self, group: Sequence[Document], now: datetime) -> int:
        session = Session(self._mongo, lambda: now)
        await session.preload(CLOCKS, [d["_id"] for d in group])
        for document in group:
            cause = Cause(id=f"time:{document['_id']}", correlation_id=document["case_id"])
            unit = session.unit(cause)
            await unit.execute(CLOCKS, document["_id"], Fire(now, self._rules[document["market"]]))
        announced = len(session.writes.saved)
        await session.commit()
        committed = await self._mongo.server_time()
        for document in group:
            FIRED.inc()
            FIRE_DELAY.observe((committed - document["next_at"]).total_seconds())
        return announced
