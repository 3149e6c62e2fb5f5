"""The queue at one aggregate."""

import asyncio

import pytest

from chassis.problems import Problem
from chassis.testing import eventually
from chassis.turns import MOST_WAITING, Turns


async def others_may_run() -> None:
    later = asyncio.Event()
    asyncio.get_running_loop().call_soon(later.set)
    await later.wait()


async def test_one_works_at_a_time_and_all_get_their_turn() -> None:
    turns, inside, most, done = Turns(), 0, 0, 0

    async def work() -> None:
        nonlocal inside, most, done
        async with turns.at("a"):
            inside += 1
            most = max(most, inside)
            await others_may_run()
            inside -= 1
            done += 1

    await asyncio.gather(*(work() for _ in range(50)))
    assert (most, done) == (1, 50)


async def test_a_queue_that_is_full_sends_away_with_a_hint_and_goes_on() -> None:
    """INVARIANT: would break if a thousand requests for one conversation were all kept in memory."""
    turns, go, came, done = Turns(), asyncio.Event(), 0, 0

    async def work(name: str) -> None:
        nonlocal came, done
        came += 1
        async with turns.at(name):
            await go.wait()
            done += 1

    tasks = [asyncio.create_task(work("a")) for _ in range(1000)] + [asyncio.create_task(work("b"))]

    async def all_came() -> bool:
        return came == 1001

    await eventually("all to come", all_came)
    go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [r for r in results if r is not None]
    assert done == MOST_WAITING + 2  # one works, so many wait; and the other aggregate has a queue of its own
    assert {(r.status, r.code, r.headers["Retry-After"]) for r in refused if isinstance(r, Problem)} == {
        (503, "contended", "1")
    }
    assert len(refused) == 999 - MOST_WAITING


async def test_nothing_is_kept_of_aggregates_that_nobody_works_at() -> None:
    """INVARIANT: would break if every conversation that was ever written to left a lock behind."""
    turns = Turns()
    for n in range(1000):
        async with turns.at(f"cas_{n}"):
            assert len(turns) == 1
    assert len(turns) == 0
    with pytest.raises(ValueError, match="broken"):
        async with turns.at("a"):
            raise ValueError("broken")
    assert len(turns) == 0
