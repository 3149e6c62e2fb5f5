"""Entity tags: who decides on what somebody else has changed hears so, and nothing is done (RFC 9110, 13)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from counters import Add, Counter, NegativeAmount, kind_for

from chassis.auth import Action, NotVisible, authorize_role
from chassis.description import DescribedApp
from chassis.http import Id, RequestModel, View, Who
from chassis.parts import Parts, Service
from chassis.preconditions import Thing, versioned
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, provided, routes
from chassis.testing.desk import Desk, a_desk
from chassis.waiting import set_within

COUNTERS = kind_for("cas_1", told=False)
COUNTER = Thing.kept_as("id", COUNTERS, lambda id: f"cnt_{id}")
router = routes("counters")
BUYER, SUPERVISOR = "buyer:buy_1", "supervisor:stf_1"


class Gate:
    """Lets others act between what a route reads and what it writes."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.opened.set()

    async def passed(self) -> None:
        self.reached.set()
        await self.opened.wait()


class AddRequest(RequestModel):
    amount: int


class CounterView(View):
    total: int


def _view(counter: Counter | None) -> CounterView:
    if counter is None:
        raise NotVisible
    return CounterView(total=counter.total)


@router.get("/counters/{id}")
@versioned(COUNTER)
async def show(id: Id, unit: ReadUnit) -> CounterView:
    return _view(await unit.read(COUNTERS, f"cnt_{id}"))


@router.post("/counters/{id}/sum", status_code=201)
@versioned(COUNTER)
async def add(id: Id, body: AddRequest, unit: KeyedUnit) -> CounterView:
    return _view(await unit.execute(COUNTERS, f"cnt_{id}", Add(body.amount, unit.now)))


@router.post("/counters/{id}/copies")
@versioned(COUNTER)
async def copy(id: Id, actor: Who, unit: WriteUnit, gate: Annotated[Gate, provided("gate")]) -> CounterView:
    """Decided on one thing, written to another."""
    authorize_role(actor, Action.REVERSE_TAKEOVER)
    counter = await unit.read(COUNTERS, f"cnt_{id}")
    await gate.passed()
    return _view(await unit.execute(COUNTERS, f"cnt_{id}_copy_{actor.id}", Add(_view(counter).total, unit.now)))


SERVICE = Service(
    name="counting",
    title="Counting",
    compose=lambda _runtime: Parts(routers=[router], provides={"gate": Gate()}),
    refusals={NegativeAmount: 409},
    indexes={"counters": []},
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.done(BUYER, "/counters/c/sum", {"amount": 1})
        yield made


async def _tag(desk: Desk) -> str:
    return (await desk.get(BUYER, "/counters/c")).headers["ETag"]


async def _total(desk: Desk) -> int:
    total: int = (await desk.get(BUYER, "/counters/c")).json()["total"]
    return total


async def test_what_is_shown_has_a_strong_tag_that_changes_with_it(desk: Desk) -> None:
    before = await _tag(desk)
    assert before == await _tag(desk)
    assert before.startswith('"')
    added = await desk.post(BUYER, "/counters/c/sum", {"amount": 1})
    assert added.headers["ETag"] == await _tag(desk) != before
    assert (await desk.get(BUYER, "/counters/c")).json() == {"total": 2}


async def test_who_decides_on_what_has_moved_on_is_told_and_nothing_is_written(desk: Desk) -> None:
    seen = await _tag(desk)
    first = await desk.post(BUYER, "/counters/c/sum", {"amount": 10}, if_match=seen)
    second = await desk.post(BUYER, "/counters/c/sum", {"amount": 100}, if_match=seen)
    assert (first.status_code, second.status_code) == (201, 412)
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["type"] == "urn:ombud:problem:precondition_failed"
    assert "Read it again" in second.json()["detail"]
    assert await _total(desk) == 11


async def test_a_decision_may_follow_from_the_tag_of_the_last_one(desk: Desk) -> None:
    tag = await _tag(desk)
    for _ in range(3):
        answer = await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match=tag)
        assert answer.status_code == 201
        tag = answer.headers["ETag"]


async def test_what_has_moved_on_is_said_before_a_rule_refuses_and_with_no_effect_to_have(desk: Desk) -> None:
    seen = await _tag(desk)
    await desk.done(BUYER, "/counters/c/sum", {"amount": 1})
    for amount in (-1, 0):
        answer = await desk.post(BUYER, "/counters/c/sum", {"amount": amount}, if_match=seen)
        assert answer.status_code == 412
    assert (await desk.post(BUYER, "/counters/c/sum", {"amount": -1}, if_match="*")).status_code == 409


async def test_who_may_not_decide_learns_nothing_of_versions(desk: Desk) -> None:
    assert (await desk.post(BUYER, "/counters/c/copies", if_match='"stale"')).status_code == 403
    assert (await desk.post(SUPERVISOR, "/counters/none/copies", if_match='"stale"')).status_code == 404
    assert (await desk.post(SUPERVISOR, "/counters/none/copies", if_match="*")).status_code == 404
    assert (await desk.post(SUPERVISOR, "/counters/c/copies", if_match='"stale"')).status_code == 412


@pytest.mark.parametrize("other", ["weak", "of another thing", "unknown"])
async def test_a_tag_that_is_not_strongly_this_version_does_not_match(desk: Desk, other: str) -> None:
    await desk.done(BUYER, "/counters/other/sum", {"amount": 1})
    elsewhere = (await desk.get(BUYER, "/counters/other")).headers["ETag"]
    sent = {"weak": f"W/{await _tag(desk)}", "of another thing": elsewhere, "unknown": '""'}[other]
    assert (await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match=sent)).status_code == 412
    several = f'{sent} ,"x", {await _tag(desk)}'
    assert (await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match=several)).status_code == 201


async def test_any_version_will_do_where_the_sender_says_so(desk: Desk) -> None:
    assert (await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match="*")).status_code == 201
    assert (await desk.post(BUYER, "/counters/new/sum", {"amount": 1}, if_match="*")).status_code == 412
    assert (await desk.post(BUYER, "/counters/new/sum", {"amount": 1})).status_code == 201


@pytest.mark.parametrize("malformed", ["7", '"open', "*, *", '*,"a"', 'w/"a"', '"a" "b"', "", '"a",', "x" * 3_000])
async def test_what_is_not_a_list_of_tags_is_refused(desk: Desk, malformed: str) -> None:
    answer = await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match=malformed)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:ombud:problem:precondition_malformed"
    looked = await desk.get(BUYER, "/counters/c", {"If-None-Match": malformed})
    assert looked.status_code == 400
    assert await _total(desk) == 1


async def test_who_looks_again_hears_that_nothing_has_changed(desk: Desk) -> None:
    tag = await _tag(desk)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await desk.get(BUYER, "/counters/c", {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    await desk.done(BUYER, "/counters/c/sum", {"amount": 1})
    assert (await desk.get(BUYER, "/counters/c", {"If-None-Match": tag})).json() == {"total": 2}
    assert (await desk.get(BUYER, "/counters/none", {"If-None-Match": "*"})).status_code == 404


async def test_a_retry_of_what_was_decided_hears_the_first_answer(desk: Desk) -> None:
    """INVARIANT: would break if a retry whose tag is old by its own effect were refused."""
    seen = await _tag(desk)
    first, again = [await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, key="k", if_match=seen) for _ in range(2)]
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, b'{"total":2}')


async def test_a_decision_that_came_too_late_may_be_made_anew_with_its_key(desk: Desk) -> None:
    refused = await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, key="k", if_match='"stale"')
    assert refused.status_code == 412
    made = await desk.post(BUYER, "/counters/c/sum", {"amount": 1}, key="k", if_match=await _tag(desk))
    assert made.status_code == 201


async def test_of_replicas_at_once_one_decides_on_what_was_seen(desk: Desk) -> None:
    """INVARIANT: S-9; would break if the version were compared beside the transaction."""
    async with a_desk(SERVICE, {"namespace": desk.mongo.name.removesuffix("-counting")}) as other:
        for round in range(1, 6):
            seen = await _tag(desk)
            desks = (desk, other, desk, other)
            answers = await asyncio.gather(
                *(d.post(BUYER, "/counters/c/sum", {"amount": 1}, if_match=seen) for d in desks)
            )
            assert sorted(a.status_code for a in answers) == [201, 412, 412, 412]
            assert await _total(desk) == 1 + round


async def test_what_was_seen_holds_at_commit_where_something_else_is_written(desk: Desk) -> None:
    """INVARIANT: S-9; would break if only what a decision writes were compared."""
    gate: Gate = desk.parts.provides["gate"]
    gate.opened.clear()
    async with a_desk(SERVICE, {"namespace": desk.mongo.name.removesuffix("-counting")}) as other:
        copying = asyncio.create_task(desk.post(SUPERVISOR, "/counters/c/copies", if_match=await _tag(desk)))
        assert await set_within(gate.reached, 10)
        await other.done(BUYER, "/counters/c/sum", {"amount": 1})
        gate.opened.set()
        assert (await copying).status_code == 412
        assert await desk.mongo.count("counters", {}, limit=10) == 1


def test_a_versioned_route_says_so_in_its_description() -> None:
    app = DescribedApp(openapi_url=None)
    app.include_router(router)
    paths = app.openapi()["paths"]
    decides, shows = paths["/counters/{id}/sum"]["post"], paths["/counters/{id}"]["get"]
    assert [p["name"] for p in decides["parameters"]] == ["id", "idempotency-key", "If-Match"]
    assert [p["name"] for p in shows["parameters"]] == ["id", "If-None-Match"]
    assert not any(p["required"] for p in shows["parameters"][1:])
    assert "application/problem+json" in decides["responses"]["412"]["content"]
    assert "ETag" in decides["responses"]["201"]["headers"]
    assert "ETag" in shows["responses"]["200"]["headers"]
    assert "304" in shows["responses"]
