"""A service's life: connect, be ready, work, and stop in an order that loses nothing.

Stop: not ready → no new batch → batches in flight end and commit → jobs end → outbox drained → leases given back.
"""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from aiokafka.errors import KafkaError
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from prometheus_client import Gauge

from chassis.consuming import BatchHandler
from chassis.http import Runtime
from chassis.ids import new_id
from chassis.kafka_rights import Rights, in_short, lacking
from chassis.leases import Leases
from chassis.mongo_access import UnusableDatabase
from chassis.outbox import Relay, show_from_zero
from chassis.parts import Job, Parts, Service, indexes_of
from chassis.progress import Progress
from chassis.roles import Role
from chassis.server_time import ServerTime
from chassis.store import OUTBOX_SHARDS, Unavailable, Writes
from chassis.subscription import Subscription, broker_of, refuse_shared_groups
from chassis.transaction import OUTBOX
from chassis.waiting import set_within
from ombud_contracts.market import InvalidMarkets

log = logging.getLogger(__name__)

OUTBOX_AGE = Gauge("ombud_outbox_oldest_age_seconds", "Age of the oldest event that Kafka has not acknowledged")

_OUTAGE_SECONDS = 1.0
_ATTEND_SECONDS = 1.0
_LOOK_SECONDS = 0.25
"""Between two looks at records that wait for what they need."""


class Life:
    """Starts and stops the parts of a running service."""

    def __init__(self, service: Service, runtime: Runtime, parts: Parts, time: ServerTime) -> None:
        self.runtime = runtime
        self._time = time
        self.broker: KafkaBroker = broker_of(runtime.settings)
        self._service = service
        self._parts = parts
        self._roles = runtime.settings.roles
        consumers = parts.consumers if Role.CONSUME in self._roles else ()
        refuse_shared_groups(list(consumers))
        self._owner = new_id(f"{service.name}-{os.getpid()}")
        self._progress = Progress(runtime.mongo, self._owner, runtime.settings.consumer_session_seconds)
        refusals = tuple(service.refusals)
        self._handlers = [BatchHandler(c, runtime.mongo, runtime.settings, runtime.now, refusals) for c in consumers]
        self._subscriptions = [
            Subscription(self.broker, c, h, runtime.settings) for c, h in zip(consumers, self._handlers, strict=True)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._relay: Relay | None = None
        self._started = False
        self._rights = Rights(service.name, runtime.settings)

    @asynccontextmanager
    async def span(self, _app: FastAPI) -> AsyncIterator[None]:
        """Run the service around the ASGI server."""
        try:
            relay_ends, relaying = await self._start()
        except UnusableDatabase as error:
            log.error("not started: the database cannot be used", extra={"reason": str(error)})
            raise
        except InvalidMarkets as error:
            log.error("not started: the markets are not valid", extra={"reason": str(error)})
            raise
        except Exception as error:  # whatever it is, this process ends for it: one line says why, before the trace
            log.error("not started", extra={"reason": f"{type(error).__name__}: {error}"[:300]})
            raise
        try:
            yield
        finally:
            await self._stop(relay_ends, relaying)

    async def _start(self) -> tuple[asyncio.Event, list[asyncio.Task[None]]]:
        runtime = self.runtime
        await runtime.mongo.refuse_unusable()
        await runtime.mongo.refuse_later_form(self._service.form)
        await runtime.mongo.ensure(indexes_of(self._service))
        await self._time.ask()
        await self._parts.prepare()
        if self._subscriptions:
            await self._progress.tell(behind=True)  # until it has read what waits
        runtime.mongo.after_commit = self._after_commit
        relay_ends = asyncio.Event()
        relaying = self._start_relaying(relay_ends) if Role.RELAY in self._roles else []
        self._tasks = [asyncio.create_task(self._guarded(partial(job, runtime.stopping))) for job in self._jobs()]
        collect_seldom()
        gc.collect()
        gc.freeze()  # what was loaded for good (rules, routes, calendars) need not be looked at by every collection
        self._started = True
        return relay_ends, relaying

    def _start_relaying(self, ends: asyncio.Event) -> list[asyncio.Task[None]]:
        leases = Leases(self.runtime.mongo, "outbox", OUTBOX_SHARDS, self._owner)
        show_from_zero(self._service.name)
        self._relay = Relay(self.runtime.mongo, leases, self.runtime.settings)
        leases_end = asyncio.Event()
        return [
            asyncio.create_task(self._guarded(partial(self._publish, self._relay, ends, leases_end))),
            asyncio.create_task(self._guarded(partial(leases.keep, leases_end))),
        ]

    def _after_commit(self, writes: Writes) -> None:
        if self._relay is not None:
            self._relay.ring(writes)
        for handler in self._handlers:
            handler.note(writes)
        self._parts.on_commit(writes)

    def _jobs(self) -> list[Job]:
        """What goes on in this process until it ends."""
        jobs: list[Job] = [self._time.keep, self._watch_outbox, self._look_at_kafka, *self._parts.keeps_knowing]
        if self._subscriptions:
            jobs += [self._consume, self._tell_progress, self._retry_waiting]
        return jobs + [job for role in self._roles for job in self._parts.jobs.get(role, ())]

    @staticmethod
    async def _publish(relay: Relay, ends: asyncio.Event, leases_end: asyncio.Event) -> None:
        await relay.run(ends)
        leases_end.set()

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do a job until it ends. An outage is waited for. A job that breaks otherwise is a bug: say so, and end the
        process, with an exit code that says so as well, so that it is started anew."""
        while True:
            try:
                await job()
                return
            except (Unavailable, KafkaError) as error:
                log.warning("a job waits for an outage to end", extra={"reason": f"{type(error).__name__}: {error}"})
                if await set_within(self.runtime.stopping, _OUTAGE_SECONDS):
                    return
            except Exception:
                log.exception("a job broke; the service stops")
                self._end_broken()
                return

    async def _consume(self, stopping: asyncio.Event) -> None:
        await self.broker.connect()
        await asyncio.gather(*(self._attend(s, stopping) for s in self._subscriptions))
        await stopping.wait()
        for subscription in self._subscriptions:
            subscription.pause()
        await asyncio.gather(*(s.stop() for s in self._subscriptions))
        await self._progress.hand_over()
        await self.broker.stop()

    async def _attend(self, subscription: Subscription, stopping: asyncio.Event) -> None:
        """Keep a consumer in its group: one that hears nothing while the broker answers others is made anew."""
        await self._join(subscription, stopping)
        while not await set_within(stopping, _ATTEND_SECONDS):
            if subscription.deaf:
                await subscription.leave()
                await self._join(subscription, stopping)

    async def _join(self, subscription: Subscription, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                lacks = await lacking(self.runtime.settings.kafka_access, subscription.topics, ())
                if not lacks:
                    await subscription.start()
                    return
                log.error(
                    "topics are missing: provision them, or the right to read them", extra={"reason": in_short(lacks)}
                )
            except (KafkaError, OSError) as error:
                log.warning("Kafka not reachable, trying again", extra={"reason": type(error).__name__})
            await set_within(stopping, 2.0)

    async def _look_at_kafka(self, stopping: asyncio.Event) -> None:
        if not await self._rights.settled(stopping):
            self._end_broken()
        await stopping.wait()

    def _end_broken(self) -> None:
        """End this process in order, with an exit code that says that something is wrong."""
        self.runtime.broken = True
        os.kill(os.getpid(), signal.SIGTERM)

    async def _tell_progress(self, stopping: asyncio.Event) -> None:
        await self._progress.keep_telling(self._subscriptions, stopping)

    async def _watch_outbox(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                age = await self._outbox_age()
            except Unavailable:
                age = 0.0
            OUTBOX_AGE.set(age)
            self.runtime.overloaded = age > self.runtime.settings.outbox_max_age_seconds
            await set_within(stopping, 1.0)

    async def _outbox_age(self) -> float:
        """Seconds that the oldest event has waited, by the database's clock alone."""
        mongo = self.runtime.mongo
        refused = await mongo.keys_set_aside(range(OUTBOX_SHARDS), 1_000)  # they have an alarm of their own
        oldest = await mongo.find_one(OUTBOX, {"key": {"$nin": refused}} if refused else {}, sort=[("ts", 1)])
        if oldest is None:
            return 0.0
        return max(0.0, (await mongo.server_time()).timestamp() - float(oldest["ts"].time))

    async def _retry_waiting(self, stopping: asyncio.Event) -> None:
        patience = self.runtime.settings.waiting_patience_seconds
        while not stopping.is_set():
            for handler in self._handlers:
                await handler.retry_waiting(patience)
            await set_within(stopping, _LOOK_SECONDS)

    async def _stop(self, relay_ends: asyncio.Event, relaying: list[asyncio.Task[None]]) -> None:
        runtime = self.runtime
        runtime.stopping.set()
        await _finished(self._tasks, runtime.settings.shutdown_within_seconds)
        relay_ends.set()
        await _finished(relaying, 10.0)
        await runtime.mongo.close()

    async def ready(self) -> list[str]:
        """Return what is missing for the next unit of work of this process's roles; empty when ready."""
        missing = ["stopping"] if self.runtime.stopping.is_set() else []
        if not self._started:
            missing.append("start")
        if not all(s.running and not s.stalled for s in self._subscriptions):
            missing.append("consumers")
        if self._rights.lacks:
            missing.append("topics")
        if self.runtime.overloaded and not {Role.API, Role.RELAY}.isdisjoint(self._roles):
            missing.append("outbox")
        try:
            async with asyncio.timeout(2):
                await self.runtime.mongo.ping()
        except (Unavailable, TimeoutError):
            missing.append("database")
        return missing

    @property
    def alive(self) -> bool:
        """False when a task of the process has ended before its time."""
        return self.runtime.stopping.is_set() or not any(t.done() for t in self._tasks)


def collect_seldom() -> None:
    """Let Python look for cycles after 20,000 new objects, not after 700.

    Batches and requests make thousands that live until their commit and are in no cycle; looking at them again and again
    took a quarter of a consumer's time (`docs/benchmarks.md`).
    """
    gc.set_threshold(20_000, 10, 10)


async def _finished(tasks: Sequence[asyncio.Task[None]], within_seconds: float) -> None:
    if not tasks:
        return
    _done, pending = await asyncio.wait(tasks, timeout=within_seconds)
    for task in pending:
        log.error("a task did not end in time", extra={"reason": task.get_name()})
        task.cancel()
