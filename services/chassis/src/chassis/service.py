"""A service's life: connect, be ready, work, and stop in an order that loses nothing.

Stop: not ready → no new batch → batches in flight end and commit → jobs end → outbox drained → leases given back.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from faststream.kafka import KafkaBroker
from prometheus_client import Counter, Gauge, Histogram
from pydantic import ValidationError
from pydantic_settings import SettingsError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis import failpoints, logs, problems, telemetry
from chassis.admin import admin_app, listening, run_beside
from chassis.allowance import ALLOWANCE_INDEXES
from chassis.auth import verifier_of
from chassis.clock import Clock
from chassis.consuming import BatchHandler, Consumer
from chassis.description import PROBLEMS, DescribedApp
from chassis.early_records import WAITING_INDEXES
from chassis.hearing import HEARD_COLLECTION, STANDING_COLLECTION
from chassis.http import Edge, Runtime
from chassis.ids import new_id
from chassis.kafka_connections import report_broken_connections
from chassis.leases import Leases
from chassis.mongo import Index, Indexes, Mongo
from chassis.outbox import Relay
from chassis.progress import PROGRESS_INDEXES, Progress
from chassis.server_time import ServerTime
from chassis.settings import Settings
from chassis.store import LEASES, OUTBOX_SHARDS, Unavailable, Writes
from chassis.subscription import Subscription, broker_of, refuse_shared_groups
from chassis.topics import missing
from chassis.transaction import OUTBOX
from chassis.waiting import set_within
from ombud_contracts.market import InvalidMarkets

log = logging.getLogger(__name__)

REQUESTS = Counter("ombud_http_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram("ombud_http_request_seconds", "Time to answer", ["method", "route"])
OUTBOX_AGE = Gauge("ombud_outbox_oldest_age_seconds", "Age of the oldest event that Kafka has not acknowledged")

_OUTAGE_SECONDS = 1.0
_ATTEND_SECONDS = 1.0
_LOOK_SECONDS = 0.25
"""Between two looks at records that wait for what they need."""

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Work that goes on until the event is set."""


async def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service consists of, built around its runtime."""

    routers: Sequence[APIRouter] = ()
    consumers: Sequence[Consumer] = ()
    jobs: Sequence[Job] = ()
    on_commit: Callable[[Writes], None] = lambda _writes: None
    """Called after each commit of this process: wakes jobs."""
    longer_bodies: Mapping[str, int] = field(default_factory=dict)
    """Routes that read a longer body than `max_body_bytes`: path, and bytes."""
    provides: Mapping[str, Any] = field(default_factory=dict)
    """What routes ask for by `chassis.routes.provided`."""
    prepare: Callable[[], Awaitable[None]] = _nothing
    """Runs once the database is there, before anything is consumed."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service's name, its refusals, its indexes, and how it is put together."""

    name: str
    title: str
    compose: Callable[[Runtime], Parts]
    refusals: Mapping[type[Exception], int] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=dict)
    settings: type[Settings] = Settings


def create_app(service: Service, settings: Settings, now: Clock | None = None) -> FastAPI:
    """Return the ASGI app of a service; its lifespan starts and stops everything else.

    Time is that of the database server, unless `now` says otherwise.
    """
    report_broken_connections()
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database(service.name), settings.mongo_driver)
    time = ServerTime(mongo)
    runtime = Runtime(service.name, settings, mongo, now or time, verifier_of(settings), service.refusals)
    parts = service.compose(runtime)
    runtime.provided = parts.provides
    life = _Life(service, runtime, parts, time)
    app = DescribedApp(
        title=service.title,
        version="1.0.0",
        lifespan=life.span,
        responses=PROBLEMS,
        telemetry=_OWN_TELEMETRY,
        openapi_url=None,  # the admin port describes the API
    )
    app.state.runtime = runtime
    app.state.parts = parts
    routes = [route for router in parts.routers for route in _routes_of(router)]
    problems.install(app, service.refusals, routes)
    for router in parts.routers:
        app.include_router(router)
    _add_operations(app, life)
    app.add_middleware(
        Edge, max_body_bytes=settings.max_body_bytes, observe=_observe, longer_bodies=parts.longer_bodies
    )
    return app


def _routes_of(router: APIRouter) -> Iterator[Route]:
    """Every route of a router, and of those that it includes (without a prefix)."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        if isinstance(route, Route):
            yield route
        elif isinstance(included, APIRouter):
            yield from _routes_of(included)


_OWN_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""`Edge` traces and measures requests. FastAPI's own would do it twice, and record the texts of exceptions."""


def indexes_of(service: Service) -> Indexes:
    """Return the collections and indexes that a service needs, those of the chassis among them."""
    return {
        **service.indexes,
        LEASES: [Index(("work", 1), ("owner", 1))],
        **PROGRESS_INDEXES,
        **WAITING_INDEXES,
        **ALLOWANCE_INDEXES,
        HEARD_COLLECTION: [],
        STANDING_COLLECTION: [],
    }


class _Life:
    """Starts and stops the parts of a running service."""

    def __init__(self, service: Service, runtime: Runtime, parts: Parts, time: ServerTime) -> None:
        self.runtime = runtime
        self._time = time
        self.broker: KafkaBroker = broker_of(runtime.settings)
        self._service = service
        self._parts = parts
        refuse_shared_groups(list(parts.consumers))
        self._owner = new_id(f"{service.name}-{os.getpid()}")
        self._progress = Progress(runtime.mongo, self._owner, runtime.settings.consumer_session_seconds)
        refusals = tuple(service.refusals)
        self._handlers = [
            BatchHandler(c, runtime.mongo, runtime.settings, runtime.now, refusals) for c in parts.consumers
        ]
        self._subscriptions = [
            Subscription(self.broker, c, h, runtime.settings)
            for c, h in zip(parts.consumers, self._handlers, strict=True)
        ]
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def span(self, _app: FastAPI) -> AsyncIterator[None]:
        """Run the service around the ASGI server."""
        try:
            relay_ends, relaying = await self._start()
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
        await runtime.mongo.ensure(indexes_of(self._service))
        await self._time.ask()
        await self._parts.prepare()
        if self._subscriptions:
            await self._progress.tell(behind=True)  # until it has read what waits
        leases = Leases(runtime.mongo, "outbox", OUTBOX_SHARDS, self._owner)
        relay = Relay(runtime.mongo, leases, runtime.settings)

        def after_commit(writes: Writes) -> None:
            relay.ring(writes)
            for handler in self._handlers:
                handler.note(writes)
            self._parts.on_commit(writes)

        runtime.mongo.after_commit = after_commit
        relay_ends, leases_end = asyncio.Event(), asyncio.Event()
        relaying = [
            asyncio.create_task(self._guarded(partial(self._relay, relay, relay_ends, leases_end))),
            asyncio.create_task(self._guarded(partial(leases.keep, leases_end))),
        ]
        own_jobs = (self._time.keep, self._consume, self._tell_progress, self._watch_outbox, self._retry_waiting)
        jobs = (*own_jobs, *self._parts.jobs)
        self._tasks = [asyncio.create_task(self._guarded(partial(job, self.runtime.stopping))) for job in jobs]
        collect_seldom()
        gc.collect()
        gc.freeze()  # what was loaded for good (rules, routes, calendars) need not be looked at by every collection
        return relay_ends, relaying

    @staticmethod
    async def _relay(relay: Relay, ends: asyncio.Event, leases_end: asyncio.Event) -> None:
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
                self.runtime.broken = True
                os.kill(os.getpid(), signal.SIGTERM)
                return

    async def _consume(self, stopping: asyncio.Event) -> None:
        await self.broker.connect()
        await asyncio.gather(*(self._attend(s, stopping) for s in self._subscriptions))
        await stopping.wait()
        for subscription in self._subscriptions:
            subscription.pause()
        await asyncio.gather(*(s.stop() for s in self._subscriptions))
        if self._subscriptions:
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
                absent = await missing(self.runtime.settings.kafka, subscription.topics)
                if not absent:
                    await subscription.start()
                    return
                log.error("topics are missing: provision them", extra={"reason": ", ".join(absent)})
            except (KafkaError, OSError) as error:
                log.warning("Kafka not reachable, trying again", extra={"reason": type(error).__name__})
            await set_within(stopping, 2.0)

    async def _tell_progress(self, stopping: asyncio.Event) -> None:
        if self._subscriptions:
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
        """Return what is missing for the next unit of work; empty when ready."""
        missing = ["stopping"] if self.runtime.stopping.is_set() else []
        if not all(s.running and not s.stalled for s in self._subscriptions):
            missing.append("consumers")
        if self.runtime.overloaded:
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
    _done, pending = await asyncio.wait(tasks, timeout=within_seconds)
    for task in pending:
        log.error("a task did not end in time", extra={"reason": task.get_name()})
        task.cancel()


def _add_operations(app: FastAPI, life: _Life) -> None:
    """Add the probes, which answer on both ports, and the app of the admin port."""

    @app.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        """This process works."""
        return JSONResponse({"alive": life.alive}, 200 if life.alive else 503)

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        """This process can do the next unit of work."""
        missing = await life.ready()
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    app.state.broker = life.broker
    app.state.admin = admin_app(app, {"/livez": livez, "/readyz": readyz}, docs=life.runtime.settings.docs)


def _observe(scope: Mapping[str, Any], status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    if route in ("/livez", "/readyz", "unknown") and status < 400:
        return
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    log.info(
        "answered",
        extra={"method": scope["method"], "route": route, "status": status, "seconds": round(seconds, 4)},
    )


class _Server(uvicorn.Server):
    """Tells the service at once when the process shall end, so that no new batch is taken while requests drain."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        """Stop in order, and exit with 0: uvicorn's own handler would raise the signal again at the end."""
        self._stopping.set()
        self.should_exit = True


def run(service: Service) -> None:
    """Run a service as a process, configured by its environment.

    Exits with 0 after SIGTERM, with 1 when it could not start or a job broke, and with 2 when a setting is refused.
    """
    try:
        settings = service.settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "OMBUD_" + "_".join(map(str, problem["loc"])).upper() if problem["loc"] else "settings"
            print(f"{service.name}: {name}: {problem['msg']}", file=sys.stderr)
        sys.exit(2)
    except SettingsError as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        sys.exit(2)
    logs.configure(service.name, settings.log_level)
    telemetry.configure(service.name)
    failpoints.arm(settings.failpoint)
    try:
        app = create_app(service, settings)
    except InvalidMarkets as error:
        print("\n".join(f"{service.name}: {line}" for line in str(error).splitlines()), file=sys.stderr)
        sys.exit(2)
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.shutdown_within_seconds),
        timeout_keep_alive=20,
    )
    server = _Server(config, app.state.runtime.stopping)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what uvicorn restores at its end: a second signal must not kill us
    admin, at = listening(app.state.admin, settings.admin_host, settings.admin_port)
    run_beside(server, admin, at)
    if app.state.runtime.broken or not server.started:
        sys.exit(1)
