"""Group commit: shared by commands that are ready together, each with its own end; nobody waits without need."""

import asyncio
import gc
import inspect
from datetime import UTC, datetime

import pytest
from counters import Add, kind_for
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.aggregate import Cause, Session
from chassis.group_commit import GroupCommit, merged
from chassis.memory import MemoryStore
from chassis.store import AlreadyHandled, Answer, Conflict, Unavailable, Writes

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)


class SlowStore(MemoryStore):
    """Takes until it is let go, and remembers what came together."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[list[str]] = []
        self.open = asyncio.Event()
        self.away = False

    async def commit(self, writes: Writes) -> None:
        self.groups.append([id for _, id in writes.saved])
        await self.open.wait()
        if self.away:
            raise Unavailable("away")
        await super().commit(writes)


async def command(store: SlowStore, group: GroupCommit, id: str, amount: int = 1, answer: str = "") -> None:
    session = Session(store, lambda: NOW, group.commit)
    unit = session.unit(Cause("req", "req"))
    await unit.execute(kind_for(id), id, Add(amount, NOW))
    if answer:
        unit.answered(Answer(answer, "print", 200, b"{}", NOW))
    await session.commit()


async def total(store: MemoryStore, id: str) -> int:
    stored = (await store.load("counters", [id])).get(id)
    return stored.state["total"] if stored else 0


async def turned() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_lone_command_waits_for_nobody() -> None:
    store = SlowStore()
    store.open.set()
    await command(store, GroupCommit(store), "c_1")
    assert store.groups == [["c_1"]]


async def test_commands_that_are_ready_meanwhile_share_a_transaction() -> None:
    store = SlowStore()
    group = GroupCommit(store)
    running = [asyncio.create_task(command(store, group, f"c_{n}")) for n in range(6)]
    await turned()
    assert store.groups == [["c_0"], ["c_1"]]
    store.open.set()
    await asyncio.gather(*running)
    assert store.groups == [["c_0"], ["c_1"], ["c_2", "c_3", "c_4", "c_5"]]
    assert [await total(store, f"c_{n}") for n in range(6)] == [1] * 6


async def test_commands_on_one_aggregate_never_share() -> None:
    """INVARIANT: would break if one of two decisions on the same state overwrote the other."""
    store = SlowStore()
    group = GroupCommit(store)
    running = [asyncio.create_task(command(store, group, id)) for id in ("c_0", "c_1", "c_2", "c_2")]
    await turned()
    store.open.set()
    ends = await asyncio.gather(*running, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None)] * 3 + [Conflict]
    assert await total(store, "c_2") == 1


async def test_each_hears_its_own_refusal() -> None:
    """INVARIANT: would break if a group ended as its worst member did."""
    store = SlowStore()
    group = GroupCommit(store)
    store.answers["used"] = Answer("used", "print", 200, b"{}", NOW)
    running = [asyncio.create_task(command(store, group, f"c_{n}", answer="used" if n == 3 else "")) for n in range(6)]
    await turned()
    store.open.set()
    ends = await asyncio.gather(*running, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None)] * 3 + [AlreadyHandled] + [type(None)] * 2
    assert [await total(store, f"c_{n}") for n in range(6)] == [1, 1, 1, 0, 1, 1]


async def test_an_outage_ends_each_command_and_the_next_one_is_tried() -> None:
    store = SlowStore()
    group = GroupCommit(store)
    store.away = True
    store.open.set()
    ends = await asyncio.gather(*(command(store, group, f"c_{n}") for n in range(5)), return_exceptions=True)
    assert {type(end) for end in ends} == {Unavailable}
    store.away = False
    await command(store, group, "c_1")
    assert await total(store, "c_1") == 1


async def test_an_outage_is_waited_for_once_however_many_wait() -> None:
    """INVARIANT: F20; would break if each command of a group, or of the queue, found the outage out by itself."""
    store = SlowStore()
    group = GroupCommit(store)
    running = [asyncio.create_task(command(store, group, f"c_{n}")) for n in range(40)]
    await turned()
    store.away = True
    store.open.set()
    ends = await asyncio.gather(*running, return_exceptions=True)
    assert {type(end) for end in ends} == {Unavailable}
    assert [len(together) for together in store.groups] == [1, 1]


async def test_an_outage_among_those_that_go_alone_ends_the_others() -> None:
    store = SlowStore()
    group = GroupCommit(store)
    store.answers["used"] = Answer("used", "print", 200, b"{}", NOW)
    running = [asyncio.create_task(command(store, group, f"c_{n}", answer="used" if n == 9 else "")) for n in range(10)]
    await turned()
    refused = store.commit

    async def away_for_those_alone(writes: Writes) -> None:
        store.away = len(writes.saved) == 1
        await refused(writes)

    store.commit = away_for_those_alone  # type: ignore[method-assign]
    store.open.set()
    ends = await asyncio.gather(*running, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None)] * 2 + [Unavailable] * 8
    assert [len(together) for together in store.groups] == [1, 1, 8, 1]


async def test_a_command_whose_commit_is_cancelled_below_is_answered() -> None:
    class Cancels(MemoryStore):
        async def commit(self, _writes: Writes) -> None:
            await asyncio.sleep(0)
            raise asyncio.CancelledError

    store = Cancels()
    session = Session(store, lambda: NOW, GroupCommit(store).commit)
    await session.unit(Cause("req", "req")).execute(kind_for("c_1"), "c_1", Add(1, NOW))
    with pytest.raises(Unavailable):
        await session.commit()


async def test_a_refusal_of_a_client_that_has_left_is_no_error_of_the_process() -> None:
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context.get("exception")))
    store = SlowStore()
    running = asyncio.create_task(command(store, GroupCommit(store), "c_1"))
    await turned()
    running.cancel()
    await turned()
    store.away = True
    store.open.set()
    await turned()
    del running
    gc.collect()
    loop.set_exception_handler(None)
    assert not [error for error in complaints if isinstance(error, Unavailable)]


async def test_a_client_that_leaves_takes_nobody_with_it() -> None:
    store = SlowStore()
    group = GroupCommit(store)
    running = [asyncio.create_task(command(store, group, f"c_{n}")) for n in range(5)]
    await turned()
    running[3].cancel()
    store.open.set()
    ends = await asyncio.gather(*running, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None)] * 3 + [asyncio.CancelledError, type(None)]
    assert await total(store, "c_4") == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=30))
def test_whatever_is_told_to_succeed_is_there_and_nothing_else(asked: list[tuple[int, int]]) -> None:
    """INVARIANT: what each command hears is what happened to it, in whatever groups they went."""

    async def play() -> None:
        store = SlowStore()
        store.open.set()
        group = GroupCommit(store)
        commands = [command(store, group, f"c_{id}", amount) for id, amount in asked]
        ends = await asyncio.gather(*commands, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), Conflict}
        for id in range(5):
            done = sum(amount for (of, amount), end in zip(asked, ends, strict=True) if of == id and end is None)
            assert await total(store, f"c_{id}") == done

    asyncio.run(play())


def test_what_is_merged_keeps_every_write() -> None:
    """Would break if a kind of write were added, and forgotten here."""
    parts = [Writes(handled=["e1"]), Writes(deleted=[("c", "x")]), Writes(fences={"lease": 1})]
    whole = merged(parts)
    assert (whole.handled, whole.deleted, whole.fences) == (["e1"], [("c", "x")], {"lease": 1})
    assert {name for name in Writes.__dataclass_fields__ if f"whole.{name}" in _source()} == set(
        Writes.__dataclass_fields__
    )


def _source() -> str:
    return inspect.getsource(merged)
