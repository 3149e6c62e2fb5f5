"""Announces what is due: warnings and breaches, each once, never before its time, by the database server's clock.

A replica sweeps the shards it holds, and commits only while it holds them: one that overslept would announce without the
facts that have come since. The compare-and-set of each clock prevents double work.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from chassis.aggregate import Cause, Session
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.progress import facts_may_wait
from chassis.server_time import ServerTime
from chassis.store import Conflict, LeaseLost, Unavailable, Writes
from chassis.waiting import set_within
from ombud_words import ClockId
from sla_monitor.clocks.domain import Fire
from sla_monitor.clocks.store import CLOCKS, CLOCKS_COLLECTION
from sla_monitor.firing.agenda import Agenda, Due, count_due
from sla_monitor.lists.store import count_unannounced
from sla_monitor.rules.domain import Rules
from sla_monitor.working_time.domain import SlaRefused

log = logging.getLogger(__name__)

GROUP = 125
"""Clocks per transaction: large enough to share its cost, small enough that a conflict repeats little."""
SIDE_BY_SIDE = 3
"""Transactions in flight: while the database commits some, the next are decided."""
HOLD_SECONDS = 0.25
LONGEST_HOLD_SECONDS = 900.0
"""When the consumers do not catch up in so long, sellers and buyers must hear of deadlines all the same."""
READ_AGAIN_SECONDS = 0.1
"""Another process may have changed a clock that is due at once: how long that can go unseen."""

FIRED = Counter("ombud_sla_fired_total", "Clocks whose due announcements were committed")
FIRE_DELAY = Histogram(
    "ombud_sla_fire_delay_seconds",
    "Committed minus due",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600),
)
REFUSED = Counter("ombud_sla_refused_total", "Clocks that could not be announced; they are tried again")
HOLDING = Gauge("ombud_sla_holding", "1 while announcements wait, because facts may wait on the topics")
HELD = Gauge("ombud_sla_shards_held", "Shards that this replica sweeps")
WATCH_EVERY_SECONDS = 2.0
"""Both counts read the index of what is due: its start only, which is empty up to now in good times."""
SOON = timedelta(minutes=1)
MOST_COUNTED = 1_000_000
UNANNOUNCED = Gauge("ombud_sla_overdue_unannounced", "Clocks of all shards past their time by 5 s and not announced")
DUE_SOON = Gauge("ombud_sla_due_next_minute", "Clocks of all shards that are due by the next minute's end")


class Firing:
    """The sweep of one replica."""

    def __init__(self, mongo: Mongo, rules: Mapping[str, Rules], leases: Leases) -> None:
        self._mongo = mongo
        self._rules = rules
        self._leases = leases
        self._bell = asyncio.Event()
        self._time = ServerTime(mongo)
        self._agenda = Agenda(mongo)
        self._read_again_at = 0.0
        self._waiting_since: float | None = None

    def ring(self, writes: Writes) -> None:
        """Note the clocks that this process just changed, if they are due soon on shards held here."""
        shards = self._leases.held
        for saved in writes.saved.values():
            if saved.collection != CLOCKS_COLLECTION or saved.fields["next_at"] is None:
                continue
            next_at, case_id, market, shard = (saved.fields[n] for n in ("next_at", "case_id", "market", "shard"))
            if shard in shards and self._agenda.note(Due(next_at, ClockId(saved.id), case_id, market, shard)):
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
        await set_within(self._bell, seconds)

    async def sweep(self) -> float:
        """Announce everything due on the shards held; return how long to rest, in seconds."""
        shards = self._leases.owned
        HELD.set(len(shards))
        if not shards:
            self._forget()
            return HOLD_SECONDS
        if time.monotonic() >= self._read_again_at and not await self._read_ahead(shards):
            return HOLD_SECONDS
        due = self._agenda.take(self._time.now())
        if due:
            await self.fire(due)
            if self._agenda.exhausted:
                self._read_again_at = 0.0
            return 0.0
        return self._seconds_to_next()

    async def _read_ahead(self, shards: Sequence[int]) -> bool:
        """Read what is due soon; False while nothing may be announced."""
        if await self._must_wait():
            self._forget()
            return False
        await self._agenda.read(shards, await self._time.ask())
        self._read_again_at = time.monotonic() + READ_AGAIN_SECONDS
        return True

    def _forget(self) -> None:
        self._agenda.clear()
        self._read_again_at = 0.0

    def _seconds_to_next(self) -> float:
        rest = self._read_again_at - time.monotonic()
        if self._agenda.next_at is not None:
            rest = min(rest, (self._agenda.next_at - self._time.now()).total_seconds())
        return max(rest, 0.001)

    async def _must_wait(self) -> bool:
        """Announcing that nothing happened needs all facts that wait on the topics; but not for ever."""
        if not await facts_may_wait(self._mongo):
            self._waiting_since = None
            HOLDING.set(0)
            return False
        self._waiting_since = self._waiting_since or time.monotonic()
        if time.monotonic() - self._waiting_since > LONGEST_HOLD_SECONDS:
            log.error("announcing although facts may wait on the topics", extra={"work": "clocks"})
            return False
        HOLDING.set(1)
        return True

    async def fire(self, due: Sequence[Due]) -> int:
        """Announce these clocks in grouped transactions and return how many were."""
        groups = [due[n : n + GROUP] for n in range(0, len(due), GROUP)]

        async def one_after_another() -> int:
            announced = 0
            while groups:
                announced += await self._group(groups.pop(0))
            return announced

        return sum(await asyncio.gather(*(one_after_another() for _ in groups[:SIDE_BY_SIDE])))

    async def _group(self, group: Sequence[Due]) -> int:
        """A group that meets trouble is done one by one, so that one clock cannot hold the others up."""
        try:
            return await self._announce(group)
        except LeaseLost:
            self._forget()  # another replica announces it
            return 0
        except (Conflict, SlaRefused):
            return sum([await self._one(due) for due in group])

    async def _one(self, due: Due) -> int:
        try:
            return await self._announce([due])
        except Conflict:
            return 0  # a fact or another replica was first; what is due then is read again
        except SlaRefused as error:
            REFUSED.inc()
            self._agenda.put_off([due])
            log.error("a clock cannot be announced", extra={"case_id": due.case_id, "reason": str(error)})
            return 0

    async def _announce(self, group: Sequence[Due]) -> int:
        now = await self._time.fresh()
        session = Session(self._mongo, lambda: now)
        await session.preload(CLOCKS, [due.id for due in group])
        for due in group:
            cause = Cause(id=f"time:{due.id}", correlation_id=due.case_id)
            await session.unit(cause).execute(CLOCKS, due.id, Fire(now, self._rules[due.market]))
        announced = session.writes.saved.keys()
        session.writes.fences.update(self._leases.fences({due.shard for due in group}))
        await session.commit()
        self._measure([due for due in group if (CLOCKS_COLLECTION, due.id) in announced], await self._time.fresh())
        return len(announced)

    @staticmethod
    def _measure(announced: Sequence[Due], committed: datetime) -> None:
        FIRED.inc(len(announced))
        for due in announced:
            FIRE_DELAY.observe(max(0.0, (committed - due.next_at).total_seconds()))


class Watching:
    """Counts, over all shards, what should have been announced and was not, and what is due soon: neither depends on a lease.

    Every replica shows the same number.
    """

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
            await set_within(stopping, WATCH_EVERY_SECONDS)
