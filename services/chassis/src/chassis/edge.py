"""Around every request: its trace and id, a limit on its body, strict JSON, headers of its answer, and one log line."""

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.ids import new_id
from chassis.json_bodies import is_json, refusing_repeated_members
from chassis.problems import Problem, response_of
from chassis.telemetry import span

_LARGE_BYTES = 65_536
"""A refused body so large must not wait in a cycle of its error for the next full collection, which is rare here: some
hundred of them in a row took 150 MB."""


class Edge:
    """Outermost ASGI layer: trace, request id, body limit, one log line without any input."""

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        observe: Callable[[Mapping[str, Any], int, float], None],
        longer_bodies: Mapping[str, int] | None = None,
    ) -> None:
        """Read at most `max_body_bytes`; `longer_bodies` names the routes that take more, by their path."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._longer = [(compile_path(path)[0], limit) for path, limit in (longer_bodies or {}).items()]
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traceparent = headers.get(b"traceparent", b"").decode("latin-1") or None
        with span(f"{scope['method']}", SpanKind.SERVER, traceparent) as own:
            scope.setdefault("state", {}).update(traceparent=own, request_id=new_id("req"))
            await self._limited(scope, headers, receive, send)

    async def _limited(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        started, status, read = time.perf_counter(), 500, 0
        answered: float | None = None
        limit = self._limit_of(scope["path"])

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)
            return message

        async def observed(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = time.perf_counter() if _is_stream(message) else None
                message = {**message, "headers": _with_defaults(scope, message["headers"])}
            await send(message)

        try:
            declared = headers.get(b"content-length", b"0")
            if declared.isdigit() and int(declared) <= limit:
                await self._app(scope, _strict(scope, counted), observed)
            else:
                await response_of(
                    Problem(413, "too_large", f"The body is too large: at most {limit} bytes are accepted.")
                )(scope, receive, observed)
        finally:
            self._observe(scope, status, (answered or time.perf_counter()) - started)
            if status >= 400 and read >= _LARGE_BYTES:
                gc.collect(1)

    def _limit_of(self, path: str) -> int:
        return next((limit for form, limit in self._longer if form.match(path)), self._max_body_bytes)


def _strict(scope: Scope, receive: Receive) -> Receive:
    media_type = Headers(scope=scope).get("content-type", "")  # of several the first, as it is for who reads the body
    return refusing_repeated_members(receive) if is_json(media_type) else receive


_DEFAULTS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
)
"""Answers are for one person and are not pages: nobody may cache them, guess their type, learn their address, frame them,
or have a browser run what is in them."""
_ONLY_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
"""Browsers believe it over TLS alone, and it must not be sent otherwise (RFC 6797, 7.2)."""


def _with_defaults(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    own = list(headers)
    given = {name.lower() for name, _ in own}
    defaults = (*_DEFAULTS, _ONLY_OVER_TLS) if scope.get("scheme") == "https" else _DEFAULTS
    return own + [default for default in defaults if default[0] not in given]


def with_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return an app that lets pages of these origins ask, and read what clients go by. Tokens are sent, never cookies."""
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=(
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "traceparent",
        ),
        expose_headers=("ETag", "Location", "Retry-After", "Idempotent-Replayed", "Content-Disposition"),
    )


def _is_stream(start: Message) -> bool:
    """A stream of events is answered when it begins, however long it lasts."""
    return any(name == b"content-type" and kind.startswith(b"text/event-stream") for name, kind in start["headers"])
