"""The monitor with its rule book, its jobs and its routes, on a database of its own: what tests about rules share."""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from marketplace_of_clocks import KnownPeople, Monitor

from chassis import problems
from chassis.aggregate import Cause, Session
from chassis.consuming import Consumer
from chassis.edge import Edge
from chassis.http import Runtime
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.testing import FixedClock, alone
from chassis.testing.databases import a_database, mongo_address
from ombud_contracts import Received, from_record
from ombud_contracts.market import Market, load_markets
from sla_monitor.adjustments.applying import StandingAdjustments
from sla_monitor.adjustments.jobs import Adjusting
from sla_monitor.app import ROUTERS, SERVICE
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Clock, Fire
from sla_monitor.clocks.store import CLOCKS, CLOCKS_COLLECTION
from sla_monitor.dry_runs.jobs import dry_running
from sla_monitor.rules.api import desk_of
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.known import KnownRules
from sla_monitor.rules.market_files import publish_versions, versions_of

NOTICE = timedelta(seconds=60)
SUPERVISOR, ADMINISTRATOR, AGENT = "supervisor:sup_1", "administrator:adm_1", "agent:agt_1"
MARKETS: Mapping[str, Market] = {"lv": load_markets()["lv"]}
SOON = datetime(2026, 9, 15, 13, tzinfo=UTC)
"""An hour after the desk's present."""
Json = dict[str, Any]


def row(of: str = "reply", **changed: Any) -> Json:
    """A policy row of the market as it is proposed, changed; None leaves a field out."""
    found = next(r for r in default_rows("lv", "desk", "2025-01-01") if r["kind"] == of)
    return {k: v for k, v in {**found, **changed}.items() if k not in ("version", "effective_from") and v is not None}


def calendar(**changed: Any) -> Json:
    """The market's calendar as it is proposed, changed."""
    data = MARKETS["lv"].calendar.model_dump(mode="json", exclude={"version", "effective_from"})
    return {**data, "tz": "Europe/Riga", **changed}


@dataclass
class RuleDesk(Monitor):
    """A replica of the monitor whose time stands still until moved; its jobs are done when a test says so."""

    book: KnownRules = field(kw_only=True)
    """What this replica knows of the rules."""
    standing: StandingAdjustments = field(kw_only=True)

    @property
    def consumer(self) -> Consumer:
        """What takes the events, with the rules kept up to date."""
        return clocks(self.book, self.refresh, self.standing.tell)

    async def refresh(self) -> bool:
        """Know what was published by now."""
        return await self.book.refresh(self.mongo)

    async def post(self, who: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        """Send a command as `role:id`, with a new key unless one is given."""
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or uuid.uuid4().hex}
        content = b"" if body is None else json.dumps(body).encode()
        return await self.http.post(path, content=content, headers={**headers, "Content-Type": "application/json"})

    async def done(self, who: str, path: str, body: object = None) -> Json:
        """Send a command that must succeed."""
        answer = await self.post(who, path, body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        answered: Json = answer.json()
        return answered

    async def seen(self, who: str, path: str, **query: Any) -> Json:
        """Read a screen that must be there."""
        answer = await self.ask(who, path, **query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        answered: Json = answer.json()
        return answered

    async def propose(self, content: Json, effective_from: datetime, sort: str = "policy") -> Json:
        """Propose a version as the supervisor."""
        body = {"market": "lv", "sort": sort, "content": content, "effective_from": effective_from.isoformat()}
        return await self.done(SUPERVISOR, "/policy-candidates", body)

    async def dry_run(self, candidate_id: str, start: datetime, end: datetime) -> Json:
        """Have a candidate's dry run done, and return the candidate with its report."""
        body = {"from_at": start.isoformat(), "to_at": end.isoformat()}
        await self.done(SUPERVISOR, f"/policy-candidates/{candidate_id}/dry-runs", body)
        await self.run_to_the_end()
        return await self.seen(AGENT, f"/policy-candidates/{candidate_id}")

    async def run_to_the_end(self) -> None:
        """Do all that the dry-run job has to do."""
        running = dry_running(self.mongo, self.book, await alone(self.mongo, "dry-runs"), MARKETS)
        while await running.work():
            continue

    async def adjust_to_the_end(self) -> None:
        """Do all that the adjusting job has to do."""
        adjusting = Adjusting(self.mongo, self.book, await alone(self.mongo, "adjustments"), 0.0)
        while await adjusting.work():
            continue

    async def publish(self, content: Json, effective_from: datetime, sort: str = "policy") -> Json:
        """Propose, try over the hour before, and publish a version; and know it."""
        candidate = await self.propose(content, effective_from, sort)
        now = self.now.at
        await self.dry_run(candidate["candidate_id"], now - timedelta(hours=1), now)
        published = await self.done(ADMINISTRATOR, f"/policy-candidates/{candidate['candidate_id']}/publication")
        await self.refresh()
        return published

    async def fire_until(self, at: datetime) -> None:
        """Announce everything at the moment when it is due, in order."""
        while True:
            due = await self.mongo.find(CLOCKS_COLLECTION, {"next_at": {"$lte": at}}, sort=[("next_at", 1)], limit=1)
            if not due:
                return
            moment: datetime = due[0]["next_at"]
            session = Session(self.mongo, lambda moment=moment: moment)  # type: ignore[misc]
            unit = session.unit(Cause("time", "time"))
            await unit.execute(CLOCKS, due[0]["_id"], Fire(moment, self.book[due[0]["market"]]))
            await session.commit()

    async def clocks(self, **where: Any) -> list[Clock]:
        """Return the stored clocks."""
        found = await self.mongo.find(CLOCKS_COLLECTION, where, limit=10_000, sort=[("_id", 1)])
        return [CLOCKS.decode(d["state"]) for d in found]

    async def published(self, *types: str) -> list[Received]:
        """Return what was published, of these types, in order."""
        rows = await self.mongo.find("outbox", {}, sort=[("ts", 1), ("position", 1)], limit=100_000)
        events = [from_record(bytes(d["value"]), [(n, bytes(v)) for n, v in d["headers"]]) for d in rows]
        return [event for event in events if event.type.partition(".")[2] in types]


@asynccontextmanager
async def a_rule_desk() -> AsyncIterator[RuleDesk]:
    """Put a replica together whose rules are those of the market file; its database is emptied afterwards."""
    async with a_database(SERVICE) as mongo, _put_together(mongo) as desk:
        yield desk


@asynccontextmanager
async def _put_together(mongo: Mongo) -> AsyncIterator[RuleDesk]:
    settings = Settings(env="test", kafka="none:1", mongo=mongo_address(), oidc_issuer="https://issuer.invalid")
    now = FixedClock()
    await publish_versions(versions_of(MARKETS["lv"]), mongo, now)
    standing = StandingAdjustments()
    book = KnownRules(fresh_seconds=600, beside=[standing.refresh])
    await book.refresh(mongo)
    app = FastAPI()
    provided = {"rules": book, "markets": MARKETS, "rule_desk": desk_of(MARKETS, NOTICE)}
    app.state.runtime = Runtime("sla-monitor", settings, mongo, now, KnownPeople(), SERVICE.refusals, provided=provided)
    problems.install(app, SERVICE.refusals, [])
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Edge, max_body_bytes=1_000_000, observe=lambda _scope, _status, _seconds: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sla") as http:
        yield RuleDesk(mongo, http, now, {}, book=book, standing=standing)
