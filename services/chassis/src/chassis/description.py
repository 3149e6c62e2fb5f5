"""A service's OpenAPI document, with what FastAPI does not say by itself: the token, and what errors look like."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.problems import MEDIA_TYPE, TITLES, told_as_problem

Document = dict[str, Any]

PROBLEMS: dict[int | str, Document] = {
    status: told_as_problem(status) for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}
"""What every route may answer."""
_WRONG_MEDIA_TYPE = 415
"""And every route that reads a body."""


class DescribedApp(FastAPI):
    """A service's app; every route of its document needs a bearer token."""

    around: Callable[[ASGIApp], ASGIApp] | None = None
    """What stands around everything: also around the answer to a bug, which no middleware sees."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the app as it is served."""
        inner = super().build_middleware_stack()
        return self.around(inner) if self.around else inner

    def openapi(self) -> Document:
        """Return the document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _completed(document: Document) -> Document:
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    document["security"] = [{"bearer": []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            _describe_problems(operation)
    return document


def _describe_problems(operation: Document) -> None:
    answers = operation["responses"]
    if "requestBody" in operation:
        answers[str(_WRONG_MEDIA_TYPE)] = {**answers["422"], "description": TITLES[_WRONG_MEDIA_TYPE]}
    for status, answer in answers.items():
        if int(status) >= 400:
            (described,) = answer["content"].values()
            answer["content"] = {MEDIA_TYPE: described}
