"""A command's effect, its events and the record of its cause are written atomically or not at all (guarantee 1)."""

import asyncio
import random

import pytest
from counters import Add, kind_for
from counting import ALL_SHARDS, CAUSE, execute, open_store, total

from chassis.aggregate import Session
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import Conflict, OutboxRow
from chassis.testing import NOON, FixedClock
from chassis.transaction import Step
from ombud_contracts import topics


async def check_atomic(mongo: Mongo) -> None:
    session = Session(mongo, FixedClock())
    unit = session.unit(CAUSE)
    unit.handled("evt:1")
    await unit.execute(kind_for("cas_1"), "cas_1", Add(1, NOON))
    too_large = OutboxRow("cas_1:2", topics.CASES, "cas_1", b"x" * 17_000_000, ())
    session.writes.outbox.append(too_large)  # more than a document may hold: the last of the writes fails
    with pytest.raises(Exception, match=r"too large|BSONObj size"):
        await session.commit()
    assert await total(mongo, "cas_1") == 0, "the effect stands although its events were not written"
    assert await mongo.handled(["evt:1"]) == set(), "the cause counts as handled although nothing stands"


class WithoutTransaction(Mongo):
    """Control: the same writes, one after the other."""

    async def _transact(self, steps: list[Step], _until: float) -> None:
        for step in steps:
            await getattr(self._db[step.collection], step.method)(step.documents)


async def test_effect_events_and_cause_are_written_together_or_not_at_all(store: Mongo) -> None:
    """INVARIANT: would break if one of the writes were made outside the transaction."""
    await check_atomic(store)


async def test_control_without_a_transaction_the_check_fails(settings: Settings) -> None:
    mongo = await open_store(settings, WithoutTransaction)
    with pytest.raises(AssertionError, match="the effect stands"):
        await check_atomic(mongo)
    await mongo.drop()
    await mongo.close()


@pytest.mark.parametrize("writers", [30, pytest.param(100, marks=pytest.mark.long)])
async def test_many_writers_on_one_case_are_all_kept_in_order(writers: int, settings: Settings, store: Mongo) -> None:
    """INVARIANT: F28, I4; would break if a conflict were not done again from what stands then, or did its work twice."""
    other = Mongo(settings.mongo.get_secret_value(), settings.database("guarantees"))

    async def write(mongo: Mongo) -> None:
        for attempt in range(200):
            try:
                return await execute(mongo, "cas_1", 1)
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.01 * min(attempt + 1, 50)))
        raise AssertionError("a writer was refused two hundred times")

    await asyncio.gather(*(write(mongo) for mongo in (store, other) for _ in range(writers // 2)))
    await other.close()
    assert await total(store, "cas_1") == writers
    rows = await store.pending(ALL_SHARDS, 200)
    assert [row.id for row in rows] == [f"cas_1:{n}" for n in range(1, writers + 1)]
