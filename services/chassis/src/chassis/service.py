"""A service as an ASGI app and as a process: its routes behind one edge, its probes, its settings, its exit codes."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import Counter, Histogram
from rich.console import Console
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis import failpoints, logs, problems, telemetry
from chassis.admin import admin_app, listening, run_beside
from chassis.auth import verifier_of
from chassis.clock import Clock
from chassis.description import PROBLEMS, DescribedApp
from chassis.edge import Edge
from chassis.http import Runtime
from chassis.kafka_connections import report_broken_connections
from chassis.kafka_settings import settings_of
from chassis.life import Life
from chassis.mongo import Mongo
from chassis.parts import Service
from chassis.printed_settings import print_settings
from chassis.server_time import ServerTime
from chassis.settings import Settings
from ombud_contracts.market import InvalidMarkets

log = logging.getLogger(__name__)

REQUESTS = Counter("ombud_http_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram("ombud_http_request_seconds", "Time to answer", ["method", "route"])


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
    life = Life(service, runtime, parts, time)
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


def _add_operations(app: FastAPI, life: Life) -> None:
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
    telemetry.answered(scope["method"], route, status)
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
    parser = argparse.ArgumentParser(prog=f"python -m {service.name.replace('-', '_')}", description=service.name)
    parser.add_argument(
        "--print-config", action="store_true", help="print every setting, redacted, and where it comes from; then end"
    )
    printing = parser.parse_args().print_config
    settings = settings_of(service.name, service.settings)
    if printing:
        print_settings(settings, Console(width=200, no_color=True))
        return
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
