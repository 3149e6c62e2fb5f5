"""Cases of sellers, told to the monitor as events, and its routes read as anybody: what shell tests of screens share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI

from chassis import problems
from chassis.aggregate import Cause, Session
from chassis.auth import Actor
from chassis.consuming import Consumer
from chassis.edge import Edge
from chassis.http import Runtime
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.testing import FixedClock
from chassis.testing.databases import a_database, mongo_address
from chassis.tokens import Expected, TokenVerifier
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.ticketing import CaseOpened
from ombud_contracts.market import load_markets
from ombud_contracts.vocabulary import Role
from sla_monitor.app import SERVICE
from sla_monitor.clocks import api as clock_routes
from sla_monitor.clocks.consumers import clocks
from sla_monitor.lists import api as obligations
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules
from sla_monitor.working_time.domain.refusal import SlaRefused


class KnownPeople(TokenVerifier):
    """Tokens are `role:id` or `role:id:market`."""

    def __init__(self) -> None:
        super().__init__(Expected("https://issuer.invalid", ("ombud",)))

    async def verify(self, token: str) -> Actor:
        """Return who the token names."""
        role, id, *markets = token.split(":")
        return Actor(id, Role(role), frozenset(markets) or None)


@dataclass
class Monitor:
    """The monitor's consumer and routes on a database of its own."""

    mongo: Mongo
    http: httpx.AsyncClient
    now: FixedClock
    rules: dict[str, Rules]
    told: int = 0

    @property
    def consumer(self) -> Consumer:
        """What takes the events."""
        return clocks(self.rules)

    def received(self, event: Event, case_id: str, at: datetime, market: str = "lv") -> Received:
        """Return an event as the consumer sees it."""
        self.told += 1
        metadata = Metadata(
            id=f"evt_{self.told}:1",
            subject=f"evt_{self.told}",
            sequence=1,
            key=case_id,
            occurred_at=at,
            recorded_at=at,
            case_id=case_id,
            market=market,
            correlation_id="req_1",
            causation_id="req_1",
        )
        return Received(metadata=metadata, event=event, type=event.type)

    async def take(self, *received: Received) -> None:
        """Handle events in one transaction, as a lane of a batch does."""
        session = await self.prepared(*received)
        await session.commit()

    async def prepared(self, *received: Received) -> Session:
        """Handle events and leave the transaction open."""
        session = Session(self.mongo, self.now)
        for one in received:
            await self.consumer.handle(one, session.unit(Cause(one.metadata.id, "req_1")))
        return session

    async def open(self, case_id: str, seller: str, at: datetime, market: str = "lv") -> None:
        """Have a case opened between `buy_1` and a seller."""
        await self.take(self.opening(case_id, seller, at, market))

    def opening(self, case_id: str, seller: str, at: datetime, market: str = "lv") -> Received:
        event = CaseOpened(
            case_id=case_id,
            number="LV-26-1",
            market=market,
            buyer_id="buy_1",
            seller_id=seller,
            order_id="ord_1",
            line_id="lin_1",
            reason="LATE",
            family="SHIPPING",
            phase="after",
            priority=3,
            priority_reasons=(),
            draft_id="drf_1",
            opened_by="buyer",
            opened_at=at,
        )
        return self.received(event, case_id, at, market)

    async def say(self, case_id: str, role: str, at: datetime, market: str = "lv") -> None:
        """Have somebody write in the thread; what a seller writes qualifies as a reply."""
        await self.take(self.message(case_id, role, at, market))

    def message(self, case_id: str, role: str, at: datetime, market: str = "lv") -> Received:
        event = MessageDelivered(
            case_id=case_id,
            message_id=f"msg_{self.told}",
            author_role=role,
            audience="thread",
            sha256="0" * 64,
            characters=9,
            first=False,
            classification=Classification(language=market),
            qualifies=role == "seller",
            submitted_at=at,
            delivered_at=at,
        )
        return self.received(event, case_id, at, market)

    async def ask(self, who: str, path: str, **query: Any) -> httpx.Response:
        """Read a screen as `role:id` or `role:id:market`."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return await self.http.get(path, params=wanted, headers={"Authorization": f"Bearer {who}"})

    async def pages(self, who: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """Read all pages of a list of obligations."""
        items, cursor = [], None
        while True:
            page = (await self.ask(who, path, cursor=cursor, **query)).json()
            items += page["obligations"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


@asynccontextmanager
async def a_monitor() -> AsyncIterator[Monitor]:
    """Put a monitor together; its database is emptied afterwards."""
    async with a_database(SERVICE) as mongo, _put_together(mongo) as monitor:
        yield monitor


@asynccontextmanager
async def _put_together(mongo: Mongo) -> AsyncIterator[Monitor]:
    settings = Settings(env="test", kafka="none:1", mongo=mongo_address(), oidc_issuer="https://issuer.invalid")
    now = FixedClock()
    rules = read_rules(v for market in load_markets().values() for v in versions_of(market))
    app = FastAPI()
    app.state.runtime = Runtime(
        "sla-monitor", settings, mongo, now, KnownPeople(), {SlaRefused: 409}, provided={"rules": rules}
    )
    problems.install(app, {SlaRefused: 409}, [])
    app.include_router(clock_routes.router)
    app.include_router(obligations.router)
    app.add_middleware(Edge, max_body_bytes=settings.max_body_bytes, observe=lambda *_: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sla") as http:
        yield Monitor(mongo, http, now, rules)
