"""A service's app as its routes' tests use it: people with tokens ask it over HTTP, events are brought to its consumers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from chassis.aggregate import Cause, Session
from chassis.auth import Actor, Unauthenticated
from chassis.consuming import Consumer
from chassis.http import Runtime
from chassis.mongo import Mongo
from chassis.parts import Parts, Service, indexes_of
from chassis.service import create_app
from chassis.testing import FixedClock, eventually
from chassis.testing.databases import a_namespace, mongo_address
from chassis.tokens import Expected, TokenVerifier
from ombud_contracts import Event, Metadata, Received
from ombud_words import PersonId, Role

Json = dict[str, Any]


class SaysWho(TokenVerifier):
    """Takes `role:id[:market,market]` for a token, and nothing else."""

    def __init__(self) -> None:
        super().__init__(Expected("", ()))

    async def verify(self, token: str) -> Actor:
        """Return who the token names. Raises Unauthenticated."""
        role, _, rest = token.partition(":")
        id, _, markets = rest.partition(":")
        if not id:
            raise Unauthenticated
        return Actor(PersonId(id), Role(role), frozenset(markets.split(",")) if markets else None)


def received(event: Event, at: datetime, *, sequence: int = 1, subject: str = "", actor: str = "system") -> Received:
    """Return an event as it arrives from its own service."""
    subject = subject or f"{event.type}-{uuid.uuid4().hex[:8]}"
    metadata = Metadata(
        id=f"{subject}:{sequence}",
        subject=subject,
        sequence=sequence,
        key=subject,
        occurred_at=at,
        recorded_at=at,
        actor_kind=actor,
        actor_id=actor,
        correlation_id="test",
        causation_id="test",
    )
    return Received(metadata=metadata, event=event, type=event.type, source=event.source())


@dataclass
class Desk:
    """One replica of a service without its jobs and its relay, and ways to ask it."""

    app: FastAPI
    parts: Parts
    clock: FixedClock
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://desk")

    @property
    def mongo(self) -> Mongo:
        """The service's database."""
        runtime: Runtime = self.app.state.runtime
        return runtime.mongo

    async def get(self, who: str, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Have somebody (`buyer:buy_1`) look at something."""
        return await self.http.get(path, headers={"Authorization": f"Bearer {who}", **(headers or {})})

    async def post(
        self, who: str, path: str, body: Mapping[str, object] | None = None, key: str = "", if_match: str | None = None
    ) -> httpx.Response:
        """Have somebody do something, once for each key; with `if_match` on what they saw."""
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or uuid.uuid4().hex}
        if if_match is not None:
            headers["If-Match"] = if_match
        return await self.http.post(path, headers=headers, json=None if body is None else dict(body))

    async def done(self, who: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Have somebody do something that succeeds, and return the answer."""
        answer = await self.post(who, path, body)
        assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text}"
        given: Json = answer.json()
        return given

    @asynccontextmanager
    async def follow(self, who: str, path: str, last: str | None = None) -> AsyncIterator["Following"]:
        """Have somebody follow a list while the service looks for what changed."""
        stopping = asyncio.Event()
        following = Following()
        headers = {"authorization": f"Bearer {who}", **({"last-event-id": last} if last is not None else {})}
        looking = asyncio.create_task(self.parts.provides["lists"].run(stopping))
        reading = asyncio.create_task(following.read(self.app, path, headers))
        try:
            yield following
        finally:
            stopping.set()
            reading.cancel()
            await asyncio.gather(looking, reading, return_exceptions=True)

    async def hears(self, *events: Event | Received) -> None:
        """Bring events to the consumers that read their topics, each in a transaction of its own."""
        for event in events:
            arrived = event if isinstance(event, Received) else received(event, self.clock())
            assert arrived.event is not None
            for consumer in self.parts.consumers:
                if arrived.event.topic in consumer.group.topics:
                    await self._handled(consumer, arrived)

    async def _handled(self, consumer: Consumer, arrived: Received) -> None:
        session = Session(self.mongo, self.clock)
        await consumer.handle(arrived, session.unit(Cause(arrived.metadata.id, arrived.metadata.correlation_id)))
        await session.commit()

    async def told(self) -> list[str]:
        """Return the types of what waits to be published, in order."""
        rows = await self.mongo.find("outbox", {}, sort=[("ts", 1), ("position", 1)], limit=1_000)
        return [dict(row["headers"])["ce_type"].decode() for row in rows]

    async def events_of(self, type: str) -> list[Json]:
        """Return what waits to be published of a type, in order."""
        rows = await self.mongo.find("outbox", {}, sort=[("ts", 1), ("position", 1)], limit=1_000)
        return [orjson.loads(row["value"]) for row in rows if dict(row["headers"])["ce_type"].decode() == type]


@dataclass
class Following:
    """What a client hears on one stream."""

    status: int = 0
    heard: list[Json] = field(default_factory=list)
    """The updates, without the one that opens the stream."""
    position: str = ""
    ended: bool = False

    async def read(self, app: FastAPI, path: str, headers: Mapping[str, str]) -> None:
        """Read a stream until it ends."""
        path, _, query = path.partition("?")
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": raw,
            "server": ("desk", 80),
            "client": ("client", 1),
        }
        await app(scope, self._nothing_more, self._hear)
        self.ended = True

    @staticmethod
    async def _nothing_more() -> Any:
        return await asyncio.Event().wait()

    async def _hear(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        for block in message.get("body", b"").decode().split("\n\n"):
            event = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            self.position = event.get("id", self.position)
            if event.get("event", "open") != "open":
                self.heard.append({"event": event["event"], **orjson.loads(event["data"])})

    async def hears(self, count: int) -> Json:
        """Wait until so many updates were heard, and return the last."""

        async def heard() -> bool:
            return len(self.heard) >= count

        await eventually(f"{count} updates to be heard", heard)
        return self.heard[-1]

    async def ends(self) -> None:
        """Wait until the service ends the stream."""

        async def over() -> bool:
            return self.ended

        await eventually("the stream to end", over)


@asynccontextmanager
async def a_desk(service: Service, settings: Mapping[str, Any] | None = None) -> AsyncIterator[Desk]:
    """Put a service together at a time that stands still: on an empty database, or in the namespace of another desk."""
    given = dict(settings or {})
    if "namespace" in given:
        async with _put_together(service, given) as desk:
            yield desk
        return
    async with (
        a_namespace(service.name, indexes_of(service)) as namespace,
        _put_together(service, {**given, "namespace": namespace}) as desk,
    ):
        yield desk


@asynccontextmanager
async def _put_together(service: Service, settings: Mapping[str, Any]) -> AsyncIterator[Desk]:
    clock = FixedClock()
    given: dict[str, Any] = {
        "env": "test",
        "kafka": "127.0.0.1:9",
        "mongo": mongo_address(),
        "oidc_issuer": "http://127.0.0.1:9/none",
        **settings,
    }
    app = create_app(service, service.settings.model_validate(given), clock)
    runtime: Runtime = app.state.runtime
    runtime.verifier = SaysWho()
    desk = Desk(app, app.state.parts, clock)
    try:
        yield desk
    finally:
        await desk.http.aclose()
        await runtime.mongo.close()
