"""Routes as flat functions: what they decide on is read through their unit, and holds at commit."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from counters import Add, Counter, NegativeAmount, kind_for

from chassis.auth import NotVisible
from chassis.http import Id, RequestModel, View
from chassis.parts import Parts, Service
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, provided, routes
from chassis.testing.desk import Desk, a_desk

COUNTERS = kind_for("cas_1", told=False)
router = routes("counters")
Step = provided("step")


class AddRequest(RequestModel):
    amount: int


class CounterView(View):
    total: int


@router.get("/counters/{id}")
async def show_counter(id: Id, unit: ReadUnit) -> CounterView:
    counter = await unit.read(COUNTERS, id)
    if counter is None:
        raise NotVisible
    return CounterView(total=counter.total)


@router.post("/counters/{id}/sum", status_code=201)
async def add(id: Id, body: AddRequest, unit: KeyedUnit, step: int = Step) -> CounterView:
    return CounterView(total=(await unit.execute(COUNTERS, id, Add(body.amount * step, unit.now))).total)


@router.post("/counters/{id}/doubling")
async def double(id: Id, unit: WriteUnit) -> CounterView:
    """Add as much again, or one when there is nothing: decided on what was read."""
    before = await unit.read(COUNTERS, id) or Counter(1, 0)
    await asyncio.sleep(0)  # others have their turn between reading and writing
    return CounterView(total=(await unit.execute(COUNTERS, id, Add(before.total, unit.now))).total)


SERVICE = Service(
    name="counting",
    title="Counting",
    compose=lambda _runtime: Parts(routers=[router], provides={"step": 10}),
    refusals={NegativeAmount: 409},
    indexes={"counters": []},
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


async def test_a_command_answers_with_its_view_and_status(desk: Desk) -> None:
    answer = await desk.post("buyer:buy_1", "/counters/c_1/sum", {"amount": 2})
    assert (answer.status_code, answer.json()) == (201, {"total": 20})
    assert (await desk.get("buyer:buy_1", "/counters/c_1")).json() == {"total": 20}


async def test_a_repeated_request_has_one_effect_and_the_same_answer(desk: Desk) -> None:
    first, again = [await desk.post("buyer:buy_1", "/counters/c_1/sum", {"amount": 2}, key="k") for _ in range(2)]
    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await desk.post("buyer:buy_1", "/counters/c_1/sum", {"amount": 3}, key="k")
    assert other.status_code == 422
    assert (await desk.get("buyer:buy_1", "/counters/c_1")).json() == {"total": 20}


async def test_a_command_without_its_key_is_refused(desk: Desk) -> None:
    answer = await desk.http.post("/counters/c_1/sum", json={"amount": 2}, headers={"Authorization": "Bearer buyer:b"})
    assert answer.status_code == 400


async def test_what_a_refusal_would_have_written_is_gone(desk: Desk) -> None:
    answer = await desk.post("buyer:buy_1", "/counters/c_1/sum", {"amount": -2})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await desk.get("buyer:buy_1", "/counters/c_1")).status_code == 404


async def test_commands_at_once_decide_on_what_stands(desk: Desk) -> None:
    """INVARIANT: would break if a route decided again on what it had read before a conflict."""
    answers = await asyncio.gather(*(desk.post("buyer:buy_1", "/counters/c_1/doubling") for _ in range(6)))
    assert sorted(a.json()["total"] for a in answers) == [1, 2, 4, 8, 16, 32]


async def test_routes_describe_what_they_answer(desk: Desk) -> None:
    schema = desk.app.openapi()["paths"]["/counters/{id}/sum"]["post"]
    assert schema["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/CounterView")
    assert [p["name"] for p in schema["parameters"]] == ["id", "idempotency-key"]


async def test_replicas_at_once_decide_on_what_stands(desk: Desk) -> None:
    """INVARIANT: would break if only the queue of one process kept commands apart."""
    async with a_desk(SERVICE, {"namespace": desk.mongo.name.removesuffix("-counting")}) as other:
        for _ in range(3):
            await asyncio.gather(*(d.post("buyer:buy_1", "/counters/c_1/doubling") for d in (desk, other)))
        assert (await desk.get("buyer:buy_1", "/counters/c_1")).json() == {"total": 32}
