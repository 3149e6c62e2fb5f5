"""The time of a service is its database server's (ADR 33): a process's own clock dates nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from chassis.http import Running
from chassis.mongo import Mongo
from chassis.parts import Parts, Service
from chassis.server_time import TRUSTED_SECONDS, ServerTime, kept_time
from chassis.service import create_app
from chassis.settings import Settings
from chassis.store import Unavailable

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)


@dataclass
class Far:
    """A server whose time is far from this process's."""

    at: datetime = NOON

    async def server_time(self) -> datetime:
        return self.at


async def test_a_command_is_dated_by_the_server_and_what_passed_since() -> None:
    """INVARIANT: no process's own clock dates anything; would break if it were read anywhere on the way."""
    now = ServerTime(Far())
    await now.ask()
    first, second = now(), now()
    assert NOON <= first <= second < NOON + timedelta(seconds=10)


async def test_nothing_is_dated_before_the_server_was_asked() -> None:
    with pytest.raises(Unavailable):
        ServerTime(Far())()


async def test_nothing_is_dated_when_the_server_was_silent_for_too_long() -> None:
    now = ServerTime(Far())
    await now.ask()
    now._told_at -= TRUSTED_SECONDS
    with pytest.raises(Unavailable):
        now()


async def test_a_timer_stands_still_rather_than_be_early() -> None:
    now = ServerTime(Far())
    await now.ask()
    now._told_at -= 3600
    assert now.now() == NOON + timedelta(seconds=0.25)


async def test_the_databases_time_is_asked_for(mongo: Mongo) -> None:
    async with kept_time(mongo) as now:
        before, told, after = await mongo.server_time(), now(), await mongo.server_time()
    assert before - timedelta(seconds=5) < told <= after


async def test_a_service_takes_its_time_from_the_database(settings: Settings) -> None:
    """A command and the database agree, whatever clock the process has."""
    router = APIRouter()

    class Told(BaseModel):
        at: datetime

    @router.get("/now")
    async def told(runtime: Running) -> Told:
        return Told(at=runtime.now())

    service = Service("chassis", "Asks the time", lambda _runtime: Parts(routers=[router]))
    app = create_app(service, settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http,
    ):
        assert isinstance(app.state.runtime.now, ServerTime)
        answer = await http.get("/now")
        assert answer.status_code == httpx.codes.OK
        assert app.state.runtime.now() <= await app.state.runtime.mongo.server_time()


def test_no_service_reads_the_process_clock() -> None:
    """INVARIANT: ADR 33; the only wall clock that is read is the token verifier's. The doctor, which is a tool and no
    service, compares its machine's clock with the others."""
    here = Path(__file__).parents[2]
    reading = {
        path.name
        for path in here.glob("*/src/**/*.py")
        if path.parent.name != "doctor"
        and any(
            call in path.read_text() for call in ("datetime.now(", "datetime.utcnow(", "time.time(", "$currentDate")
        )
    }
    assert reading == {"tokens.py"}
