"""Live updates: nothing that changed is missed on whichever replica, nobody hears of what they may not see; bounded in all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack
from typing import Any

import pytest
from counters import Add, Counter, kind_for

from chassis.aggregate import Cause, Session, Unit
from chassis.auth import Action, NotVisible, Parties, Unauthenticated, authorize
from chassis.event_stream import EventStream
from chassis.http import Id
from chassis.live import STREAM, Followed, Follows, Glance, Lists, LiveLists, glance
from chassis.parts import Parts, Service
from chassis.problems import Problem
from chassis.routes import ReadUnit, routes
from chassis.store import Unavailable
from chassis.testing import eventually
from chassis.testing.desk import Desk, a_desk
from chassis.watch import Seats, Watch, Watched

COUNTERS = kind_for("cas_1", told=False)
OWNERS: dict[str, str] = {}
"""Whose counter it is, by its id."""
router = routes("counters")
ANNA = "buyer:buy_1"


async def _whose(unit: Unit, id: str) -> tuple[Counter, Parties]:
    counter = await unit.read(COUNTERS, id)
    if counter is None:
        raise NotVisible
    return counter, Parties("lv", OWNERS[id])  # type: ignore[arg-type]


@router.get("/counters/{id}/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_counter(id: Id, unit: ReadUnit, follower: Follows, lists: LiveLists) -> EventStream:
    _, parties = await _whose(unit, id)
    authorize(follower.actor, Action.READ_CASE, parties)
    return await lists.follow("counter", id, follower, Action.READ_CASE)


async def counter_in_short(unit: Unit, id: str) -> Glance:
    counter, parties = await _whose(unit, id)
    return glance([counter.total], {"total": counter.total}, parties)


def _composed(runtime: Any) -> Parts:
    kinds = {"counter": Followed(counter_in_short, ["counters"])}
    lists = Lists(runtime.mongo, runtime.now, runtime.settings, kinds)
    return Parts(routers=[router], provides={"lists": lists}, on_commit=lists.ring)


SERVICE = Service(name="counting", title="Counting", compose=_composed, indexes={"counters": []})


async def add(desk: Desk, amount: int, id: str = "c") -> None:
    session = Session(desk.mongo, desk.clock)
    await session.unit(Cause("test", "test")).execute(COUNTERS, id, Add(amount, desk.clock()))
    await session.commit()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    OWNERS.update(c="buy_1")
    async with a_desk(SERVICE, {"live_connections_per_person": 2}) as made:
        await add(made, 1)
        yield made


async def test_a_list_is_told_when_it_changes_and_not_otherwise(desk: Desk) -> None:
    async with desk.follow(ANNA, "/counters/c/events") as anna:
        assert await anna.hears(1) == {"event": "counter", "total": 1}
        await add(desk, 1, "another")
        await add(desk, 2)
        assert await anna.hears(2) == {"event": "counter", "total": 3}
        assert len(anna.heard) == 2


async def test_who_comes_back_hears_what_was_missed_at_once_and_nothing_twice(desk: Desk) -> None:
    """INVARIANT: would break if a place were kept in a process."""
    async with desk.follow(ANNA, "/counters/c/events") as anna:
        await anna.hears(1)
        place = anna.position
    async with a_desk(SERVICE, {"namespace": desk.mongo.name.removesuffix("-counting")}) as other:
        async with other.follow(ANNA, "/counters/c/events", place) as anna:
            await add(other, 5)
            assert await anna.hears(1) == {"event": "counter", "total": 6}
        async with other.follow(ANNA, "/counters/c/events", place) as anna:
            assert await anna.hears(1) == {"event": "counter", "total": 6}
        async with other.follow(ANNA, "/counters/c/events", anna.position) as anna:
            await add(other, 1)
            assert await anna.hears(1) == {"event": "counter", "total": 7}


async def test_a_stream_ends_when_its_reader_may_see_it_no_longer(desk: Desk) -> None:
    """INVARIANT: would break if who may read were asked once, at the beginning."""
    async with desk.follow(ANNA, "/counters/c/events") as anna:
        await anna.hears(1)
        OWNERS.update(c="buy_2")
        await add(desk, 1)
        await anna.ends()
        assert len(anna.heard) == 1
    assert (await desk.get(ANNA, "/counters/c/events")).status_code == 404


async def test_a_stream_ends_when_its_token_does(desk: Desk) -> None:
    async with desk.follow(ANNA, "/counters/c/events") as anna:
        await anna.hears(1)

        async def nobody(_token: str) -> Any:
            raise Unauthenticated

        desk.app.state.runtime.verifier.verify = nobody
        await add(desk, 1)
        await anna.ends()
        assert len(anna.heard) == 1


async def test_one_person_has_so_many_streams_and_gets_them_back(desk: Desk) -> None:
    path = "/counters/c/events"
    async with desk.follow(ANNA, path) as first, desk.follow(ANNA, path) as second:
        await first.hears(1)
        await second.hears(1)
        assert (await desk.get(ANNA, path)).status_code == 429
    async with desk.follow(ANNA, path) as again:
        await again.hears(1)


async def test_all_who_follow_the_same_share_each_look(desk: Desk) -> None:
    """INVARIANT: would break if a connection asked the database for itself."""
    looks = 0

    async def counted(unit: Unit, id: str) -> Glance:
        nonlocal looks
        looks += 1
        return await counter_in_short(unit, id)

    lists = Lists(desk.mongo, desk.clock, desk.app.state.runtime.settings, {"counter": Followed(counted, ["counters"])})
    with ExitStack() as listening:
        watch = lists._watches["counter"]
        watched = [listening.enter_context(watch.listening("c")) for _ in range(500)]
        await watch._look_at_all()
        assert looks == 1
        assert all(
            one.seen == Glance(glance([1], {}).mark, {"total": 1}, Parties("lv", OWNERS["c"])) for one in watched
        )  # type: ignore[arg-type]


async def test_a_reader_that_takes_nothing_is_dropped_and_gives_back_its_seat() -> None:
    """INVARIANT: would break if a slow reader kept anything of the process for longer than it may."""
    seats, held, sent = Seats(1, 1), ExitStack(), 0
    held.enter_context(seats.seat("seller:sel_1"))

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b":\n\n"

    async def stuck(message: Any) -> None:
        nonlocal sent
        sent += message["type"] == "http.response.body"
        if sent > 2:
            await asyncio.Event().wait()

    async def silent() -> Any:
        return await asyncio.Event().wait()

    scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
    await EventStream(endless(), held, send_within_seconds=0.01)(scope, silent, stuck)
    assert sent == 3
    assert seats.taken == 0


def test_streams_are_counted_for_a_person_and_for_the_process() -> None:
    seats = Seats(in_all=3, for_one=2)
    with seats.seat("a"), seats.seat("a"):
        with pytest.raises(Problem) as refused, seats.seat("a"):
            pass
        assert (refused.value.status, refused.value.code) == (429, "too_many_streams")
        with seats.seat("b"):
            with pytest.raises(Problem) as full, seats.seat("c"):
                pass
            assert (full.value.status, full.value.code) == (503, "streams_full")
            assert {r.value.headers["Retry-After"] for r in (refused, full)} == {"30", "5"}
    assert seats.taken == 0


async def test_a_database_that_is_away_for_a_while_costs_nothing_but_time() -> None:
    calls = 0

    async def look(keys: Any) -> dict[str, int]:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise Unavailable("away")
        return dict.fromkeys(keys, calls)

    watch: Watch[str, int] = Watch("test", look, 0.01)
    stopping = asyncio.Event()
    with watch.listening("x") as watched:
        running = asyncio.create_task(watch.run(stopping))

        async def seen() -> bool:
            return (watched.seen or 0) >= 4

        await eventually("two looks to succeed", seen)
        stopping.set()
        await running
    assert running.exception() is None
    assert calls >= 4, "every other look fails, and the next is made all the same"


async def test_a_shared_reading_that_fails_is_done_anew_and_outlives_who_asked_first() -> None:
    watched: Watched[int] = Watched()
    begun, go = asyncio.Event(), asyncio.Event()

    async def read() -> str:
        begun.set()
        await go.wait()
        return "read"

    async def fail() -> str:
        raise Unavailable("away")

    first = asyncio.create_task(watched.shared("a", read))
    await begun.wait()
    second = asyncio.create_task(watched.shared("a", read))
    first.cancel()
    go.set()
    assert await second == "read"
    with pytest.raises(Unavailable):
        await watched.shared("b", fail)
    assert await watched.shared("b", read) == "read"
