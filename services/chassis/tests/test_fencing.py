"""A holder that overslept its lease writes nothing: its token is compared where it writes, whoever holds the lease now."""

from collections.abc import AsyncIterator, Collection, Iterable

import pytest
from counters import Add, kind_for
from kafka_reading import read_topic

from chassis.aggregate import Cause
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import LEASES, OUTBOX_SHARDS, LeaseLost, OutboxRow, Writes
from chassis.testing import NOON, alone
from ombud_contracts import topics

CAUSE = Cause("req_1", "req_1")
OUTBOX = list(range(OUTBOX_SHARDS))


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database("fencing"))
    await mongo.ensure({"counters": [], LEASES: []})
    yield mongo
    await mongo.drop()
    await mongo.close()


async def run_out(mongo: Mongo, work: str) -> None:
    """The holder sleeps for longer than its leases last."""
    await mongo.change(LEASES, {"work": work}, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}])


async def oversleep(leases: Leases) -> Leases:
    """Let a holder sleep past its leases while another takes them all, and return the other's."""
    await run_out(leases.mongo, leases.work)
    await leases.mongo.remove("lease_members", {"work": leases.work})
    other = Leases(leases.mongo, leases.work, leases.count, f"after-{leases.owner}")
    await other.refresh()
    assert len(other.held) == leases.count
    return other


async def add(leases: Leases) -> None:
    session = leases.session(NOON)
    await session.unit(CAUSE).execute(kind_for("cas_1"), "cas_1", Add(1, NOON))
    await session.commit()


async def test_what_a_holder_writes_is_kept_while_it_holds(store: Mongo) -> None:
    leases = await alone(store, "counting")
    await add(leases)
    await leases.refresh()
    await add(leases)
    assert (await store.load("counters", ["cas_1"]))["cas_1"].state["total"] == 2


@pytest.mark.parametrize("taken", [True, False])
async def test_a_holder_that_overslept_writes_nothing(store: Mongo, taken: bool) -> None:
    """INVARIANT: would break if the token were not compared in the transaction itself, or only its number and not its time."""
    leases = await alone(store, "counting")
    session = leases.session(NOON)
    await session.unit(CAUSE).execute(kind_for("cas_1"), "cas_1", Add(1, NOON))
    await (oversleep(leases) if taken else run_out(store, leases.work))
    with pytest.raises(LeaseLost):
        await session.commit()
    assert await store.load("counters", ["cas_1"]) == {}
    assert await store.pending(OUTBOX, 10) == []


async def test_a_holder_that_overslept_takes_its_lease_anew_with_another_token(store: Mongo) -> None:
    leases = await alone(store, "counting")
    before = dict(leases.held)
    await run_out(store, leases.work)
    await leases.refresh()
    assert leases.held == {0: before[0] + 1}
    await add(leases)


async def test_who_holds_nothing_begins_nothing(store: Mongo) -> None:
    leases = await alone(store, "counting")
    await leases.release()
    with pytest.raises(LeaseLost):
        leases.session(NOON)
    with pytest.raises(LeaseLost):
        leases.fences([0])


async def test_an_older_token_is_refused(store: Mongo) -> None:
    leases = await alone(store, "counting")
    older = {id: token - 1 for id, token in leases.fences([0]).items()}
    with pytest.raises(LeaseLost):
        await store.commit(Writes(fences=older, handled=["evt_1"]))
    await store.commit(Writes(fences=leases.fences([0]), handled=["evt_1"]))
    assert await store.handled(["evt_1"]) == {"evt_1"}


# The relay


class Overslept(Relay):
    """A relay that sleeps past its leases when it has sent its rows."""

    successor: Leases | None = None

    async def _publish(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        published = await super()._publish(rows)
        self.successor = await oversleep(self._leases)
        return published


class SleepyStore(Mongo):
    """Lets the reader of the outbox sleep, once."""

    reader: Leases | None = None
    other: Leases | None = None

    async def pending(self, shards: Iterable[int], limit: int, without: Collection[str] = ()) -> list[OutboxRow]:
        rows = await super().pending(shards, limit, without)
        if self.reader is not None:
            reader, self.reader = self.reader, None
            self.other = await oversleep(reader)
            reader._valid_until = 0.0  # so much time has passed
        return rows


async def relay_all(relay: Relay) -> int:
    try:
        return await relay.drain(relay._leases.owned)
    finally:
        await relay._close_producer()


async def sent(settings: Settings) -> list[str]:
    return [dict(r.headers)["ce_id"].decode() for r in await read_topic(settings, topics.CASES)]


async def write(store: Mongo, count: int) -> None:
    work = await alone(store, "counting")
    for _ in range(count):
        await add(work)


async def test_a_relay_that_overslept_after_reading_sends_nothing(broker_topics: Settings) -> None:
    """INVARIANT: order per key; would break if rows were sent on the strength of a lease that may be another's."""
    settings = broker_topics
    store = SleepyStore(settings.mongo.get_secret_value(), settings.database("fencing"))
    try:
        await store.ensure({"counters": [], LEASES: []})
        await write(store, 3)
        leases = Leases(store, "outbox", OUTBOX_SHARDS, "sleeps")
        await leases.refresh()
        store.reader = leases
        assert await relay_all(Relay(store, leases, settings)) == 0
        assert store.other is not None
        assert await relay_all(Relay(store, store.other, settings)) == 3
        assert await sent(settings) == ["cas_1:1", "cas_1:2", "cas_1:3"]
    finally:
        await store.drop()
        await store.close()


async def test_a_relay_that_overslept_after_sending_forgets_nothing(store: Mongo, broker_topics: Settings) -> None:
    """INVARIANT: rows belong to the holder of their lease; would break if they were deleted without its token."""
    await write(store, 3)
    leases = Leases(store, "outbox", OUTBOX_SHARDS, "sleeps")
    await leases.refresh()
    sleeps = Overslept(store, leases, broker_topics)
    with pytest.raises(LeaseLost):
        await relay_all(sleeps)
    assert [row.id for row in await store.pending(OUTBOX, 10)] == ["cas_1:1", "cas_1:2", "cas_1:3"]
    assert sleeps.successor is not None
    assert await relay_all(Relay(store, sleeps.successor, broker_topics)) == 3
    assert await sent(broker_topics) == ["cas_1:1", "cas_1:2", "cas_1:3"] * 2
    assert await store.pending(OUTBOX, 10) == []
