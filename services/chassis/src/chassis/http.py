"""HTTP: typed dependencies of routes, commands with idempotency keys, and page cursors.

A command's response is stored in the transaction of its effect, so a retry gets the same answer even after a crash
(IETF draft httpapi-idempotency-key).
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Header, Request
from itsdangerous import BadData, URLSafeSerializer
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from starlette.responses import Response

from chassis.aggregate import Cause, Session, Unit
from chassis.allowance import Limits
from chassis.auth import Actor, Forbidden, NotVisible, Unauthenticated
from chassis.clock import Clock, to_milliseconds
from chassis.failpoints import failpoint
from chassis.group_commit import GroupCommit
from chassis.mongo import Mongo
from chassis.preconditions import Subject
from chassis.problems import MEDIA_TYPE, Problem, Refusals, problem_of, render
from chassis.settings import Settings
from chassis.store import AlreadyHandled, Answer, Conflict, Unavailable
from chassis.throttle import Buckets, refuse_if_too_fast
from chassis.tokens import TokenVerifier
from chassis.turns import Turns, contended

_CONFLICT_ATTEMPTS = 12
_ENDED_SECONDS = 30.0
"""A command whose turn it is ends within this, though the database hangs and breaks no connection. A commit under way goes on:
whoever sends the same request again hears what came of it. Proxies give up after 60 s."""
_KEY_CHARACTERS = 128

ViewT = TypeVar("ViewT", bound=BaseModel)


class RequestModel(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class View(BaseModel):
    """A response body, made for one screen."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


def _as_whole(number: object) -> object:
    """JSON has one kind of number: 56.0 is the integer 56 (JSON Schema 2020-12, validation, 6.1.1)."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


_WRITTEN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]"
WRITTEN = rf"^{_WRITTEN}*[^\x00-\x1f\s]{_WRITTEN}*$"
"""Not only blanks, no control characters."""
STRIPPED = AfterValidator(str.strip)
"""Takes blanks from both ends after the characters were counted as they were sent, as the description says."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=WRITTEN), STRIPPED]
"""Free text that a person wrote: 1 to 10,000 characters, not only blanks, no control characters."""
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""No rule reaches that far."""


def _reckonable(at: datetime) -> datetime:
    return to_milliseconds(min(max(at, EARLIEST), LATEST))


Instant = Annotated[AwareDatetime, AfterValidator(_reckonable)]
"""An instant that a request names, in UTC and cut to milliseconds as it is kept. At the ends of the calendar, where a zone or a
day more has no date, it is the nearest one that can be reckoned with; the rule it is for refuses it all the same."""
Whole = BeforeValidator(_as_whole)
"""Beside a strict integer and its bounds: no text, no boolean, nothing after the decimal point but zeros."""
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
"""A code, never free text."""
IdForm = StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")
"""How an identifier is written; beside its type: `Annotated[CaseId, IdForm]`."""
Id = Annotated[str, IdForm]
"""An identifier."""


@dataclass(slots=True)
class Runtime:
    """What routes need of the running service."""

    service: str
    settings: Settings
    mongo: Mongo
    now: Clock
    verifier: TokenVerifier
    refusals: Refusals
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    overloaded: bool = False
    """Events have been waiting for Kafka for too long; commands are refused until it recovers."""
    broken: bool = False
    """A job of the process broke; it ends, and its exit code says so."""
    persons: Buckets | None = field(init=False)
    """How fast one party may ask."""
    turns: Turns = field(default_factory=Turns)
    in_flight: set[str] = field(default_factory=set)
    commits: GroupCommit = field(init=False)
    provided: Mapping[str, Any] = field(default_factory=dict)
    """What the service's routes need besides: its markets, its stores of files."""

    def __post_init__(self) -> None:
        self.commits = GroupCommit(self.mongo)
        rate = self.settings.rate_per_person
        self.persons = None if rate == "off" else Buckets(rate)

    @property
    def limits(self) -> Limits:
        """The limits per person."""
        return Limits(self.settings.limits)

    @property
    def cursors(self) -> URLSafeSerializer:
        """Signs page cursors."""
        return URLSafeSerializer(self.settings.cursor_key.get_secret_value() or "local", salt=self.service)


async def runtime_of(request: Request) -> Runtime:
    """Return the service's runtime. (Asynchronous, or FastAPI would call it on a thread.)"""
    runtime: Runtime = request.app.state.runtime
    return runtime


Running = Annotated[Runtime, Depends(runtime_of)]


async def actor_of(request: Request, runtime: Running) -> Actor:
    """Return who asks, from the bearer token. Raises Unauthenticated, and Problem (429) for a party that asks too fast."""
    given = request.headers.getlist("authorization")
    if len(given) != 1 or not given[0].lower().startswith("bearer "):
        raise Unauthenticated
    actor = await runtime.verifier.verify(given[0][7:].strip())
    if not actor.staff:
        refuse_if_too_fast(runtime.persons, f"{actor.role}:{actor.id}", "person")
    return actor


Who = Annotated[Actor, Depends(actor_of)]


class Work:
    """Runs the command of one request."""

    def __init__(self, request: Request, runtime: Runtime, actor: Actor, key: str | None) -> None:
        self._request = request
        self._runtime = runtime
        self._actor = actor
        self._key = key
        self._subject: Subject | None = None

    async def answered(
        self, effect: Callable[[Unit], Awaitable[BaseModel]], status: int, subject: Subject | None = None
    ) -> Response:
        """Run the command of a route: once if the request has a key, in the queue of the aggregate that its path names.

        `subject` is what it decides on: nothing is done when that is at a version which the request does not accept.
        """
        self._subject = subject
        named = next(iter(self._request.path_params.values()), self._actor.id)
        if self._key is None:
            return await self.run(effect, on=named, status=status)
        return await self.once(effect, on=named, status=status)

    async def once(self, effect: Callable[[Unit], Awaitable[BaseModel]], *, on: str, status: int = 200) -> Response:
        """Run a command that must have one effect however often it is sent; needs an `Idempotency-Key`.

        `effect` may run several times (after a conflict); `on` names the aggregate it changes. Answers 422 when the key
        was used with another body, 409 while the first request with it still runs. The route asks for a `KeyedCommand`.
        """
        if self._key is None:
            raise TypeError("a command that runs once needs a key: ask for a KeyedCommand")
        who = self._actor
        id = self._digest(who.role, who.id, self._request.method, self._request.url.path, self._key)
        if id in self._runtime.in_flight:
            raise Problem(
                409, "command_in_flight", "The first request with this key runs.", headers={"Retry-After": "1"}
            )
        self._runtime.in_flight.add(id)
        try:
            return await self._recorded(effect, on, status, id)
        finally:
            self._runtime.in_flight.discard(id)

    async def run(self, effect: Callable[[Unit], Awaitable[BaseModel]], *, on: str, status: int = 200) -> Response:
        """Run a command that is harmless to repeat."""
        return await self._executed(effect, on, status, None, "")

    async def _recorded(
        self, effect: Callable[[Unit], Awaitable[BaseModel]], on: str, status: int, id: str
    ) -> Response:
        # The key is stored nowhere: without it nobody finds a text from the fingerprint of a request.
        fingerprint = self._digest(self._key or "", (await self._request.body()).hex())
        try:
            return await self._executed(effect, on, status, id, fingerprint)
        except AlreadyHandled:
            stored = await self._runtime.mongo.answer(id)
        except (NotVisible, Forbidden, Unavailable):
            raise  # who may not do it now does not read what it did then; a database that is away is not asked
        except Exception:
            stored = await self._runtime.mongo.answer(id)  # the first time may have ended otherwise
            if stored is None:
                raise
        if stored is None or stored.fingerprint != fingerprint:
            raise Problem(422, "idempotency_key_reused", "The key was used with another body: send a new key.")
        media = "application/json" if stored.status < 400 else MEDIA_TYPE
        return Response(stored.body, stored.status, media_type=media, headers={"Idempotent-Replayed": "true"})

    async def _executed(
        self,
        effect: Callable[[Unit], Awaitable[BaseModel]],
        on: str,
        status: int,
        answer_id: str | None,
        fingerprint: str,
    ) -> Response:
        if self._runtime.overloaded:
            raise Problem(
                503, "events_delayed", "Events cannot be published at present.", headers={"Retry-After": "10"}
            )
        async with self._runtime.turns.at(on):
            within = asyncio.timeout(_ENDED_SECONDS)
            try:
                async with within:
                    response = await self._repeated(effect, status, answer_id, fingerprint)
            except TimeoutError:
                if not within.expired():
                    raise  # of something that the command did
                raise Unavailable("the database did not end a command in time") from None
        failpoint("http.before_response")
        return response

    async def _repeated(
        self,
        effect: Callable[[Unit], Awaitable[BaseModel]],
        status: int,
        answer_id: str | None,
        fingerprint: str,
    ) -> Response:
        for attempt in range(_CONFLICT_ATTEMPTS):
            try:
                return await self._attempt(effect, status, answer_id, fingerprint)
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))
        raise contended()

    async def _attempt(
        self,
        effect: Callable[[Unit], Awaitable[BaseModel]],
        status: int,
        answer_id: str | None,
        fingerprint: str,
    ) -> Response:
        at = self._runtime.now()  # a transaction has one time
        session = Session(self._runtime.mongo, lambda: at, self._runtime.commits.commit)
        unit = session.unit(self.cause())
        media = "application/json"
        headers: dict[str, str] = {}
        try:
            body, headers = await self._decided(effect, unit)
        except Exception as error:
            problem = problem_of(error, self._runtime.refusals)
            if problem is None or answer_id is None or problem.status != 409:
                raise
            # A refusal by a rule is an answer too: a retry of the same request must not find it changed.
            session = Session(self._runtime.mongo, lambda: at, self._runtime.commits.commit)
            unit = session.unit(self.cause())
            status, body = render(problem)
            media = MEDIA_TYPE
        if answer_id is not None:
            unit.answered(Answer(answer_id, fingerprint, status, body, at))
        await session.commit()
        return Response(body, status, headers, media)

    async def _decided(
        self, effect: Callable[[Unit], Awaitable[BaseModel]], unit: Unit
    ) -> tuple[bytes, dict[str, str]]:
        """Return the answer's body and headers. Who decided on another version hears that instead of a rule's refusal,
        and nobody hears it who may not decide at all (RFC 9110, 13.2.1)."""
        subject = self._subject
        moved_on = await subject.moved_on(unit) if subject else None
        try:
            view = await effect(unit)
        except Exception as error:
            problem = problem_of(error, self._runtime.refusals)
            if moved_on is not None and problem is not None and problem.status == 409:
                raise moved_on from None
            raise
        if moved_on is not None:
            raise moved_on
        body = orjson.dumps(view.model_dump(mode="json"))
        tag = await subject.tag(unit, body) if subject else None
        return body, {"ETag": tag} if tag else {}

    def cause(self) -> Cause:
        """Return what is done by this request: the cause of its events."""
        request_id = self._request.state.request_id
        return Cause(
            id=request_id,
            correlation_id=request_id,
            actor_kind=self._actor.role,
            actor_id=self._actor.id,
            traceparent=self._request.state.traceparent,
        )

    @staticmethod
    def _digest(*parts: str) -> str:
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


async def work_of(request: Request, runtime: Running, actor: Who) -> Work:
    """Return the runner of a command that is harmless to repeat."""
    return Work(request, runtime, actor, None)


async def keyed_work_of(
    request: Request,
    runtime: Running,
    actor: Who,
    idempotency_key: Annotated[
        str,
        Header(pattern=rf"^[!-~]{{1,{_KEY_CHARACTERS}}}$", description="New for each command, repeated on a retry."),
    ],
) -> Work:
    """Return the runner of a command that must have one effect."""
    return Work(request, runtime, actor, idempotency_key)


Command = Annotated[Work, Depends(work_of)]
KeyedCommand = Annotated[Work, Depends(keyed_work_of)]


# -- Pages ----------------------------------------------------------------------------------------------------------------


def read_cursor(runtime: Runtime, cursor: str | None, bound_to: str) -> list[Any] | None:
    """Return the position in a cursor, or None for the first page. A cursor of another list or person is refused."""
    if cursor is None:
        return None
    refused = Problem(400, "cursor_unknown", "The cursor does not belong to this list. Start from the first page.")
    try:
        binding, position = runtime.cursors.loads(cursor)
    except (BadData, ValueError, TypeError):
        raise refused from None
    if binding != _binding(bound_to) or not isinstance(position, list):
        raise refused
    return position


def write_cursor(runtime: Runtime, position: list[Any], bound_to: str) -> str:
    """Return an opaque cursor for the next page, bound to the list's filter and the person."""
    return str(runtime.cursors.dumps([_binding(bound_to), position]))


def _binding(bound_to: str) -> str:
    return hashlib.sha256(bound_to.encode()).hexdigest()[:16]
