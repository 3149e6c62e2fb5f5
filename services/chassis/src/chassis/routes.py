"""Routes as flat functions: a route gets a `Unit`, reads and decides through it, and returns a view.

The route's class runs the function in a transaction: again on fresh state after a conflict, and once only for a request
that is repeated with its `Idempotency-Key`. A function that may run twice must not act on anything but its unit.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, TypeVar, cast, get_args

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from chassis.aggregate import Session, Unit
from chassis.allowance import Limits
from chassis.description import PROBLEMS
from chassis.http import Running, Who, Work, keyed_work_of, work_of
from chassis.preconditions import CONDITION, Mark, Subject, Tags, described, mark_of, with_condition
from chassis.store import Figures

T = TypeVar("T")


async def _reading(request: Request, runtime: Running, actor: Who) -> Unit:
    at = runtime.now()
    return Session(runtime.mongo, lambda: at).unit(Work(request, runtime, actor, None).cause())


ReadUnit = Annotated[Unit, Depends(_reading)]
"""The unit of a route that shows something: nothing of it is written."""
WriteUnit = Annotated[Unit, Depends(work_of)]
"""The unit of a command that is harmless to repeat."""
KeyedUnit = Annotated[Unit, Depends(keyed_work_of)]
"""The unit of a command that must have one effect: the request needs an `Idempotency-Key`."""


async def _figures(runtime: Running) -> Figures:
    return runtime.mongo


ReadFigures = Annotated[Figures, Depends(_figures)]
"""Sums and counts for a route that shows them: what is committed, and nothing that a decision may rest on."""


async def _limits(runtime: Running) -> Limits:
    return runtime.limits


LimitsPerPerson = Annotated[Limits, Depends(_limits)]


def provided(name: str) -> Any:
    """Return the dependency on what a service's `Parts.provides` has under a name."""

    async def find(runtime: Running) -> Any:
        return runtime.provided[name]

    return Depends(find)


def routes(tag: str) -> APIRouter:
    """Return a router whose functions get their units as the aliases of this module say."""
    return APIRouter(tags=[tag], route_class=UnitRoute, responses=PROBLEMS)


class UnitRoute(APIRoute):
    """Runs a route's function in the transaction of its unit, and stores its answer with the effect."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        status = options.get("status_code") or 200
        mark, written = mark_of(endpoint), _unit_in(endpoint, _COMMITTED)
        if written is not None:
            endpoint = _in_transaction(endpoint, written, status, mark)
        elif mark is not None:
            endpoint = _with_its_tag(endpoint, _unit_in(endpoint, _READ), mark)
        if mark is not None:
            decides = written is not None
            options["responses"] = described(options.get("responses") or {}, status, mark, decides=decides)
        super().__init__(path, endpoint, **options)


_COMMITTED = (get_args(WriteUnit)[1], get_args(KeyedUnit)[1])
_READ = (get_args(ReadUnit)[1],)


def _unit_in(endpoint: Callable[..., Any], units: Sequence[Any]) -> str | None:
    """Return the name of the parameter that takes such a unit, or None."""
    for name, parameter in inspect.signature(endpoint).parameters.items():
        if any(part in units for part in get_args(parameter.annotation)[1:]):
            return name
    return None


def _in_transaction(endpoint: Callable[..., Any], name: str, status: int, mark: Mark | None) -> Callable[..., Any]:
    @wraps(endpoint)
    async def answered(**given: Any) -> Response:
        work: Work = given.pop(name)  # the dependency brings who runs the command; the function sees its unit
        subject = Subject(mark, given[mark.thing.parameter], given.pop(CONDITION)) if mark else None

        async def effect(unit: Unit) -> BaseModel:
            return cast(BaseModel, await endpoint(**given, **{name: unit}))

        return await work.answered(effect, status, subject)

    if mark is not None:
        vars(answered)["__signature__"] = with_condition(endpoint, decides=True)
    return answered


def _with_its_tag(endpoint: Callable[..., Any], name: str | None, mark: Mark) -> Callable[..., Any]:
    if name is None:
        raise TypeError("what a versioned route shows is read through its unit")

    @wraps(endpoint)
    async def shown(**given: Any) -> Response:
        known: Tags | None = given.pop(CONDITION)
        view: BaseModel = await endpoint(**given)
        body = orjson.dumps(view.model_dump(mode="json"))
        tag = await Subject(mark, given[mark.thing.parameter]).tag(given[name], body)
        headers = {"ETag": tag} if tag else {}
        if tag and known is not None and known.name_content(tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    vars(shown)["__signature__"] = with_condition(endpoint, decides=False)
    return shown
