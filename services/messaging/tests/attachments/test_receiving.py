"""Uploads arrive on disk: however many and however slow, they take little memory, and none goes beyond its limit."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chassis.problems import Problem
from messaging.attachments.receiving import Receiving

PART = bytes(range(256)) * 64
PARTS = 400
LONGEST = len(PART) * PARTS


async def slowly(parts: int) -> AsyncIterator[bytes]:
    """Many small parts, each after everybody else's."""
    for _ in range(parts):
        await asyncio.sleep(0)
        yield bytes(PART)


async def never() -> AsyncIterator[bytes]:
    yield b"begun"
    await asyncio.Event().wait()


async def test_many_slow_uploads_take_little_memory_together() -> None:
    """INVARIANT: would break if an upload were gathered in memory: 20 of 6.5 MB each are 130 MB."""
    receiving = Receiving(LONGEST, at_once=20, within_seconds=60)

    async def one(person: int) -> str:
        async with receiving.received(slowly(PARTS), f"buyer:{person}") as received:
            assert received.content.read(len(PART)) == PART
            return received.sha256

    tracemalloc.start()
    hashes = await asyncio.gather(*(one(person) for person in range(20)))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(hashes) == {hashlib.sha256(PART * PARTS).hexdigest()}
    assert peak < 5_000_000


async def test_an_upload_is_read_no_further_than_its_limit() -> None:
    receiving = Receiving(LONGEST, at_once=1, within_seconds=60)
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += len(PART)
            yield PART

    with pytest.raises(Problem) as refused:
        async with receiving.received(endless(), "buyer:1"):
            pytest.fail("it was taken")
    assert refused.value.status == 413
    assert read == LONGEST + len(PART)


async def test_an_upload_that_stops_on_its_way_is_given_up_and_its_place_free_again() -> None:
    receiving = Receiving(LONGEST, at_once=1, within_seconds=0.01)
    for _ in range(2):
        with pytest.raises(Problem) as refused:
            async with receiving.received(never(), "buyer:1"):
                pytest.fail("it was taken")
        assert refused.value.status == 408


async def test_only_so_many_uploads_arrive_at_once() -> None:
    receiving = Receiving(LONGEST, at_once=1, within_seconds=60)
    async with receiving.received(slowly(1), "buyer:1"):
        with pytest.raises(Problem) as refused:
            async with receiving.received(slowly(1), "buyer:2"):
                pytest.fail("it was taken")
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
    async with receiving.received(slowly(1), "buyer:2") as received:
        assert received.content.read() == PART


async def test_one_person_takes_only_so_many_places() -> None:
    receiving = Receiving(LONGEST, at_once=20, within_seconds=60)
    async with AsyncExitStack() as arriving:
        for _ in range(5):
            await arriving.enter_async_context(receiving.received(slowly(1), "buyer:1"))
        with pytest.raises(Problem):
            async with receiving.received(slowly(1), "buyer:1"):
                pytest.fail("it was taken")
        await arriving.enter_async_context(receiving.received(slowly(1), "buyer:2"))
    await asyncio.gather(*(_taken(receiving) for _ in range(5)))


async def _taken(receiving: Receiving) -> None:
    async with receiving.received(slowly(1), "buyer:1") as received:
        assert received.sha256
