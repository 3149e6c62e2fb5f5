"""Errors as problem+json (RFC 9457): a stable type, what was refused and what to do next, and never the input."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from chassis.auth import Forbidden, NotVisible, Unauthenticated
from chassis.json_bodies import MemberRepeated, is_json
from chassis.sealing import UnknownWrapping
from chassis.signing_keys import IssuerUnavailable
from chassis.store import Unavailable
from chassis.telemetry import trace_id

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request cannot be understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Refused by a rule",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Unsupported media type",
    422: "The request is not valid",
    429: "Too many at once",
    503: "Try again later",
}
"""What an error is called, by status: in its answer, and where a route is described."""


class Problem(Exception):
    """A refusal with everything its answer says."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})


class ProblemView(BaseModel):
    """The body of every error answer."""

    type: str
    title: str
    status: int
    detail: str
    traceId: str | None = None  # noqa: N815 - the member's name on the wire


def told_as_problem(status: int) -> dict[str, Any]:
    """Return how a route's description says that it may answer with this error.

    In our words: without any FastAPI takes those of Python's library, and 3.13 has others than 3.11.
    """
    return {"model": ProblemView, "description": TITLES[status]}


Refusals = Mapping[type[Exception], int]
"""The status of each domain refusal; a base class stands for its subclasses."""


def problem_of(error: Exception, refusals: Refusals) -> Problem | None:
    """Return the problem of an error that is an expected refusal, or None when it is a bug."""
    match error:
        case Problem():
            return error
        case Unauthenticated():
            return Problem(401, "unauthenticated", "Send a valid access token.", headers={"WWW-Authenticate": "Bearer"})
        case NotVisible():
            return Problem(404, "not_found", "The resource does not exist, or you may not see it.")
        case Forbidden():
            return Problem(403, "forbidden", str(error))
        case MemberRepeated():
            return _MEMBER_REPEATED
        case Unavailable() | IssuerUnavailable() | UnknownWrapping():
            return Problem(
                503,
                "unavailable",
                "The service cannot answer now. Send the same request again later.",
                headers={"Retry-After": "2"},
            )
    status = next((refusals[base] for base in type(error).__mro__ if base in refusals), None)
    if status is None:
        return None
    if status == 404:
        return Problem(404, "not_found", "The resource does not exist, or you may not see it.")
    return Problem(status, _snake(type(error).__name__), str(error), facts=getattr(error, "facts", None))


def render(problem: Problem) -> tuple[int, bytes]:
    """Return status and body."""
    members = {
        "type": f"urn:ombud:problem:{problem.code}",
        "title": TITLES.get(problem.status, "Refused"),
        "status": problem.status,
        "detail": problem.detail,
        "traceId": trace_id(),
    }
    body = {**members, **problem.facts, **members}  # no fact takes the place of what every problem says
    return problem.status, orjson.dumps(body, default=str)


_KEY_MISSING = Problem(
    400,
    "idempotency_key_missing",
    "Send an Idempotency-Key header (1 to 128 visible ASCII characters), new for each command.",
)
_NOT_JSON = Problem(
    415, "unsupported_media_type", "Send the body as application/json.", headers={"Accept": "application/json"}
)
_MEMBER_REPEATED = Problem(400, "member_repeated", "An object in the body names a member twice. Name each once.")


def response_of(problem: Problem) -> Response:
    """Return the HTTP response."""
    status, body = render(problem)
    return Response(body, status, media_type=MEDIA_TYPE, headers=problem.headers)


def install(app: FastAPI, refusals: Refusals, routes: Sequence[Route]) -> None:
    """Answer every error of the app as problem+json. `routes` are those whose methods an `Allow` header names."""

    async def refused(_request: Request, error: Exception) -> Response:
        problem = problem_of(error, refusals)
        if problem is None:
            raise error
        return response_of(problem)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        places = {e["loc"] for e in error.errors()}
        if ("header", "idempotency-key") in places:
            return response_of(_KEY_MISSING)
        if ("body",) in places and not is_json(request.headers.get("content-type", "")):
            return response_of(_NOT_JSON)
        errors = [{"pointer": _pointer(e["loc"]), "problem": _safe_message(e)} for e in error.errors()[:20]]
        detail = "Correct what `errors` names and send the request again."
        return response_of(Problem(422, "invalid_request", detail, facts={"errors": errors}))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = {
            404: "The resource does not exist, or you may not see it.",
            405: "This address does not know the method; the API description lists those it knows.",
            413: "The body is longer than this service reads.",
        }.get(error.status_code, "The request body could not be read as JSON.")
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(
            error.status_code, "unreadable_request"
        )
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(request, routes)) or headers.get("Allow", "")
        return response_of(Problem(error.status_code, code, detail, headers=headers))

    async def bug(_request: Request, _error: Exception) -> Response:
        return response_of(
            Problem(500, "internal_error", "An internal error occurred. Name the trace id when you report it.")
        )

    for kind in (
        Problem,
        MemberRepeated,
        Unauthenticated,
        NotVisible,
        Forbidden,
        Unavailable,
        IssuerUnavailable,
        UnknownWrapping,
        *refusals,
    ):
        app.add_exception_handler(kind, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, bug)


def _methods(request: Request, routes: Sequence[Route]) -> list[str]:
    """Return the methods that an address knows; each is a route of its own."""
    at = [r for r in routes if r.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in at for method in route.methods or ()})


def _pointer(location: tuple[int | str, ...]) -> str:
    """Return a JSON Pointer (RFC 6901). An unknown member's name is input, so it is not repeated."""
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1")[:64] for part in location)


def _safe_message(error: Mapping[str, Any]) -> str:
    """Return Pydantic's text for the kind of error; those that quote the input are replaced."""
    quoting = {"value_error", "assertion_error", "json_invalid", "enum", "literal_error", "string_pattern_mismatch"}
    if error["type"] == "json_invalid":
        return "not valid JSON"
    if error["type"] == "value_error" and "ctx" in error:
        return str(error["ctx"].get("error", "not valid"))[:200]
    if error["type"] in quoting - {"enum", "literal_error"}:
        return "not of the expected form"
    return str(error["msg"])[:200]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
