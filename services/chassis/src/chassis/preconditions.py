"""Entity tags and what rests on them: `If-Match` where two people may decide at once, `If-None-Match` where one looks again.

A tag names three things: the version of what is shown, which thing it is, and what was shown of it (RFC 9110, 8.8.3). A
decision asks for the first two alone: what merely stands beside a thing on its screen, such as a deadline, keeps nobody
from deciding.
"""

import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chassis.aggregate import Kind, Unit
from chassis.problems import Problem, told_as_problem

_TAG = r'(?:W/)?"[!#-~]*"'
_TAGS = rf"[ \t]*(?:\*|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*)[ \t]*"
_MOST_CHARACTERS = 2_000
"""A list of tags that is longer is none of ours."""
_FAILED = "precondition_failed"
_MOVED = (
    "Somebody changed it after you looked at it, and nothing was done. Read it again, and decide on what stands now with"
    " the `ETag` of that answer."
)
_MALFORMED = 'Send entity tags as they were received, such as `{}: "7-1f2e3d4c-0123456789ab"`, or `*`.'
_EndpointT = TypeVar("_EndpointT", bound=Callable[..., Any])
_MARK = "is_about"


@dataclass(frozen=True, slots=True)
class Thing:
    """What a route shows or decides on: the path parameter that names it, and how far it has come."""

    parameter: str
    version: Callable[[Unit, Any], Awaitable[str | None]]
    """Its version as a transaction leaves it; None when it does not exist."""
    hold: Callable[[Unit, Any], Awaitable[None]]
    """Lets a transaction be committed only if that version still holds."""

    @classmethod
    def kept_as(cls, parameter: str, kind: Kind[Any, Any, Any], id_of: Callable[[Any], str] = str) -> "Thing":
        """Return the thing that is one aggregate; `id_of` makes its id of the path's."""

        async def version(unit: Unit, named: Any) -> str | None:
            return str(await unit.version(kind, id_of(named)) or "") or None

        async def hold(unit: Unit, named: Any) -> None:
            if await unit.version(kind, id_of(named)):
                await unit.guard(kind, id_of(named))

        return cls(parameter, version, hold)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a route was said to be about, and whether its answers show that."""

    thing: Thing
    shows: bool


def versioned(thing: Thing) -> Callable[[_EndpointT], _EndpointT]:
    """Say what a route shows: its answers have the entity tag, and a decision about it may rest on one."""
    return _marked(Mark(thing, shows=True))


def rests_on(thing: Thing) -> Callable[[_EndpointT], _EndpointT]:
    """Say what a decision is about whose answer shows something else: it may rest on an entity tag, and has none."""
    return _marked(Mark(thing, shows=False))


def _marked(mark: Mark) -> Callable[[_EndpointT], _EndpointT]:
    def marked(endpoint: _EndpointT) -> _EndpointT:
        vars(endpoint)[_MARK] = mark
        return endpoint

    return marked


def mark_of(endpoint: Callable[..., Any]) -> Mark | None:
    """Return what a route's function was said to be about."""
    return vars(endpoint).get(_MARK)


@dataclass(frozen=True, slots=True)
class Tags:
    """The entity tags of a condition; none at all is every tag there may be (`*`)."""

    listed: tuple[str, ...]

    def name_version(self, head: str | None) -> bool:
        """Tell whether one of them is a strong tag of this version (RFC 9110, 13.1.1)."""
        if not self.listed:
            return head is not None
        return head is not None and any(tag.startswith(f'"{head}-') for tag in self.listed)

    def name_content(self, tag: str) -> bool:
        """Tell whether one of them is this tag, however strong (RFC 9110, 13.1.2)."""
        return not self.listed or tag in {listed.removeprefix("W/") for listed in self.listed}


@dataclass(frozen=True, slots=True)
class Subject:
    """What one request is about, and which versions of it the sender accepts."""

    mark: Mark
    id: str
    accepted: Tags | None = None

    async def moved_on(self, unit: Unit) -> Problem | None:
        """Return how to refuse the request because the sender has seen another version, or None when it may go on."""
        if self.accepted is None:
            return None
        await self.mark.thing.hold(unit, self.id)
        return None if self.accepted.name_version(await self._head(unit)) else Problem(412, _FAILED, _MOVED)

    async def tag(self, unit: Unit, shown: bytes) -> str | None:
        """Return the entity tag of what is shown, as the transaction leaves it; None for an answer that has none."""
        head = await self._head(unit) if self.mark.shows else None
        return None if head is None else f'"{head}-{hashlib.sha256(shown).hexdigest()[:12]}"'

    async def _head(self, unit: Unit) -> str | None:
        thing = self.mark.thing
        version = await thing.version(unit, self.id)
        which = hashlib.sha256(f"{thing.parameter}|{self.id}".encode()).hexdigest()[:8]
        return None if version is None else f"{version}-{which}"


def read_tags(request: Request, name: str) -> Tags | None:
    """Return the tags of a header, or None when the request has none. Raises Problem (400) for anything else."""
    given = request.headers.getlist(name)
    if not given:
        return None
    value = ", ".join(given)
    if len(value) > _MOST_CHARACTERS or not re.fullmatch(_TAGS, value):
        raise Problem(400, "precondition_malformed", _MALFORMED.format(name))
    return Tags(tuple(re.findall(_TAG, value)))


_Written = (
    Annotated[str, Field(json_schema_extra={"pattern": f"^{_TAGS}$", "maxLength": _MOST_CHARACTERS})]
    | SkipJsonSchema[None]
)


async def _if_match(
    request: Request,
    _if_match: Annotated[
        _Written,
        Header(alias="If-Match", description="The `ETag` of what was decided on: 412 when it has moved on since."),
    ] = None,
) -> Tags | None:
    return read_tags(request, "If-Match")


async def _if_none_match(
    request: Request,
    _if_none_match: Annotated[
        _Written, Header(alias="If-None-Match", description="The `ETag` of what is known: 304 when it is still that.")
    ] = None,
) -> Tags | None:
    return read_tags(request, "If-None-Match")


CONDITION = "condition"
"""The parameter that brings the condition of a request to whoever runs its route."""


def with_condition(endpoint: Callable[..., Any], *, decides: bool) -> inspect.Signature:
    """Return the signature of a route's function with the condition of its requests beside its own parameters."""
    signature = inspect.signature(endpoint)
    read = _if_match if decides else _if_none_match
    condition = inspect.Parameter(
        CONDITION, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Tags | None, Depends(read)]
    )
    return signature.replace(parameters=[*signature.parameters.values(), condition])


def described(
    responses: dict[int | str, dict[str, Any]], status: int, mark: Mark, *, decides: bool
) -> dict[int | str, dict[str, Any]]:
    """Return the described answers of a route that is about something."""
    tag = {"ETag": {"schema": {"type": "string"}, "description": "For `If-Match` of the decisions about it."}}
    told: dict[int | str, dict[str, Any]] = dict(responses)
    if mark.shows:
        told[status] = {**told.get(status, {}), "headers": tag}
    if decides:
        told[412] = told_as_problem(412)
    else:
        told[304] = {"description": "It is still as it was", "headers": tag}
    return told
