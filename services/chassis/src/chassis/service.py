"""A service as an ASGI app and as a process: its routes behind one edge, its probes, its settings, its exit codes."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Mapping
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import Counter, Gauge, Histogram
from rich.console import Console
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis import failpoints, logs, problems, telemetry
from chassis.admin import admin_app, listening, run_beside
from chassis.clock import Clock
from chassis.description import DescribedApp
from chassis.edge import Edge, with_origins
from chassis.http import Runtime
from chassis.kafka_connections import report_broken_connections
from chassis.kafka_settings import settings_of
from chassis.life import Life
from chassis.mongo import Mongo
from chassis.mongo_access import UnusableDatabase
from chassis.parts import Service
from chassis.printed_settings import print_settings
from chassis.roles import Role
from chassis.server_time import ServerTime
from chassis.settings import Settings
from chassis.throttle import AddressLimit, Buckets
from chassis.tokens import verifier_of
from ombud_contracts.market import InvalidMarkets

log = logging.getLogger(__name__)

REQUESTS = Counter("ombud_http_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram("ombud_http_request_seconds", "Time to answer", ["method", "route"])
READY = Gauge("ombud_ready", "1 while the process can do its work, as the readiness probe last said")


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
        telemetry=_OWN_TELEMETRY,
        openapi_url=None,  # the admin port describes the API
    )
    app.state.runtime = runtime
    app.state.parts = parts
    routers = parts.routers if Role.API in settings.roles else ()
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    problems.install(app, service.refusals, routes)
    app.router.routes += routes  # an included router would make each of them anew
    _add_operations(app, life)
    app.around = partial(_edged, settings=settings, longer_bodies=parts.longer_bodies)
    return app


def _edged(app: ASGIApp, settings: Settings, longer_bodies: Mapping[str, int]) -> ASGIApp:
    """Return an app with everything around it that looks at all requests."""
    if settings.rate_per_address != "off":
        app = AddressLimit(app, Buckets(settings.rate_per_address))
    app = Edge(app, settings.max_body_bytes, _observe, longer_bodies)
    return with_origins(app, settings.cors_origins) if settings.cors_origins else app


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
        READY.set(not missing)
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    app.state.broker = life.broker
    app.state.admin = admin_app(app, {"/livez": livez, "/readyz": readyz}, docs=life.runtime.settings.docs)


def _observe(scope: Mapping[str, Any], status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    probe = route in ("/livez", "/readyz")
    if status < 400 and (probe or route == "unknown"):
        return
    if not probe:  # a process that is not ready says so by `ombud_ready`, and fails nobody's request
        _count(scope["method"], route, status, seconds)
    log.info(
        "answered",
        extra={"method": scope["method"], "route": route, "status": status, "seconds": round(seconds, 4)},
    )


def _count(method: str, route: str, status: int, seconds: float) -> None:
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)
    telemetry.answered(method, route, status)


class _Server(uvicorn.Server):
    """Tells the service at once when the process shall end, so that no new batch is taken while requests drain."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        """Stop in order, and exit with 0: uvicorn's own handler would raise the signal again at the end."""
        self._stopping.set()
        self.should_exit = True


def served(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how an app is served on the public port: a proxy is believed only where a setting names it."""
    return uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=int(settings.shutdown_within_seconds),
        timeout_keep_alive=20,
    )


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
    except UnusableDatabase as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        sys.exit(2)
    server = _Server(served(app, settings), app.state.runtime.stopping)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what uvicorn restores at its end: a second signal must not kill us
    admin, at = listening(app.state.admin, settings.admin_host, settings.admin_port)
    run_beside(server, admin, at, answering=Role.API in settings.roles)
    if app.state.runtime.broken or not server.started:
        sys.exit(1)
