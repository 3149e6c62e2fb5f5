"""Waiting for an event: whoever is told to end meanwhile ends."""

import asyncio

import pytest

from chassis.waiting import set_within


async def test_it_tells_whether_the_event_came_in_time() -> None:
    came, missing = asyncio.Event(), asyncio.Event()
    came.set()
    assert await set_within(came, 60)
    assert not await set_within(missing, 0.001)


async def test_a_cancellation_in_the_turn_of_the_event_is_heard() -> None:
    """INVARIANT: would break with `asyncio.wait_for` of Python 3.11, where a reader who left was served on and on."""
    event = asyncio.Event()
    waiting = asyncio.create_task(set_within(event, 60))
    while not event._waiters:  # type: ignore[attr-defined]  # noqa: ASYNC110 - until the task has begun to wait
        await asyncio.sleep(0)
    event.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
