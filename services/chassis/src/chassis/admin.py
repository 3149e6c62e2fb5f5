"""The admin port: metrics, probes and the description of the API, for those who run a service. Nothing here is a person's.

It listens on an address of its own, so that a network can show the public port to the world and this one to operators.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from socket import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Probe = Callable[[], Awaitable[Response]]


class _Metrics:
    """Prometheus' own app, which answers at whatever path it is asked."""

    def __init__(self) -> None:
        self._app = make_asgi_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def admin_app(described: FastAPI, probes: Mapping[str, Probe], *, docs: bool) -> Starlette:
    """Return the app of the admin port. `docs` adds the page and the OpenAPI document of the public API."""
    metrics = _Metrics()
    routes = [Route("/metrics", metrics), Route("/metrics/", metrics)]
    routes += [Route(path, _answering(probe)) for path, probe in probes.items()]
    if docs:
        routes += _describing(described)
    return Starlette(routes=routes)


def _answering(probe: Probe) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return await probe()

    return answer


def _describing(described: FastAPI) -> list[Route]:
    async def document(_request: Request) -> Response:
        return JSONResponse(described.openapi())

    async def page(_request: Request) -> Response:
        # Requests would go to this port, which has no API: the page only shows.
        shown: dict[str, Any] = {"supportedSubmitMethods": []}
        return get_swagger_ui_html(openapi_url="/openapi.json", title=described.title, swagger_ui_parameters=shown)

    return [Route("/openapi.json", document), Route("/docs", page)]


class _AdminServer(uvicorn.Server):
    """Leaves signals to the public server, beside which it runs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def listening(app: Starlette, host: str, port: int) -> tuple[uvicorn.Server, socket]:
    """Return the admin server and its socket. Ends the process, with a code that says so, when the address is taken."""
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    return _AdminServer(config), config.bind_socket()


def run_beside(public: uvicorn.Server, admin: uvicorn.Server, at: socket, *, answering: bool) -> None:
    """Run both until the public server ends; the admin port answers to the end, so that a slow stop can be watched.

    A public server that is not `answering` lives the same life, and listens nowhere.
    """

    async def both() -> None:
        watched = asyncio.create_task(admin.serve(sockets=[at]))
        try:
            await public.serve(sockets=None if answering else [])
        finally:
            admin.should_exit = True
            await watched

    with asyncio.Runner(loop_factory=public.config.get_loop_factory()) as runner:
        runner.run(both())
