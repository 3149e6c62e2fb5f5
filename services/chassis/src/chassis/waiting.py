"""Waiting for an event, but not for ever."""

import asyncio


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether an event is set before so many seconds have passed.

    Not `asyncio.wait_for`: in Python 3.11 it swallows a cancellation that comes in the same turn as the event
    (python/cpython#86296), and whoever was told to end goes on.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
        return True
    except TimeoutError:
        return False
