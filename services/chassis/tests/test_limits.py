"""How often one person may do what: counted exactly, for each person apart, on every replica; refused with when and what."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.allowance import ALLOWANCE_INDEXES, ALLOWANCES, Allowance, TooOften, Use, decide, evolve
from chassis.auth import Actor
from chassis.group_commit import GroupCommit
from chassis.http import Id, KeyedCommand, Running, View, Who
from chassis.limits import INSTEAD, LIMITS, Limited, Rate
from chassis.mongo import Mongo
from chassis.parts import Parts, Service
from chassis.service import create_app
from chassis.settings import Settings
from chassis.testing import NOON, FixedClock, Situations
from chassis.tokens import TokenVerifier
from ombud_contracts.vocabulary import Role

RATES = (Rate(3, 60), Rate(5, 600))


def at(seconds: float) -> Use:
    return Use(RATES, NOON + timedelta(seconds=seconds))


# -- The rule ---------------------------------------------------------------------------------------------------------


def test_what_is_too_often_says_when_there_is_room_again() -> None:
    situations = Situations(TooOften)
    given_uses = situations.given(ALLOWANCES, at(0), at(10), at(20))
    refused = given_uses.when(at(30)).then_refused(TooOften)
    assert (refused.rate, refused.again_at) == (Rate(3, 60), NOON + timedelta(seconds=60))
    given_uses.when(at(60)).then(*decide(at(60), given_uses.state), uses=tuple(at(s).at for s in (0, 10, 20, 60)))


def test_every_window_counts() -> None:
    spread = Situations(TooOften).given(ALLOWANCES, *(at(s) for s in (0, 70, 140, 210, 280)))
    assert spread.when(at(350)).then_refused(TooOften).again_at == NOON + timedelta(seconds=600)


@given(st.lists(st.floats(0, 40), max_size=60))
def test_no_window_ever_holds_more_than_its_rate(pauses: list[float]) -> None:
    """INVARIANT: would break if uses were counted per calendar window, which two in a row double."""
    state: Allowance | None = None
    taken: list[float] = []
    now = 0.0
    for pause in pauses:
        now += pause
        try:
            events = decide(at(now), state)
        except TooOften:
            continue
        for event in events:
            state = evolve(state, event)
        taken.append(now)
    for rate in RATES:
        for start in taken:
            assert sum(start <= t < start + rate.within_seconds for t in taken) <= rate.times
    assert state is None or len(state.uses) <= 6


def test_every_limit_has_its_numbers_and_says_what_to_do_instead() -> None:
    assert set(LIMITS) == set(INSTEAD) == set(Limited)


# -- On a route, on real MongoDB --------------------------------------------------------------------------------------


class Made(View):
    """What was done."""

    number: str


class SaysWho(TokenVerifier):
    """Takes `role:id` for a token."""

    async def verify(self, token: str) -> Actor:
        role, _, id = token.partition(":")
        return Actor(id, Role(role))


def routes(_runtime: object) -> Parts:
    router = APIRouter()

    @router.post("/matters/{matter}/things", status_code=201, response_model=Made)
    async def make(matter: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Make a thing."""

        async def effect(unit: Unit) -> View:
            await runtime.limits.use(Limited.OFFERS, actor, runtime.now(), unit, matter)
            return Made(number=matter)

        return await work.once(effect, on=f"{matter}|{actor.id}", status=201)

    return Parts(routers=[router])


@dataclass
class Desk:
    """Two replicas of a service with a limit."""

    replicas: list[httpx.AsyncClient]
    clock: FixedClock
    mongo: Mongo

    async def make(self, who: str, key: str, matter: str = "mat_1", replica: int = 0) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key}
        return await self.replicas[replica].post(f"/matters/{matter}/things", headers=headers)


@pytest.fixture
async def desk(mongo: Mongo, settings: Settings) -> AsyncIterator[Desk]:
    clock, service = FixedClock(), Service("chassis", "Things", routes)
    told = settings.model_copy(
        update={"limits": {Limited.OFFERS: (Rate(3, 60),)}, "mongo_driver": mongo.driver, "namespace": ""}
    )
    await mongo.ensure(ALLOWANCE_INDEXES)
    replicas = []
    for _replica in range(2):
        app = create_app(service, told, clock)
        app.state.runtime.mongo, app.state.runtime.commits = mongo, GroupCommit(mongo)
        app.state.runtime.verifier = SaysWho("https://issuer.example", "ombud")
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        replicas.append(httpx.AsyncClient(transport=transport, base_url="http://things"))
    yield Desk(replicas, clock, mongo)
    for http in replicas:
        await http.aclose()


async def test_what_is_too_often_is_refused_with_when_and_what_and_others_are_not(desk: Desk) -> None:
    """INVARIANT: S8; would break if a limit were shared by people, or by matters."""
    assert [(await desk.make("buyer:b", f"k{n}")).status_code for n in range(4)] == [201, 201, 201, 429]
    desk.clock.advance(seconds=15)
    refused = await desk.make("buyer:b", "k5")
    assert refused.headers["retry-after"] == "45"
    body = refused.json()
    assert (body["type"], body["limit"], body["times"]) == ("urn:ombud:problem:too_often", "offers", 3)
    assert INSTEAD[Limited.OFFERS] in body["detail"]
    for who, matter in (("buyer:other", "mat_1"), ("seller:b", "mat_1"), ("buyer:b", "mat_2"), ("agent:a", "mat_1")):
        assert (await desk.make(who, "k6", matter)).status_code == 201
    assert [(await desk.make("agent:a", f"a{n}")).status_code for n in range(9)] == [201] * 9, "staff are not limited"


async def test_a_refusal_for_a_while_is_not_kept_as_an_answer(desk: Desk) -> None:
    """INVARIANT: would break if a retry with the same key heard 429 for ever."""
    for n in range(3):
        await desk.make("buyer:b", f"k{n}")
    assert (await desk.make("buyer:b", "late")).status_code == 429
    desk.clock.advance(seconds=61)
    assert (await desk.make("buyer:b", "late")).status_code == 201


async def test_a_retry_hears_its_answer_and_is_not_counted(desk: Desk) -> None:
    told = [await desk.make("buyer:b", f"k{n}") for n in (0, 1, 2, 0, 1, 2)]
    assert [answer.status_code for answer in told] == [201] * 6


async def test_replicas_that_are_asked_at_once_count_together(desk: Desk) -> None:
    """INVARIANT: would break if each replica counted by itself, or uses were counted outside their transaction."""
    answers = await asyncio.gather(*(desk.make("buyer:b", f"k{n}", replica=n % 2) for n in range(12)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(201) <= 3
    assert set(codes) <= {201, 429, 503}, "contended requests are told to come again"
    rows = await desk.mongo.find("allowances", {}, limit=10)
    assert [len(row["state"]["uses"]) for row in rows] == [codes.count(201)]
